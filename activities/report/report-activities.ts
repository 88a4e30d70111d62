import { giveUpDelivery } from '../../store/reports.ts';
import type { Dependencies } from '../dependencies.ts';
import { Places } from '../drivers/places.ts';
import { heartbeating } from '../heartbeat.ts';
import type { ReportActivities } from '../report-types.ts';
import { StepPostponed } from '../service-step.ts';
import { deliverReportOf } from './deliver-report.ts';
import { makeReportOf } from './make-report.ts';

/** Reports that a worker makes, and deliveries that it makes, at once: each has a connection of the database all the while. */
const MADE_AT_ONCE = 1;
const DELIVERED_AT_ONCE = 3;

/** How long one waits for its turn: less than an attempt has. */
const PATIENCE_MS = 5 * 60_000;

/** @param workflowRun names the workflow run that an activity works for */
export function reportActivities(dependencies: Dependencies, workflowRun: () => string): ReportActivities {
  const { database } = dependencies;
  const making = new Places(MADE_AT_ONCE);
  const delivering = new Places(DELIVERED_AT_ONCE);
  return {
    makeReport: (request, at) => {
      const run = workflowRun();
      return heartbeating(() => inTurn(making, () => makeReportOf(database, request, new Date(at), run)));
    },
    deliverReport: (delivery) => heartbeating(() => inTurn(delivering, () => deliverReportOf(dependencies, delivery))),
    giveUpReport: (delivery, reason) => heartbeating(() => giveUpDelivery(database, delivery, reason)),
  };
}

/** @throws StepPostponed when it did not come to its turn */
async function inTurn<T>(places: Places, work: () => Promise<T>): Promise<T> {
  const result = await places.take(PATIENCE_MS, async () => ({ value: await work() }));
  if (result === null) throw new StepPostponed('This worker has other reports to make or to deliver first.');
  return result.value;
}

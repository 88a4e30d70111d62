import { milliseconds, type Configuration } from '../rules/configuration.ts';
import { currentConfiguration } from '../store/configurations.ts';
import { forestId } from '../store/forests.ts';
import type { Holder } from '../store/locks.ts';
import { whyNoCycle } from '../store/offboarding.ts';
import { holderOf, openRun, readRun, type Run, type RunProfile } from '../store/runs.ts';
import { lockForest } from './cycle-lock.ts';
import { ConfigurationMissing, CustomerOffboarded, forestOf, type Dependencies } from './dependencies.ts';
import { endAbandonedHolds } from './guard.ts';
import type { Cycle, CycleSettings, OpenedCycle } from './types.ts';

/** Takes the forest for a cycle, by its customer's current configuration, and records that its run begins. */
export async function openCycle(
  dependencies: Dependencies,
  request: { readonly customer: string; readonly forest: string; readonly profile: RunProfile },
  me: Holder,
): Promise<OpenedCycle> {
  const { database } = dependencies;
  const current = await currentConfiguration(database, request.customer);
  if (current === null)
    throw new ConfigurationMissing(`The customer ${request.customer} has no configuration. Apply one first.`);
  const offboarded = await whyNoCycle(database, request.customer);
  if (offboarded !== null) throw new CustomerOffboarded(offboarded);
  forestOf(current.configuration, request.forest);
  const forest = await forestId(database, { side: 'source', customer: request.customer, name: request.forest });
  const lock = await lockForest(database, forest, me, dependencies.workflows.isRunning);
  if (!lock.taken) return { opened: false, holder: lock.holder.workflowId };
  const id = await openRun(database, {
    customer: request.customer,
    forestId: forest,
    profile: request.profile,
    configuration: current.number,
    workflowId: me.workflowId,
    workflowRun: me.workflowRun,
    lockCounter: lock.counter,
  });
  // A step that is tried again goes on with the configuration that the run began with.
  const run = await readRun(database, id);
  if (run !== null) await endAbandonedHolds(dependencies, run);
  const cycle: Cycle = {
    run: id,
    customer: request.customer,
    forest: request.forest,
    configuration: run?.configuration ?? current.number,
  };
  return { opened: true, cycle, settings: settingsOf(current.configuration) };
}

function settingsOf({ cycle, guard }: Configuration): CycleSettings {
  return { writers: cycle.writers, others: guard.others, waitForMs: milliseconds(guard.waitFor) };
}

/**
 * Takes the forest again for a run that gave it back while it waited for an operator. Its workflow may have continued as new
 * since: it holds the forest, as before, by the workflow run with which it began.
 */
export async function retakeForest(
  { database, workflows }: Dependencies,
  run: Run,
): Promise<{ readonly taken: true } | { readonly taken: false; readonly holder: string }> {
  const me = await holderOf(database, run.id);
  const lock = await lockForest(database, run.forestId, me, workflows.isRunning);
  if (!lock.taken) return { taken: false, holder: lock.holder.workflowId };
  const { customer, forestId: forest, profile, configuration } = run;
  await openRun(database, { customer, forestId: forest, profile, configuration, ...me, lockCounter: lock.counter });
  return { taken: true };
}

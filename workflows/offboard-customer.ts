import { continueAsNew, proxyActivities, sleep, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { OffboardingActivities, OffboardingRequest, OffboardingWay } from '../activities/offboarding-types.ts';
import { showDetails } from './details.ts';
import { offboardingId } from './ids.ts';
import { state as policy } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const activities = proxyActivities<OffboardingActivities>(policy);

/** Looks that must find nothing in a row: the list of workflows is behind by a moment. */
const QUIET_LOOKS = 2;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export interface OffboardInput extends OffboardingRequest {
  readonly way: OffboardingWay;
  readonly operator?: string;
  /** Its number, where it continues as new. */
  readonly continuation?: string;
}

export interface OffboardResult {
  readonly outcome: 'completed' | 'refused';
  readonly reason?: string;
  readonly offboarding?: string;
}

/**
 * Leaves the managed objects of a customer as they are: from its start no cycle of the customer begins; what is written is written to
 * its end, and all else of the customer that runs or waits is ended. One at a time of a customer, by its id. Started by
 * `itasca offboard`.
 */
export async function offboardCustomer(input: OffboardInput): Promise<OffboardResult> {
  const { customer, way, operator } = input;
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: customer },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  const opened =
    input.continuation === undefined
      ? await activities.openOffboarding({ customer, way, operator: operator ?? null, id: offboardingId(customer) })
      : { offboarding: input.continuation };
  if ('refused' in opened) {
    show('Refused', `Refused: ${opened.refused}.`);
    return { outcome: 'refused', reason: opened.refused };
  }
  const { offboarding } = opened;
  await activities.endSchedules({ customer });
  await endWorkflows(offboarding);
  await activities.closeLeaving({ customer }, offboarding);
  show('Completed', `The managed objects of ${customer} stay as they are; nothing of it is synchronized any more.`);
  return { outcome: 'completed', offboarding };

  async function endWorkflows(number: string): Promise<void> {
    let quiet = 0;
    for (let looks = 0; ; looks += 1) {
      if (workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof offboardCustomer>({ ...input, continuation: number });
      const { running, waits } = await activities.endWorkflows({ customer });
      const isQuiet = running + waits.length === 0;
      quiet = isQuiet ? quiet + 1 : 0;
      if (quiet === QUIET_LOOKS) return;
      show(
        'Running',
        [
          `No cycle of ${customer} begins any more. Ends its workflows: ${String(running)} still run.`,
          ...waits.map((workflow) => `- waits for \`${workflow}\`, which ends by itself`),
        ].join('\n'),
      );
      await sleep(isQuiet ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(looks, 10)), {
        summary: 'Looks again what of the customer runs',
      });
    }
  }
}

function show(status: string, details: string): void {
  upsertSearchAttributes([{ key: searchAttributes.status, value: status }]);
  showDetails(details);
}

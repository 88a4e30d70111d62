import { continueAsNew, proxyActivities, sleep, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { CleaningActivities, CleaningRequest } from '../activities/cleaning-types.ts';
import type { CleanedCounts, CleanedPart } from '../rules/keeping.ts';
import { showDetails } from './details.ts';
import { state } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const { clean } = proxyActivities<CleaningActivities>(state);

/** A cycle is waited for as long: the next cleaning finds what is left. */
const WAITS = 60;
const WAIT = '1 minute';

/** What a cleaning knows of itself, over continuations. */
interface CleaningStanding {
  readonly at: string;
  readonly part: number;
  readonly deleted: CleanedCounts;
}

export interface CleanCustomerInput extends CleaningRequest {
  readonly continuation?: CleaningStanding;
}

export interface CleanCustomerResult {
  readonly deleted: CleanedCounts;
  /** Parts that a cycle was in the way of all the time. */
  readonly left: readonly CleanedPart[];
}

/** In the order of the work: what refers to something before what it refers to, so that one cleaning suffices. */
const NOTHING: CleanedCounts = {
  reports: 0,
  sourceChanges: 0,
  answers: 0,
  changes: 0,
  cycles: 0,
  sourceObjects: 0,
  managedObjects: 0,
};
const PARTS = Object.keys(NOTHING) as readonly CleanedPart[];

/**
 * Deletes what of a customer has been kept as long as the configuration says, by batches; what something that is open needs
 * stays. Started by a Schedule every day.
 */
export async function cleanCustomer(input: CleanCustomerInput): Promise<CleanCustomerResult> {
  const { at, part: from } = input.continuation ?? { at: workflowInfo().startTime.toISOString(), part: 0 };
  let deleted = input.continuation?.deleted ?? NOTHING;
  const left: CleanedPart[] = [];
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: input.customer },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  for (const [index, part] of PARTS.entries()) {
    if (index < from) continue;
    for (let waits = 0; ;) {
      show(part, waits > 0);
      const step = await clean({ customer: input.customer }, part, at);
      deleted = { ...deleted, [part]: deleted[part] + step.deleted };
      if (step.state === 'done') break;
      if (step.state === 'busy') {
        waits += 1;
        if (waits > WAITS) {
          left.push(part);
          break;
        }
        await sleep(WAIT, { summary: 'A cycle of this customer runs' });
      } else if (workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof cleanCustomer>({ ...input, continuation: { at, part: index, deleted } });
    }
  }
  upsertSearchAttributes([{ key: searchAttributes.status, value: 'Completed' }]);
  show(null, false);
  return { deleted, left };

  function show(part: CleanedPart | null, waits: boolean): void {
    const now = part === null ? 'Done.' : `**${part}**${waits ? ': waits until no cycle of this customer runs.' : ''}`;
    showDetails(
      [
        `What has been kept long enough by ${at.slice(0, 16)}Z is deleted. ${now}`,
        ...(left.length === 0
          ? []
          : ['', `Left for the next time, because cycles ran all the while: ${left.join(', ')}.`]),
        '',
        '| deleted | rows |',
        '|---|---:|',
        ...PARTS.map((name) => `| ${name} | ${String(deleted[name])} |`),
      ].join('\n'),
    );
  }
}

import { proxyActivities, sleep, upsertSearchAttributes } from '@temporalio/workflow';
import type { PurgeActivities, PurgeOutcome, PurgeRequest } from '../activities/purge-types.ts';
import { showDetails } from './details.ts';
import { report } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const { purge } = proxyActivities<PurgeActivities>(report);

const LOOK_EVERY = '5 seconds';
/** How often it is looked before it is given up: half an hour. */
const LOOKS = 360;

/**
 * Erases a person, or everything of a customer, from Itasca's database, at one stroke; waits until no cycle of the customer runs. Nothing
 * is written to a directory. Started by `itasca purge`.
 */
export async function purgeData(request: PurgeRequest): Promise<PurgeOutcome> {
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: request.customer },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  for (let looks = 1; ; looks += 1) {
    showDetails('Erases what was asked for.');
    const outcome = await purge(request);
    if (outcome.outcome !== 'busy' || looks === LOOKS) {
      upsertSearchAttributes([
        { key: searchAttributes.status, value: outcome.outcome === 'erased' ? 'Completed' : 'Failed' },
      ]);
      showDetails(told(outcome));
      return outcome;
    }
    showDetails('Waits until no cycle of this customer runs.');
    await sleep(LOOK_EVERY, { summary: 'A cycle of this customer runs' });
  }
}

function told(outcome: PurgeOutcome): string {
  if (outcome.outcome === 'busy') return 'A cycle has run for half an hour. Nothing was erased.';
  if (outcome.outcome === 'refused')
    return ['Nothing was erased.', '', ...outcome.reasons.map((one) => `- ${one}`)].join('\n');
  const rows = Object.entries(outcome.counts).map(([table, count]) => `| ${table} | ${String(count)} |`);
  return ['Erased.', '', '| table | rows |', '|---|---:|', ...rows].join('\n');
}

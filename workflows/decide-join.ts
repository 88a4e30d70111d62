import { proxyActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { JoinActivities, JoinDecisionOutcome, JoinDecisionRequest } from '../activities/types.ts';
import { showDetails } from './details.ts';
import { state } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const activities = proxyActivities<JoinActivities>(state);

/**
 * Records what an operator says about the managed objects that match a source object: adopt one of them, have a new one
 * created, or decide later, which shows what there is to choose from. The next cycle follows it and does not ask again.
 * Started by hand, by the codes SE811 to SE814; ends at once.
 */
export async function decideJoin(request: JoinDecisionRequest): Promise<JoinDecisionOutcome> {
  const answer = await activities.decideJoin(request);
  const recorded = answer.outcome === 'recorded';
  upsertSearchAttributes([{ key: searchAttributes.status, value: recorded ? 'Completed' : 'Refused' }]);
  showDetails(recorded ? 'Recorded. The next cycle of the forest follows it.' : `Refused: ${answer.reason}.`);
  return answer;
}

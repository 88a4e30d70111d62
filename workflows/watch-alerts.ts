import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { AlertActivities, AlertRequest } from '../activities/alert-types.ts';
import { showDetails } from './details.ts';
import { lookSignal } from './messages.ts';
import { alert, state } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const { tellAlert } = proxyActivities<AlertActivities>(alert);
const { lookAtAlerts, putOffAlert } = proxyActivities<AlertActivities>(state);

/** Looks of one run: whoever signals later starts another. */
const LOOKS = 50;

export interface WatchAlertsResult {
  readonly told: number;
  /** Tried again by the next look. */
  readonly later: number;
  /** Put off, for an hour at least. */
  readonly refused: number;
}

/**
 * Looks what somebody should know of a customer, and tells it to each target by itself; again where it is asked to look meanwhile. What
 * can not be told now is left to the next look, with the same id; what is refused is put off. Started by a Schedule, by cycles that set changes
 * aside or end, by onboardings, and by `itasca alerts test`.
 */
export async function watchAlerts(request: AlertRequest): Promise<WatchAlertsResult> {
  let asked = true;
  const result = { told: 0, later: 0, refused: 0 };
  const reasons = new Set<string>();
  setHandler(lookSignal, () => {
    asked = true;
  });
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: request.customer },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  let open = 0;
  for (let looks = 0; asked && looks < LOOKS; looks += 1) {
    asked = false;
    const looked = await lookAtAlerts(looks === 0 ? request : { customer: request.customer });
    open = looked.open;
    show('Tells what is new.');
    await Promise.all(looked.notices.map(({ id, way }) => tell(id, way)));
  }
  upsertSearchAttributes([{ key: searchAttributes.status, value: reasons.size === 0 ? 'Completed' : 'Failed' }]);
  show('Done.');
  return result;

  async function tell(id: string, way: string): Promise<void> {
    try {
      await tellAlert(id);
      result.told += 1;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const cause = error instanceof ActivityFailure ? error.cause : error;
      const reason = cause instanceof Error ? cause.message : 'unknown';
      reasons.add(`${way}: ${reason}`);
      if (cause instanceof ApplicationFailure && cause.nonRetryable === true) {
        await putOffAlert(id, reason);
        result.refused += 1;
      } else result.later += 1;
    }
  }

  function show(next: string): void {
    const { told, later, refused } = result;
    showDetails(
      [
        `**${String(open)} open.** ${next}`,
        '',
        `Told ${String(told)}, to be tried again ${String(later)}, refused and put off ${String(refused)}.`,
        ...[...reasons].map((reason) => `- ${reason}`),
      ].join('\n'),
    );
  }
}

import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { MapActivities, MapCheck, MapProgress, MapRequest } from '../activities/reconnection-types.ts';
import type { HoldAnswer } from '../activities/types.ts';
import { showDetails } from './details.ts';
import { approveUpdate, newsSignal, rejectUpdate } from './messages.ts';
import { state } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const { checkMap, answerMap, mapProgress } = proxyActivities<MapActivities>(state);

export interface MigrationResult {
  readonly outcome: 'migrated' | 'rejected' | 'refused';
  readonly reason?: string;
  readonly reconnected?: number;
  readonly left?: number;
}

const FIRST_LOOK_MS = 1_000;
const LONGEST_MS = 60_000;
/** What is known of the objects changes with each cycle: the list is checked again. */
const CHECK_AGAIN_MS = 10 * 60_000;

/**
 * Takes a wave of people to their new source objects by a migration map: checks it line by line, shows the plan and waits for an
 * operator to approve exactly that list, then shows how far the cycles of the forests have made it, until all have their
 * services. The old source objects may be there still; their flow stops. Started by `itasca reconnect --map` or by hand with
 * the number of a map. Continued as new, it has only its request.
 */
export async function migrateServices(request: MapRequest): Promise<MigrationResult> {
  const news = { come: false };
  const hasNews = (): boolean => news.come;
  setHandler(newsSignal, () => {
    news.come = true;
  });
  const handle =
    (decision: 'approve' | 'reject') =>
    async (given: HoldAnswer): Promise<string> => {
      const said = await answerMap(request, decision, given);
      if (said.outcome === 'refused') throw ApplicationFailure.nonRetryable(`Refused: ${said.reason}.`, 'NotAnswered');
      news.come = true;
      return said.text;
    };
  setHandler(approveUpdate, handle('approve'));
  setHandler(rejectUpdate, handle('reject'));
  upsertSearchAttributes([{ key: searchAttributes.customer, value: request.customer }]);
  for (let looks = 0; ;) {
    news.come = false;
    const checked = await checkMap(request);
    const result = await settle(checked);
    if (result !== null) {
      await condition(allHandlersFinished);
      return result;
    }
    const isOpen = checked.outcome === 'checked' && checked.state === 'open';
    const pause = isOpen ? CHECK_AGAIN_MS : Math.min(LONGEST_MS, FIRST_LOOK_MS * 2 ** looks);
    const told = await condition(hasNews, pause);
    looks = told ? 0 : looks + 1;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof migrateServices>(request);
    }
  }

  /** Shows how it stands. @returns how it ended, or null where it goes on */
  async function settle(checked: MapCheck): Promise<MigrationResult | null> {
    if (checked.outcome === 'refused') {
      show('Refused', `Refused: ${checked.reason}.`);
      return { outcome: 'refused', reason: checked.reason };
    }
    if (checked.state === 'rejected') {
      show('Completed', 'Rejected: nothing was reconnected.');
      return { outcome: 'rejected' };
    }
    if (checked.state === 'open') {
      const right = checked.lines - checked.faults;
      show(
        'AwaitingApproval',
        `**Waits for an operator: send \`approve\` or \`reject\` with {"hash": "${checked.hash}", "operator": "your name"}**\n\n| lines | right | wrong, left out |\n| --- | --- | --- |\n| ${String(checked.lines)} | ${String(right)} | ${String(checked.faults)} |\n\n\`itasca reconnect --map\` shows them side by side.`,
      );
      return null;
    }
    const progress = await mapProgress(request);
    const open = progress.approved + progress.linked;
    show(open > 0 ? 'Running' : 'Completed', describe(progress));
    return open > 0 ? null : { outcome: 'migrated', reconnected: progress.reconnected, left: progress.left };
  }
}

function describe({ approved, linked, reconnected, left }: MapProgress): string {
  return `| state | people |\n| --- | --- |\n| approved, wait for the next cycle of their forest | ${String(approved)} |\n| linked, their services follow | ${String(linked)} |\n| reconnected and confirmed | ${String(reconnected)} |\n| left out or undone meanwhile | ${String(left)} |`;
}

function show(status: string, details: string): void {
  upsertSearchAttributes([{ key: searchAttributes.status, value: status }]);
  showDetails(details);
}

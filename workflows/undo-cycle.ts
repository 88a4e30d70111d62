import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Cycle, UndoRequest } from '../activities/types.ts';
import { Approval, type Decision } from './approval.ts';
import { reading, storing, writing } from './cycle-activities.ts';
import { CycleView } from './cycle-view.ts';
import { searchAttributes } from './search-attributes.ts';
import { writePages } from './write-pages.ts';

export interface UndoCycleResult {
  readonly outcome: 'completed' | 'skipped';
  readonly holder?: string;
  readonly run?: string;
  readonly decision?: Decision;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Turns round what one cycle wrote: plans the reverse, shows it, waits for an operator's approval, then writes it. What
 * something else has changed since is shown as a conflict and left alone. What was undone is pinned: later cycles do not
 * write it again until the source value or the rule changes, or until an operator releases it. Started by hand.
 */
export async function undoCycle(input: UndoRequest): Promise<UndoCycleResult> {
  const view = new CycleView({ written: 0, failed: 0 });
  let begun: Cycle | null = null;
  const approval = new Approval(view, () => begun, storing.answerHold, null);
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: input.customer },
    { key: searchAttributes.forest, value: input.forest },
    { key: searchAttributes.profile, value: 'undo' },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  const opened = await storing.openUndo(input);
  if (!opened.opened) {
    view.status('Skipped');
    view.show(`A cycle of this forest runs: \`${opened.holder}\`. Start the undo again when it has ended.`);
    return { outcome: 'skipped', holder: opened.holder, counts: view.counts };
  }
  const { cycle, settings } = opened;
  begun = cycle;
  let pinned = false;
  try {
    const decision = await run();
    await storing.closeCycle(cycle, 'completed');
    view.status('Completed');
    view.enter('closed', 'Done.');
    await condition(allHandlersFinished);
    const result = { outcome: 'completed', run: cycle.run, counts: view.counts } as const;
    return decision === null ? result : { ...result, decision };
  } catch (error) {
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    view.status(outcome === 'failed' ? 'Failed' : 'Cancelled');
    await CancellationScope.nonCancellable(async () => {
      // What was not put back any more must not stay pinned.
      if (pinned) await storing.markUndone(cycle);
      await storing.closeCycle(cycle, outcome);
    });
    throw error;
  }

  async function run(): Promise<Decision | null> {
    view.enter('reading managed', 'Brings what is known of the Managed Forest up to date.');
    await reading.readManaged(cycle);
    view.enter('planning', `Plans the reverse of run ${input.run}.`);
    Object.assign(view.counts, await storing.planUndo(cycle, input.run));
    const lists = [await storing.guard(cycle, 'objects'), await storing.guard(cycle, 'references')];
    approval.ask(lists[1] ?? lists[0] ?? null);
    if (view.held === null) return null;
    view.status('AwaitingApproval');
    view.enter('waiting for approval', 'Shows what would be put back, and waits for an operator.');
    const decision = await approval.decided(settings.waitForMs);
    view.status('Running');
    if (decision === 'expired') await storing.endHold(cycle);
    if (decision !== 'approved') return decision;
    // Pinned first: whatever ends this workflow from here on, no cycle writes again what it has put back.
    pinned = true;
    await storing.pinUndone(cycle);
    await reading.readManaged(cycle);
    const pages = await storing.applyHold(cycle);
    approval.close();
    // What is deleted takes its references along: the others are written when it is gone.
    await write('objects', pages.objects);
    await write('references', pages.references);
    view.enter('confirming', 'Reads the Managed Forest and compares it with what was written.');
    await reading.readManaged(cycle);
    Object.assign(view.counts, await storing.confirm(cycle));
    await storing.markUndone(cycle);
    return 'approved';
  }

  async function write(
    stage: 'objects' | 'references',
    { from, pages }: { readonly from: number; readonly pages: number },
  ): Promise<void> {
    // Its pages are few enough for one history.
    await writePages(writing.writePage, cycle, view, { stage, from, pages }, settings.writers, () => false);
  }
}

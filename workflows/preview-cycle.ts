import { CancellationScope, isCancellation, upsertSearchAttributes } from '@temporalio/workflow';
import type { PreviewRequest } from '../activities/preview-types.ts';
import { reading, storing } from './cycle-activities.ts';
import { CycleView } from './cycle-view.ts';
import { openForest } from './open-forest.ts';
import { searchAttributes } from './search-attributes.ts';

export interface PreviewCycleResult {
  readonly outcome: 'previewed' | 'skipped';
  /** The workflow that holds the forest, where it was waited for in vain. */
  readonly holder?: string;
  /** Number of the run, by which what it found is kept. */
  readonly run?: string;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Shows what the next cycle of a forest would do: reads both sides, then evaluates, joins, plans and asks the guard as a cycle does, and
 * takes all of that back. Nothing is written to a directory and no workflow is started; of what it read the next cycle goes on.
 * Waits for a cycle that runs. Started by `itasca plan`.
 */
export async function previewCycle(input: PreviewRequest): Promise<PreviewCycleResult> {
  const { customer, forest } = input;
  const view = new CycleView({});
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: customer },
    { key: searchAttributes.forest, value: forest },
    { key: searchAttributes.profile, value: 'preview' },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  const opened = await openForest({ customer, forest, profile: 'preview' }, view);
  if (!opened.opened) {
    view.status('Skipped');
    view.show(`\`${opened.holder}\` has run for half an hour. Start this again when it has ended.`);
    return { outcome: 'skipped', holder: opened.holder, counts: view.counts };
  }
  const { cycle } = opened;
  try {
    view.enter('reading managed', 'Brings what is known of the Managed Forest up to date.');
    view.counts['managed'] = (await reading.readManaged(cycle)).read;
    await view.resumed();
    view.enter('reading source', 'Reads the Customer Forest.');
    Object.assign(view.counts, await reading.readSource(cycle));
    await view.resumed();
    view.enter(
      'planning',
      'Evaluates, joins and plans, keeps what came of it for `itasca plan`, and takes all the rest back.',
    );
    Object.assign(view.counts, await storing.preview(cycle, input));
    await storing.closeCycle(cycle, 'previewed');
    view.status('Completed');
    view.enter('closed', 'Done: this is what the next cycle would do. Nothing was written.');
    return { outcome: 'previewed', run: cycle.run, counts: view.counts };
  } catch (error) {
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    view.status(outcome === 'failed' ? 'Failed' : 'Cancelled');
    await CancellationScope.nonCancellable(() => storing.closeCycle(cycle, outcome));
    throw error;
  }
}

import type { Cycle, CycleActivities, PlanStage } from '../activities/types.ts';
import type { CycleView } from './cycle-view.ts';

export interface PagesToWrite {
  readonly stage: PlanStage;
  readonly from: number;
  /** One more than the last page. */
  readonly pages: number;
}

/**
 * Writes pages of planned changes, a few at a time.
 *
 * @param stop asked before each page
 * @returns the next page to be written: less than `pages` where it was stopped
 */
export async function writePages(
  writePage: CycleActivities['writePage'],
  cycle: Cycle,
  view: CycleView,
  { stage, from, pages }: PagesToWrite,
  writers: number,
  stop: () => boolean,
): Promise<number> {
  view.enter(
    stage === 'objects' ? 'writing objects' : 'writing references',
    `Writes ${String(Math.max(0, pages - from))} pages.`,
  );
  let next = from;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < pages && !failed && !stop()) {
      const page = next;
      next += 1;
      const written = await writePage(cycle, stage, page);
      view.counts['written'] = (view.counts['written'] ?? 0) + written.written;
      view.counts['failed'] = (view.counts['failed'] ?? 0) + written.failed;
      view.show(`${String(pages - next)} pages are left.`);
      await view.resumed();
    }
  };
  const guarded = (): Promise<void> =>
    lane().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  // The forest is given back only when no page is being written any more.
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(writers, Math.max(0, pages - from)) }, guarded));
  for (const result of lanes) if (result.status === 'rejected') throw result.reason;
  await view.resumed();
  return Math.max(next, from);
}

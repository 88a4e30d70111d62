import { condition, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { HeldList } from '../activities/types.ts';
import { showDetails } from './details.ts';
import { cycleDetails } from './cycle-details.ts';
import { pauseSignal, progressQuery, resumeSignal, type CycleStage } from './messages.ts';
import { searchAttributes } from './search-attributes.ts';

/** What an operator sees of a cycle and may do to it at any time: its stage, its counts, pausing it. */
export class CycleView {
  readonly counts: Record<string, number>;
  stage: CycleStage = 'opening';
  held: HeldList | null = null;
  #paused = false;
  #next = '';

  constructor(counts: Readonly<Record<string, number>>) {
    this.counts = { ...counts };
    setHandler(progressQuery, () => ({
      stage: this.stage,
      paused: this.#paused,
      counts: this.counts,
      held: this.held,
    }));
    setHandler(pauseSignal, () => {
      this.#paused = true;
      this.show('Pauses at the next border of a page; send the signal `resume` to go on.');
    });
    setHandler(resumeSignal, () => {
      this.#paused = false;
      this.show('Goes on.');
    });
  }

  /** Enters a stage; `next` says what it does. */
  enter(stage: CycleStage, next: string): void {
    this.stage = stage;
    upsertSearchAttributes([{ key: searchAttributes.stage, value: stage }]);
    this.show(next);
  }

  /** Shows the counts and the list that waits anew, and says what is being done; without a text what was said before. */
  show(next = this.#next): void {
    this.#next = next;
    const { stage, counts, held } = this;
    showDetails(cycleDetails({ stage, paused: this.#paused, counts, held }, next));
  }

  status(value: string): void {
    upsertSearchAttributes([{ key: searchAttributes.status, value }]);
  }

  /** Waits while the cycle is paused. */
  async resumed(): Promise<void> {
    if (this.#paused) await condition(() => !this.#paused);
  }
}

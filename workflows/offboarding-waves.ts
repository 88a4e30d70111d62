import { condition, ParentClosePolicy, proxyActivities, startChild } from '@temporalio/workflow';
import type { OffboardingActivities, OffboardingView } from '../activities/offboarding-types.ts';
import { cycleId } from './ids.ts';
import type { OffboardingState } from './offboarding-state.ts';
import { state as policy } from './policies.ts';
import type { syncCycle } from './sync-cycle.ts';

const activities = proxyActivities<OffboardingActivities>(policy);

/** Between looks while nothing changes; while an approval is waited for, or services end, that takes days. */
const LONGEST_LOOK_MS = 60_000;
const LONGEST_END_LOOK_MS = 10 * 60_000;
/** A cycle of its own that takes longer may wait for an operator: it is not waited for. */
const CYCLE_MS = 10 * 60_000;

/** How the waves of an offboarding go. */
export interface WaveSettings {
  readonly customer: string;
  /** Objects that one wave takes, at most. */
  readonly waveSize: number;
  /** Milliseconds between the end of a wave and the next one. */
  readonly pause: number;
  /** Milliseconds between looks at what became of those who were taken. */
  readonly lookEvery: number;
}

/** Takes the objects of a customer out of service by waves: one look after the other, until nobody is left whose services end. */
export class OffboardingWaves {
  readonly #state: OffboardingState;
  readonly #settings: WaveSettings;
  readonly #cycles = new Map<string, { number: number; startedAt: number; runs: boolean }>();
  #unchanged = 0;

  constructor(state: OffboardingState, settings: WaveSettings) {
    this.#state = state;
    this.#settings = settings;
  }

  /** Looks, has the next wave leave where it is due, and waits for what comes next. @returns whether all is over */
  async step(): Promise<boolean> {
    const { now } = this.#state;
    this.#state.heard();
    const before = JSON.stringify(now.counts);
    const view = await activities.lookAtOffboarding(this.#request, now.id, this.#state.takePending());
    const { counts } = view;
    now.counts = counts;
    this.#unchanged = before === JSON.stringify(counts) ? this.#unchanged + 1 : 0;
    const isMoving = now.paused === null && now.stage === 'waves';
    if (isMoving && counts.open + counts.held === 0) await this.#next(view);
    if (now.stage === 'services end' && counts.open + counts.held + counts.ending + counts.blocked === 0) return true;
    this.#startCycles(view);
    this.#state.show();
    await condition(() => this.#state.news, this.#idle());
    return false;
  }

  get #request(): { readonly customer: string } {
    return { customer: this.#settings.customer };
  }

  /** The wave before is through: the next one, once the pause is over. */
  async #next(view: OffboardingView): Promise<void> {
    const { now } = this.#state;
    const { waveSize, pause } = this.#settings;
    if (view.counts.waiting === 0) {
      now.stage = 'services end';
      now.nextAt = null;
      this.#state.note('everybody has left the scope');
      return;
    }
    now.nextAt ??= now.cycles === 0 ? Date.now() : Date.now() + pause;
    if (Date.now() < now.nextAt) return;
    const wave = now.wave + 1;
    const count = await activities.withdraw(this.#request, { offboarding: now.id, wave, limit: waveSize });
    now.nextAt = null;
    if (count === 0) return;
    now.wave = wave;
    now.counts = { ...view.counts, waiting: view.counts.waiting - count, open: count };
    this.#state.note(`wave ${String(wave)}: ${String(count)} objects`);
    for (const forest of view.forests) this.#startCycle(forest);
  }

  #idle(): number {
    const { now } = this.#state;
    const { lookEvery } = this.#settings;
    const longest = now.stage === 'waves' ? LONGEST_LOOK_MS : LONGEST_END_LOOK_MS;
    const idle = Math.min(longest, lookEvery * 2 ** Math.min(this.#unchanged, 10));
    return now.nextAt === null ? idle : Math.min(idle, Math.max(1, now.nextAt - Date.now()));
  }

  /** Has cycles take up who was taken, beside those of the schedule; one at a time of a forest, and seldom where that changes nothing. */
  #startCycles({ untaken, counts, forests }: OffboardingView): void {
    const isDue = untaken > 0 || counts.open > 0;
    if (isDue)
      for (const forest of forests) {
        const last = this.#cycles.get(forest);
        if (untaken > 0 || last === undefined || Date.now() - last.startedAt >= LONGEST_LOOK_MS)
          this.#startCycle(forest);
      }
  }

  #startCycle(forest: string): void {
    const last = this.#cycles.get(forest);
    if (last?.runs === true && Date.now() - last.startedAt < CYCLE_MS) return;
    const { now } = this.#state;
    now.cycles += 1;
    const cycle = { number: now.cycles, startedAt: Date.now(), runs: true };
    this.#cycles.set(forest, cycle);
    void this.#cycle(forest, cycle.number).then((completed) => {
      cycle.runs = false;
      // One that found another at work has taken up nobody: that is looked at in its own time.
      if (completed) this.#state.tell();
    });
  }

  async #cycle(forest: string, number: number): Promise<boolean> {
    const { customer } = this.#settings;
    try {
      const child = await startChild<typeof syncCycle>('syncCycle', {
        args: [{ customer, forest, profile: 'delta' }],
        workflowId: `${cycleId(customer, forest)}-offboarding-${this.#state.now.id}-${String(number)}`,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Delta cycle of ${customer}/${forest} for its offboarding`,
      });
      return (await child.result()).outcome === 'completed';
    } catch {
      // Its failure is on record with itself; the next one, or the schedule's, goes on.
      return false;
    }
  }
}

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { CheckActivities } from '../activities/check-types.ts';
import type {
  OnboardingActivities,
  OnboardingCounts,
  OnboardingRequest,
  OnboardingView,
} from '../activities/onboarding-types.ts';
import { showDetails } from './details.ts';
import { cycleId, onboardingId } from './ids.ts';
import { OnboardingState, type OnboardingStanding } from './onboarding-state.ts';
import { preflight, state as policy } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';
import type { syncCycle } from './sync-cycle.ts';

const activities = proxyActivities<OnboardingActivities>(policy);
const { checkCustomer } = proxyActivities<CheckActivities>(preflight);

const DEFAULTS = { rate: 600, pageSize: 100, window: 1000, budget: 5, lookEvery: 5_000, cycles: true, check: true };
/** Between looks while nothing changes. */
const LONGEST_LOOK_MS = 60_000;
/** Looks that the time left is measured over. */
const SAMPLES = 60;
/** A cycle of its own that takes longer may wait for an operator: it is not waited for. */
const CYCLE_MS = 10 * 60_000;

export interface OnboardingInput extends OnboardingRequest {
  /** Number of the waves that `itasca onboard start` has kept; without it everybody comes in one wave. */
  readonly plan?: string;
  readonly operator?: string;
  /** Objects admitted in a minute, at most. */
  readonly rate?: number;
  /** Objects admitted at once. */
  readonly pageSize?: number;
  /** Objects that are admitted and not yet through, at most. */
  readonly window?: number;
  /** Percentage of admitted objects in error over which it pauses itself. */
  readonly budget?: number;
  /** Milliseconds between looks at what became of the admitted. */
  readonly lookEvery?: number;
  /** Starts deltas of the forest itself; false leaves that to its schedule. */
  readonly cycles?: boolean;
  /** A preflight before the first wave. */
  readonly check?: boolean;
  /** Events of its history after which it continues as new, where Temporal would not say so before. */
  readonly historyLimit?: number;
  readonly continuation?: OnboardingStanding;
}

export interface OnboardingResult {
  readonly outcome: 'completed' | 'stopped' | 'refused';
  readonly reason?: string;
  readonly onboarding?: string;
  readonly counts?: OnboardingCounts;
  /** Milliseconds, without pauses. */
  readonly activeMs?: number;
}

/**
 * Brings the objects of a forest in by waves: everybody who has no managed object yet waits, and is admitted by pages, no faster
 * than the rate and with no more under way than the window. The cycles of the forest, its schedule's and some that are started
 * here, write and provision who was admitted. The first of several waves is a pilot: the rest waits for an approval. Pauses itself
 * when the preflight fails, or too many are in error. One at a time of a customer, by its id. Started by `itasca onboard start`.
 */
export async function onboardCustomer(input: OnboardingInput): Promise<OnboardingResult> {
  const settings = { ...DEFAULTS, ...input };
  const { customer, forest } = input;
  const request = { customer, forest };
  const state = new OnboardingState(settings.rate, input.continuation, (id, given) =>
    activities.answerPilot(request, id, given),
  );
  const { now } = state;
  const ownCycle = { startedAt: 0, runs: false };
  let unchanged = 0;
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: customer },
    { key: searchAttributes.forest, value: forest },
  ]);
  if (input.continuation === undefined) {
    const refusal = await open();
    if (refusal !== null) return refuse(refusal);
  }
  try {
    if (now.stage === 'preflight') await lookBefore();
    while (!state.stopped) {
      await continueInTime();
      if (await step()) break;
    }
    return await close(state.stopped ? 'stopped' : 'completed');
  } catch (error) {
    if (!(error instanceof ContinueAsNew) && isCancellation(error))
      await CancellationScope.nonCancellable(() => close('stopped'));
    throw error;
  }

  /** @returns why it can not be begun, or null */
  async function open(): Promise<string | null> {
    const id = onboardingId(customer);
    if (workflowInfo().workflowId !== id)
      return `an onboarding of ${customer} has the workflow id ${id}, so that there are never two at once`;
    const opened = await activities.openOnboarding({ ...request, plan: input.plan ?? null });
    if (opened === null) return `${customer}/${forest} has no waves ${input.plan ?? ''} that have not begun yet`;
    Object.assign(now, { id: opened.id, waves: opened.waves, approved: opened.waves.length < 2 });
    now.stage = settings.check ? 'preflight' : 'finding who waits';
    state.note('started', input.operator);
    return null;
  }

  function refuse(reason: string): OnboardingResult {
    now.stage = 'refused';
    upsertSearchAttributes([{ key: searchAttributes.status, value: 'Refused' }]);
    showDetails(`Refused: ${reason}.`);
    return { outcome: 'refused', reason };
  }

  /** The preflight, again after each resume until nothing fails. */
  async function lookBefore(): Promise<void> {
    for (;;) {
      state.show();
      const { lines } = await checkCustomer({ customer });
      const failed = lines.filter((line) => line.state === 'failed').length;
      if (failed === 0) break;
      state.pause(
        `the preflight failed in ${String(failed)} of ${String(lines.length)} lines; itasca check shows them with their remedies`,
      );
      state.show();
      await condition(() => state.stopped || now.paused === null);
      if (state.stopped) return;
    }
    state.note('nothing failed in the preflight');
    now.stage = 'finding who waits';
  }

  /** Looks, admits a page where there is room, and waits for what comes next. @returns whether all waves are through */
  async function step(): Promise<boolean> {
    const began = Date.now();
    state.heard();
    const before = now.view?.counts;
    const { activeMs, accepted, samples } = now;
    const view = await activities.lookAtOnboarding(request, now.id, {
      ...{ events: state.takePending(), budget: settings.budget, accepted, samples, activeMs },
    });
    now.view = view;
    now.samples = [...now.samples, { activeMs, through: view.counts.admitted - view.counts.open }].slice(-SAMPLES);
    unchanged = JSON.stringify(before) === JSON.stringify(view.counts) ? unchanged + 1 : 0;
    if (now.paused === null && view.over !== null) state.pause(view.over);
    if (view.ready && now.stage === 'finding who waits') {
      now.stage = 'waves';
      beginWave(view);
    }
    if (now.stage === 'waves' && now.paused === null && isThrough(view)) {
      if (now.wave === now.waves.length - 1) return true;
      if (now.approved) {
        now.wave += 1;
        beginWave(view);
        return false;
      }
      if (!now.asks) state.note('the pilot is through: the rest waits for an approval');
      now.asks = true;
    }
    state.show();
    const idle = Math.min(LONGEST_LOOK_MS, settings.lookEvery * 2 ** Math.min(unchanged, 10));
    const isHeld = now.paused !== null || now.asks;
    const wait = isHeld ? idle : Math.min(idle, await admit(view));
    await condition(() => state.news, wait);
    if (!isHeld) now.activeMs += Date.now() - began;
    return false;
  }

  function beginWave(view: OnboardingView): void {
    state.note(`wave ${now.waves[now.wave] ?? ''} begins: ${String(view.waves[now.wave]?.waiting ?? 0)} wait`);
  }

  function isThrough(view: OnboardingView): boolean {
    const wave = view.waves[now.wave];
    return wave?.waiting === 0 && wave.open === 0 && view.untaken === 0;
  }

  /** Admits the next page where it is due and there is room. @returns milliseconds until the one after it is due */
  async function admit(view: OnboardingView): Promise<number> {
    if (view.untaken > 0 || !view.ready) startCycle();
    const room = Math.min(
      ...[settings.pageSize, settings.window - view.counts.open, view.waves[now.wave]?.waiting ?? 0],
    );
    if (now.stage !== 'waves' || room <= 0) return Infinity;
    const at = Date.now();
    if (at >= due()) {
      const count = await activities.admitPage(now.id, now.wave, now.page, room);
      if (count > 0) {
        now.page += 1;
        now.last = { at, count };
        startCycle();
      }
    }
    return Math.max(1, Math.ceil(due() - Date.now()));
  }

  /** When the next page may be admitted by the rate, in milliseconds since 1970. */
  function due(): number {
    return now.last.at + (now.last.count * 60_000) / now.rate;
  }

  /** Has a delta take up who was admitted, beside those of the schedule; one at a time. */
  function startCycle(): void {
    const isBusy = ownCycle.runs && Date.now() - ownCycle.startedAt < CYCLE_MS;
    if (!settings.cycles || isBusy) return;
    now.cycles += 1;
    const number = now.cycles;
    Object.assign(ownCycle, { startedAt: Date.now(), runs: true });
    void cycle(number).then((completed) => {
      if (number === now.cycles) ownCycle.runs = false;
      // One that found another at work has taken up nobody: that is looked at in its own time.
      if (completed) state.tell();
    });
  }

  async function cycle(number: number): Promise<boolean> {
    try {
      const child = await startChild<typeof syncCycle>('syncCycle', {
        args: [{ customer, forest, profile: 'delta' }],
        workflowId: `${cycleId(customer, forest)}-onboarding-${now.id}-${String(number)}`,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Delta cycle of ${customer}/${forest} for its onboarding`,
      });
      return (await child.result()).outcome === 'completed';
    } catch {
      // Its failure is on record with itself; the next one, or the schedule's, goes on.
      return false;
    }
  }

  async function continueInTime(): Promise<void> {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (!continueAsNewSuggested && historyLength <= (input.historyLimit ?? Infinity)) return;
    await condition(allHandlersFinished);
    await continueAsNew<typeof onboardCustomer>({ ...input, continuation: { ...now } });
  }

  async function close(outcome: 'completed' | 'stopped'): Promise<OnboardingResult> {
    if (outcome === 'completed') state.note('completed');
    now.stage = outcome;
    now.asks = false;
    now.paused = null;
    const counts = await activities.closeOnboarding(now.id, outcome, state.takePending(), now.activeMs);
    state.show();
    await condition(allHandlersFinished);
    return { outcome, onboarding: now.id, counts, activeMs: now.activeMs };
  }
}

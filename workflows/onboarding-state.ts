import { patched, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { SignedAnswer } from '../activities/answer-types.ts';
import type { OnboardingEvent, OnboardingSample, OnboardingView, PilotAnswer } from '../activities/onboarding-types.ts';
import { showDetails } from './details.ts';
import {
  approvePilotUpdate,
  onboardingQuery,
  pauseOnboardingUpdate,
  rateUpdate,
  resumeOnboardingUpdate,
  stopOnboardingUpdate,
  type OnboardingProgress,
} from './messages.ts';
import { describeOnboarding } from './onboarding-details.ts';
import { searchAttributes } from './search-attributes.ts';
import { NOBODY, operatorOf, refused } from './steering.ts';

/** What an onboarding knows of itself, over continuations. */
export interface OnboardingStanding {
  id: string;
  waves: readonly string[];
  stage: OnboardingProgress['stage'];
  wave: number;
  page: number;
  rate: number;
  activeMs: number;
  approved: boolean;
  asks: boolean;
  paused: string | null;
  /** How many were in error when an operator last had it go on. */
  accepted: number;
  samples: readonly OnboardingSample[];
  /** When the last page was admitted, and how many it held: the next is due by the rate. */
  last: { readonly at: number; readonly count: number };
  cycles: number;
  /** How many there have been. */
  events: number;
  /** Those that are not on record yet. */
  pending: readonly OnboardingEvent[];
  view: OnboardingView | null;
}

const FRESH: Omit<OnboardingStanding, 'rate'> = {
  id: '',
  waves: [],
  stage: 'opening',
  wave: 0,
  page: 0,
  activeMs: 0,
  approved: false,
  asks: false,
  paused: null,
  accepted: 0,
  samples: [],
  last: { at: 0, count: 0 },
  cycles: 0,
  events: 0,
  pending: [],
  view: null,
};

/** Where an onboarding stands, how operators steer it, and how the Temporal UI shows it. */
export class OnboardingState {
  readonly now: OnboardingStanding;
  #stopped = false;
  /** An operator has said something, or a cycle has ended. */
  #news = false;

  readonly #answerPilot: (onboarding: string, given: SignedAnswer) => Promise<PilotAnswer>;

  constructor(
    rate: number,
    continuation: OnboardingStanding | undefined,
    answerPilot: (onboarding: string, given: SignedAnswer) => Promise<PilotAnswer>,
  ) {
    this.#answerPilot = answerPilot;
    this.now = { ...(continuation ?? { ...FRESH, rate }) };
    setHandler(onboardingQuery, () => this.#progress());
    setHandler(pauseOnboardingUpdate, (given) => this.#pausedBy(operatorOf(given)));
    setHandler(resumeOnboardingUpdate, (given) => this.#resumedBy(operatorOf(given)));
    setHandler(stopOnboardingUpdate, (given) => {
      const operator = operatorOf(given);
      if (!this.#stopped) this.note('stopped by an operator', operator);
      this.#stopped = true;
      return this.#said('It stops. Who is in stays in, who waits goes on waiting.');
    });
    setHandler(approvePilotUpdate, (given) => this.#approvedBy(given));
    setHandler(rateUpdate, (given) => this.#rate(given, operatorOf(given)));
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  get news(): boolean {
    return this.#news;
  }

  tell(): void {
    this.#news = true;
  }

  heard(): void {
    this.#news = false;
  }

  pause(reason: string, operator?: string): void {
    this.now.paused = reason;
    this.note(`paused: ${reason}`, operator);
  }

  note(what: string, who?: string): void {
    const { now } = this;
    now.events += 1;
    now.pending = [...now.pending, { number: now.events, at: Date.now(), what, who: who ?? null }];
  }

  /** Events that are to be put on record now. */
  takePending(): readonly OnboardingEvent[] {
    const { pending } = this.now;
    this.now.pending = [];
    return pending;
  }

  show(): void {
    upsertSearchAttributes([{ key: searchAttributes.status, value: this.#status() }]);
    showDetails(describeOnboarding(this.#progress()));
  }

  #status(): string {
    const { stage, paused, asks } = this.now;
    if (stage === 'completed') return 'Completed';
    if (stage === 'stopped') return 'Stopped';
    if (paused !== null) return 'Paused';
    return asks ? 'AwaitingApproval' : 'Running';
  }

  #pausedBy(operator: string | undefined): string {
    if (this.now.paused !== null) return `It is paused already: ${this.now.paused}.`;
    this.now.paused = 'an operator paused it';
    this.note('paused by an operator', operator);
    return this.#said('Paused: nobody more is admitted. Cycles go on for those who are in.');
  }

  #resumedBy(operator: string | undefined): string {
    const { now } = this;
    if (now.paused === null) return 'It is not paused.';
    now.paused = null;
    // The operator's word holds for the errors that there are.
    now.accepted = now.view?.counts.inError ?? now.accepted;
    this.note('resumed', operator);
    return this.#said(
      now.accepted === 0 ? 'It goes on.' : `It goes on. ${String(now.accepted)} objects in error do not count again.`,
    );
  }

  async #approvedBy(given: Partial<SignedAnswer> | undefined): Promise<string> {
    const { now } = this;
    let operator = operatorOf(given);
    const require = (): void => {
      if (!now.asks)
        throw refused('Nothing waits for an approval: the pilot is not through, or the rest comes in already.');
    };
    require();
    // One that began before answers were verified goes on as it was.
    if (patched('verified answers')) {
      const answer = await this.#answerPilot(now.id, { ...given, operator: operator ?? NOBODY });
      if (answer.outcome === 'refused') throw refused(`Refused: ${answer.reason}.`);
      if (answer.outcome === 'first') {
        this.note('the pilot was approved once; another operator has to approve it, too', answer.who);
        return this.#said(`Recorded: approved by ${answer.who}. Another operator has to approve it, too.`);
      }
      operator = operator === undefined && answer.who === NOBODY ? undefined : answer.who;
      require();
    }
    Object.assign(now, { asks: false, approved: true });
    this.note('the pilot was approved', operator);
    return this.#said('Approved: the waves after the pilot come in.');
  }

  #rate(given: unknown, operator: string | undefined): string {
    const rate = typeof given === 'object' && given !== null && 'rate' in given ? given.rate : undefined;
    if (typeof rate !== 'number' || !Number.isInteger(rate) || rate < 1)
      throw refused('The rate is a whole number of objects a minute: {"rate": 600}.');
    // What was measured before says nothing of what comes.
    Object.assign(this.now, { rate, samples: [] });
    this.note(`rate: ${String(rate)} objects a minute`, operator);
    return this.#said(`At most ${String(rate)} objects are admitted in a minute.`);
  }

  #said(text: string): string {
    this.#news = true;
    return text;
  }

  #progress(): OnboardingProgress {
    const { id, stage, wave, rate, paused, asks, activeMs, view } = this.now;
    return {
      ...{ onboarding: id === '' ? null : id, stage, wave, rate, paused, waitsForApproval: asks, activeMs },
      ...{ counts: view?.counts ?? null, waves: view?.waves ?? [], left: view?.left ?? null },
    };
  }
}

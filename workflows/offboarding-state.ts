import { condition, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { SignedAnswer } from '../activities/answer-types.ts';
import type { OffboardingCounts, OffboardingEvent, OffboardingWay } from '../activities/offboarding-types.ts';
import type { PilotAnswer } from '../activities/onboarding-types.ts';
import { showDetails } from './details.ts';
import {
  approveOffboardingUpdate,
  offboardingQuery,
  pauseOffboardingUpdate,
  resumeOffboardingUpdate,
  stopOffboardingUpdate,
  type OffboardingProgress,
} from './messages.ts';
import { describeOffboarding } from './offboarding-details.ts';
import { searchAttributes } from './search-attributes.ts';
import { NOBODY, operatorOf, refused } from './steering.ts';

/** What an offboarding knows of itself, over continuations. */
export interface OffboardingStanding {
  id: string;
  stage: OffboardingProgress['stage'];
  wave: number;
  paused: string | null;
  nextAt: number | null;
  cycles: number;
  /** How many events there have been. */
  events: number;
  /** Those that are not on record yet. */
  pending: readonly OffboardingEvent[];
  counts: OffboardingCounts | null;
}

const FRESH: OffboardingStanding = {
  id: '',
  stage: 'opening',
  wave: 0,
  paused: null,
  nextAt: null,
  cycles: 0,
  events: 0,
  pending: [],
  counts: null,
};

const STATUS: Partial<Readonly<Record<OffboardingProgress['stage'], string>>> = {
  completed: 'Completed',
  stopped: 'Stopped',
  refused: 'Refused',
};

/** Where an offboarding stands, how operators steer it, and how the Temporal UI shows it. */
export class OffboardingState {
  readonly now: OffboardingStanding;
  readonly #way: OffboardingWay;
  readonly #waveSize: number;
  readonly #answer: (offboarding: string, given: SignedAnswer) => Promise<PilotAnswer>;
  #stopped = false;
  /** An operator has said something, or a cycle has ended. */
  #news = false;

  constructor(
    way: OffboardingWay,
    waveSize: number,
    continuation: OffboardingStanding | undefined,
    answer: (offboarding: string, given: SignedAnswer) => Promise<PilotAnswer>,
  ) {
    this.#way = way;
    this.#waveSize = waveSize;
    this.#answer = answer;
    this.now = { ...(continuation ?? FRESH) };
    setHandler(offboardingQuery, () => this.#progress());
    if (way === 'leave') return;
    setHandler(approveOffboardingUpdate, (given) => this.#approvedBy(given));
    setHandler(pauseOffboardingUpdate, (given) => this.#pausedBy(operatorOf(given)));
    setHandler(resumeOffboardingUpdate, (given) => this.#resumedBy(operatorOf(given)));
    setHandler(stopOffboardingUpdate, (given) => {
      const operator = operatorOf(given);
      if (!this.#stopped) this.note('stopped by an operator', operator);
      this.#stopped = true;
      return this.#said('It stops. Who has left stays out, everybody else stays in service.');
    });
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

  note(what: string, who?: string): void {
    const { now } = this;
    now.events += 1;
    now.pending = [...now.pending, { number: now.events, at: Date.now(), what, who: who ?? null }];
  }

  /** Events that are to be put on record now. */
  takePending(): readonly OffboardingEvent[] {
    const { pending } = this.now;
    this.now.pending = [];
    return pending;
  }

  /** @param details where it ends workflows: what it waits for, instead of how the waves stand */
  show(details?: string): void {
    const { stage, paused } = this.now;
    const running = paused !== null ? 'Paused' : stage === 'waiting for approval' ? 'AwaitingApproval' : 'Running';
    upsertSearchAttributes([{ key: searchAttributes.status, value: STATUS[stage] ?? running }]);
    showDetails(details ?? describeOffboarding(this.#progress()));
  }

  #pausedBy(operator: string | undefined): string {
    if (this.now.paused !== null) return `It is paused already: ${this.now.paused}.`;
    this.now.paused = 'an operator paused it';
    this.note('paused', operator);
    return this.#said('Paused: nobody more is taken. Cycles go on.');
  }

  #resumedBy(operator: string | undefined): string {
    if (this.now.paused === null) return 'It is not paused.';
    this.now.paused = null;
    this.note('resumed', operator);
    return this.#said('It goes on.');
  }

  async #approvedBy(given: Partial<SignedAnswer> | undefined): Promise<string> {
    const { now } = this;
    const operator = operatorOf(given);
    const require = (): void => {
      if (now.stage !== 'waiting for approval') throw refused('Nothing waits for an approval.');
    };
    // Whoever starts it may approve it at once.
    await condition(() => now.stage !== 'opening');
    require();
    const answer = await this.#answer(now.id, { ...given, operator: operator ?? NOBODY });
    if (answer.outcome === 'refused') throw refused(`Refused: ${answer.reason}.`);
    if (answer.outcome === 'first') {
      this.note('approved once; another operator has to approve it, too', answer.who);
      return this.#said(`Recorded: approved by ${answer.who}. Another operator has to approve it, too.`);
    }
    require();
    now.stage = 'waves';
    this.note('approved', answer.who);
    return this.#said('Approved: the first wave begins.');
  }

  #said(text: string): string {
    this.#news = true;
    return text;
  }

  #progress(): OffboardingProgress {
    const { id, stage, wave, paused, nextAt, counts } = this.now;
    return {
      ...{ offboarding: id === '' ? null : id, way: this.#way, stage, wave, waveSize: this.#waveSize },
      ...{ paused, nextAt, counts },
    };
  }
}

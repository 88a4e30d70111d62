import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import type { CycleActivities, Cycle, HeldList, HoldAnswer } from '../activities/types.ts';
import type { CycleView } from './cycle-view.ts';
import { approveUpdate, holdChangedSignal, rejectUpdate } from './messages.ts';

/** What became of a list: an operator's answer, nobody's, or other cycles planned all of it anew. */
export type Decision = 'approved' | 'rejected' | 'expired' | 'superseded';

/** An operator's name in an answer: it is kept with the changes. */
export const OPERATOR = /^[\p{L}\p{N}][\p{L}\p{N} ._@\\-]{0,63}$/u;

/**
 * Takes an operator's answers to the list of a cycle, at any time from when it is known. An answer to another list than the
 * one that is there, for it has changed meanwhile, is refused and shows the new one.
 */
export class Approval {
  decision: Decision | null;
  /** A list was approved, and then the cycle found more to ask for: that one is written whatever the answer to this one. */
  approvedEarlier = false;
  readonly #view: CycleView;
  /** Answers that the tables have not taken or refused yet. */
  #answering = 0;

  constructor(
    view: CycleView,
    cycle: () => Cycle | null,
    answerHold: CycleActivities['answerHold'],
    decision: Decision | null,
  ) {
    this.#view = view;
    this.decision = decision;
    const take = async (answer: 'approve' | 'reject', given: HoldAnswer): Promise<string> => {
      const fault = this.#fault(given);
      if (fault !== null) throw ApplicationFailure.nonRetryable(fault, 'NotAnswered');
      const current = cycle();
      if (current === null) throw ApplicationFailure.nonRetryable('The cycle has not begun yet.', 'NotAnswered');
      this.#answering += 1;
      const now = await answerHold(current, answer, given).finally(() => {
        this.#answering -= 1;
      });
      if (now === null) {
        this.decision = answer === 'approve' ? 'approved' : 'rejected';
        return answer === 'approve'
          ? 'Approved: each change is evaluated again and then written.'
          : 'Rejected: nothing of the list is written.';
      }
      if (now === 'nothing waits') throw ApplicationFailure.nonRetryable('Nothing waits for an answer.', 'NotAnswered');
      if ('refused' in now) throw ApplicationFailure.nonRetryable(now.refused, 'NotAnswered');
      if ('first' in now) {
        this.#changed(now.first);
        return now.said;
      }
      this.#changed(now);
      throw ApplicationFailure.nonRetryable(
        `The list has changed: it has ${String(now.changes)} changes and the hash ${now.hash} now. Look at it again.`,
        'NotAnswered',
      );
    };
    setHandler(approveUpdate, (given) => take('approve', given));
    setHandler(rejectUpdate, (given) => take('reject', given));
    setHandler(holdChangedSignal, (list) => {
      this.#changed(list);
    });
  }

  /** Shows a list that waits from now on. */
  ask(list: HeldList | null): void {
    if (list === null) return;
    if (list.hash !== this.#view.held?.hash) {
      this.approvedEarlier ||= this.decision === 'approved';
      this.decision = null;
    }
    this.#changed(list);
  }

  /** Waits for the answer to the list that is shown. */
  async decided(waitForMs: number): Promise<Decision> {
    await condition(() => this.decision !== null, waitForMs);
    // An answer that came in time counts, however long the tables take; none counts from here on.
    await condition(() => this.#answering === 0);
    this.decision ??= 'expired';
    return this.decision;
  }

  /** The list is dealt with. */
  close(): void {
    this.#view.held = null;
    this.decision = null;
    delete this.#view.counts['held'];
  }

  /** Why an answer can not count, whatever the tables hold. In the handler, so that a refused answer is on record too. */
  #fault(given: Partial<HoldAnswer> | undefined): string | null {
    const { held } = this.#view;
    if (held === null) return 'Nothing waits for an answer.';
    if (this.decision !== null) return `The list has been ${this.decision} already.`;
    if (typeof given?.hash !== 'string' || typeof given.operator !== 'string' || !OPERATOR.test(given.operator))
      return 'An answer is {"operator": "your name", "hash": "the hash of the list"}.';
    return given.hash === held.hash ? null : `The list that waits has the hash ${held.hash}. Look at it again.`;
  }

  #changed(list: HeldList): void {
    this.#view.held = list;
    this.#view.counts['held'] = list.changes;
    if (list.changes === 0) this.decision ??= 'superseded';
    this.#view.show();
  }
}

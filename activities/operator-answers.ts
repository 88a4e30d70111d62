import { judgeApproval, type Answerer } from '../rules/approvals.ts';
import { publicKeyLine } from '../rules/operator-key.ts';
import { statementText, timeFault, type AnswerAction } from '../rules/operator-statement.ts';
import { operatorName, type OperatorsSettings } from '../rules/operators-settings.ts';
import type { Transaction } from '../store/database.ts';
import {
  answerOfStep,
  approvalsOf,
  isUsed,
  recordAnswer,
  type Answered,
  type KeptSignature,
  type OperatorAnswer,
} from '../store/operator-answers.ts';
import { isProven, isVerified } from './operator-signature.ts';
import type { SignedAnswer } from './answer-types.ts';

/** When and by which step an answer came. */
export interface Arrival {
  /** Milliseconds since 1970, by the clock of the Temporal server. */
  readonly at: number;
  /** Names the step, whatever attempt. */
  readonly step: string;
}

/** What an answer is given to. */
export interface Question {
  readonly customer: string;
  readonly workflowId: string;
  readonly about: Answered;
  readonly action: AnswerAction;
  /** Exactly what is answered. */
  readonly subject: string;
  /** How many operators have to approve it. */
  readonly needed: number;
  /** Approvals before this time do not count any more; null for all. */
  readonly since: Date | null;
}

export type Taken =
  /** It was done. */
  | { readonly outcome: 'decided' }
  /** It is on record, and another operator has to approve it, too. */
  | { readonly outcome: 'first'; readonly who: string }
  /** What it is about does not wait any more, or is another by now. Nothing is on record. */
  | { readonly outcome: 'late' }
  /** Nothing is on record. */
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Takes an operator's answer: verifies its signature, says whether it is enough, and does what it says if it is. While the
 * configuration lists no operators, an answer is that of whom it names, and how many are needed is seen to by what is done.
 *
 * @param question what is asked now; null where nothing is
 * @param decide does what the answer of `who` says; false when that can not be any more
 */
export async function takeAnswer(
  transaction: Transaction,
  operators: OperatorsSettings,
  given: SignedAnswer,
  arrival: Arrival,
  question: () => Promise<Question | null>,
  decide: (who: string) => Promise<boolean>,
): Promise<Taken> {
  if (operators.list.length === 0) return (await decide(given.operator)) ? { outcome: 'decided' } : { outcome: 'late' };
  const said = given.operator;
  const own = await answerOfStep(transaction, arrival.step);
  if (own !== null) return own.decides ? { outcome: 'decided' } : { outcome: 'first', who: nameOf(own.signed, said) };
  const asked = await question();
  if (asked === null) return { outcome: 'late' };
  const signed = verified(operators, asked, given, arrival);
  if (typeof signed === 'string') return refused(signed);
  const { customer, action, subject, about } = asked;
  const earlier = await approvalsOf(transaction, customer, subject, asked.since);
  if (signed !== null && (await isUsed(transaction, signed.signature)))
    return refused('this signature was used before; give your answer again');
  // Whose key was taken off the list meanwhile does not count any more.
  const counting = action === 'reject' ? [] : earlier.filter((answer) => counts(operators, answer));
  const answerers = counting.map((answer): Answerer => answer.signed?.operator ?? null);
  const judgement =
    action === 'reject'
      ? ({ counts: 'enough' } as const)
      : judgeApproval(signed?.operator ?? null, answerers, asked.needed, operators.unsigned);
  if (judgement.counts === 'not') return refused(judgement.reason);
  const decides = judgement.counts === 'enough';
  const names = new Set([...counting.map((answer) => nameOf(answer.signed, answer.said)), nameOf(signed, said)]);
  const who = [...names].join(' and ');
  if (decides && !(await decide(who))) return { outcome: 'late' };
  await recordAnswer(transaction, { customer, about, action, subject, said, signed, decides, step: arrival.step });
  return decides ? { outcome: 'decided' } : { outcome: 'first', who };
}

function refused(reason: string): Taken {
  return { outcome: 'refused', reason };
}

/** Who answered, for people. */
export function nameOf(signed: Pick<KeptSignature, 'operator'> | null, said: string): string {
  return signed === null ? `an unnamed operator (says ${said})` : signed.operator;
}

/** The signature of an answer; null where there is none; else what is wrong with it. */
function verified(
  operators: OperatorsSettings,
  { customer, workflowId, action, subject }: Question,
  { operator, at, signature }: SignedAnswer,
  arrival: Arrival,
): KeptSignature | string | null {
  if (!operatorName.safeParse(operator).success) return 'the name of the operator can not be read';
  if (at === undefined && signature === undefined) return null;
  if (typeof at !== 'string' || typeof signature !== 'string')
    return 'a signed answer has both "at" and "signature"; itasca makes them';
  const listed = operators.list.find(({ name }) => name === operator);
  if (listed === undefined) return `it is signed, but no operator ${operator} is listed in the settings`;
  const kept = {
    operator,
    statement: statementText({ customer, operator, action, workflowId, subject, at }),
    publicKey: publicKeyLine(listed.publicKey) ?? '',
    signature,
  };
  if (!isVerified(kept))
    return `the signature is not ${operator}'s for this: it is by another key than the one that the settings list, or of something else, such as the list as it was before it changed`;
  return timeFault(at, arrival.at) ?? kept;
}

function counts(operators: OperatorsSettings, answer: OperatorAnswer): boolean {
  if (answer.signed === null) return true;
  const { operator, publicKey } = answer.signed;
  const isListed = operators.list.some((one) => one.name === operator && publicKeyLine(one.publicKey) === publicKey);
  return isListed && isProven(answer);
}

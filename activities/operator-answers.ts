import { z } from 'zod';
import { judgeApproval, type Answerer } from '../rules/approvals.ts';
import { publicKeyLine } from '../rules/operator-key.ts';
import { statementText, timeFault, type AnswerAction } from '../rules/operator-statement.ts';
import { operatorName, type OperatorsSettings } from '../rules/operators-settings.ts';
import type { Queryable, Transaction } from '../store/database.ts';
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
  /** Id of the workflow that it was given to. */
  readonly workflowId: string;
}

/** What an answer is given to. */
export interface Question {
  readonly customer: string;
  readonly workflowId: string;
  /** Null: all that is the customer's. */
  readonly about: Answered | null;
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
  | { readonly outcome: 'decided'; readonly who: string }
  /** It is on record, and another operator has to approve it, too. */
  | { readonly outcome: 'first'; readonly who: string }
  /** What it is about does not wait any more, or is another by now. Nothing is on record. */
  | { readonly outcome: 'late' }
  /** Nothing is on record. */
  | { readonly outcome: 'refused'; readonly reason: string };

/** Who stands behind what is to be done. */
export interface Standing {
  /** Those who have approved it; whose answer this is comes last. */
  readonly names: readonly string[];
  /** Null while nobody is listed: then how many are needed is seen to where it is done. */
  readonly enough: boolean | null;
}

/** What was done: all that the answer says; nothing yet, for another operator has to say it, too; or it can not be done any more. */
export type Acted = 'done' | 'first' | 'late';

/**
 * Takes an operator's answer: verifies its signature, says whether it is enough, and has done what it says. While the
 * configuration lists no operators, an answer is that of whom it names, and nothing is asked or kept here.
 *
 * @param question what is asked now; null where nothing is
 * @param act does what the answer says, if it is enough
 */
export async function takeAnswer(
  transaction: Transaction,
  operators: OperatorsSettings,
  given: SignedAnswer,
  arrival: Arrival,
  question: () => Promise<Question | null>,
  act: (standing: Standing) => Promise<Acted>,
): Promise<Taken> {
  const said = given.operator;
  if (operators.list.length === 0) return outcome(await act({ names: [said], enough: null }), said);
  const own = await recalled(transaction, arrival);
  if (own !== null) return own;
  const asked = await question();
  if (asked === null) return LATE;
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
  const enough = judgement.counts === 'enough';
  const who = nameOf(signed, said);
  const names = [...new Set(counting.map((answer) => nameOf(answer.signed, answer.said)))].filter(
    (name) => name !== who,
  );
  const all = [...names, who];
  if ((await act({ names: all, enough })) === 'late') return LATE;
  await recordAnswer(transaction, {
    customer,
    about,
    action,
    subject,
    said,
    signed,
    decides: enough,
    step: arrival.step,
  });
  return outcome(enough ? 'done' : 'first', all.join(' and '));
}

/** What became of an answer that this step has recorded already, before its worker died; null where it has not. */
export async function recalled(db: Queryable, { step }: Arrival): Promise<Taken | null> {
  const own = await answerOfStep(db, step);
  if (own === null) return null;
  return outcome(own.decides ? 'done' : 'first', nameOf(own.signed, own.said));
}

function outcome(acted: Acted, who: string): Taken {
  if (acted === 'late') return LATE;
  return { outcome: acted === 'done' ? 'decided' : 'first', who };
}

const LATE: Taken = { outcome: 'late' };

function refused(reason: string): Taken {
  return { outcome: 'refused', reason };
}

/** Who approves pairs of a reconnection, how many approvals are enough (null: not yet), and whose earlier ones count (null: all). */
export function approvers(
  { names, enough }: Standing,
  approvals: number,
): readonly [operator: string, approvals: number | null, others: readonly string[] | null] {
  const operator = names.at(-1) ?? '';
  if (enough === null) return [operator, approvals, null];
  return [operator, enough ? 1 : null, names.slice(0, -1)];
}

/** The fields of an answer that say whose it is, as they come from outside. */
export const signedFields = {
  operator: operatorName,
  at: z.string().max(64).optional(),
  signature: z.string().max(256).optional(),
};

export function signedPart({ operator, at, signature }: SignedFields): SignedAnswer {
  return { operator, ...(at === undefined ? {} : { at }), ...(signature === undefined ? {} : { signature }) };
}

interface SignedFields {
  readonly operator: string;
  readonly at?: string | undefined;
  readonly signature?: string | undefined;
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

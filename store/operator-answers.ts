import type { AnswerAction } from '../rules/operator-statement.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** What an answer is about. */
export type Answered =
  | { readonly hold: string }
  | { readonly forest: ForestId; readonly guid: string }
  | { readonly map: string }
  | { readonly onboarding: string }
  | { readonly offboarding: string };

interface AnsweredColumns {
  readonly hold: string;
  readonly forest: ForestId;
  readonly guid: string;
  readonly map: string;
  readonly onboarding: string;
  readonly offboarding: string;
}

/** A verified signature, as it is kept. */
export interface KeptSignature {
  readonly operator: string;
  /** The text that was signed. */
  readonly statement: string;
  /** Base64 of DER SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** Base64. */
  readonly signature: string;
}

export interface NewAnswer {
  readonly customer: string;
  /** Null: all that is the customer's. */
  readonly about: Answered | null;
  readonly action: AnswerAction;
  readonly subject: string;
  /** The name in the answer, whoever gave it. */
  readonly said: string;
  readonly signed: KeptSignature | null;
  /** With it there were enough; else it was the first of two. */
  readonly decides: boolean;
  /** Names the step that records it, whatever attempt. */
  readonly step: string;
}

/** An answer on record. */
export interface OperatorAnswer extends Omit<NewAnswer, 'about' | 'customer' | 'step'> {
  readonly id: string;
  readonly at: Date;
}

const ANSWER = `SELECT a.id, a.action, a.subject, a.said, a.at, a.decides, CASE WHEN a.operator IS NOT NULL THEN
    jsonb_build_object('operator', a.operator, 'statement', a.statement, 'publicKey', a.public_key, 'signature', a.signature) END AS signed FROM operator_answer a`;

/** The answer that a step has recorded; null where it has not. */
export async function answerOfStep(db: Queryable, step: string): Promise<OperatorAnswer | null> {
  const [row] = await db.query<OperatorAnswer>(`${ANSWER} WHERE a.step = $1`, [step]);
  return row ?? null;
}

/** Whether a signature is on record: whoever sends it again is not who made it. */
export async function isUsed(db: Queryable, signature: string): Promise<boolean> {
  return (await db.query('SELECT FROM operator_answer WHERE signature = $1', [signature])).length > 0;
}

/**
 * The approvals of exactly this subject that are on record, the oldest first. Until the transaction ends nobody else records
 * one of it.
 *
 * @param since those before do not count any more; null for all
 */
export async function approvalsOf(
  transaction: Transaction,
  customer: string,
  subject: string,
  since: Date | null,
): Promise<readonly OperatorAnswer[]> {
  await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`answer ${customer} ${subject}`]);
  return transaction.query<OperatorAnswer>(
    `${ANSWER} WHERE a.customer = $1 AND a.subject = $2 AND a.action IN ('approve', 'choose') AND a.at >= coalesce($3::timestamptz, '-infinity') ORDER BY a.id`,
    [customer, subject, since],
  );
}

/** Puts an answer on record. */
export async function recordAnswer(transaction: Transaction, answer: NewAnswer): Promise<void> {
  const { customer, action, subject, said, signed, decides, step } = answer;
  const about: Partial<AnsweredColumns> = answer.about ?? {};
  const { operator = null, statement = null, publicKey = null, signature = null } = signed ?? {};
  await transaction.query(
    `INSERT INTO operator_answer (customer, hold_id, forest_id, guid, map_id, onboarding_id, offboarding_id, action, subject, said, operator, statement, public_key, signature, decides, step)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      ...[customer, about.hold ?? null, about.forest ?? null, about.guid ?? null, about.map ?? null],
      ...[about.onboarding ?? null, about.offboarding ?? null],
      ...[action, subject, said, operator, statement, publicKey, signature, decides, step],
    ],
  );
}

/** The answers to the open list of a run, the oldest first; those of another subject than the list's were to what it held before. */
export async function answersToList(db: Queryable, run: string): Promise<readonly OperatorAnswer[]> {
  return db.query<OperatorAnswer>(
    `${ANSWER} JOIN hold h ON h.id = a.hold_id WHERE h.run_id = $1 AND h.state = 'open' ORDER BY a.id`,
    [run],
  );
}

/** The answers that concern a source object or its identity: to lists with its changes, and to its cases, the oldest first. */
export async function answersAbout(
  db: Queryable,
  forest: ForestId,
  guid: string,
  identity: string | null,
): Promise<readonly OperatorAnswer[]> {
  return db.query<OperatorAnswer>(
    `${ANSWER} WHERE a.forest_id = $1 AND a.guid = $2
       OR a.hold_id IN (SELECT p.hold_id FROM planned_change p WHERE p.identity_id = $3 AND p.hold_id IS NOT NULL) ORDER BY a.id`,
    [forest, guid, identity],
  );
}

import { listSubject } from '../rules/operator-statement.ts';
import type { Queryable } from '../store/database.ts';
import { openContent } from '../store/holds.ts';
import { answersToList, type OperatorAnswer } from '../store/operator-answers.ts';
import { nameOf } from './operator-answers.ts';
import { fingerprint, isProven } from './operator-signature.ts';

/** An answer to a list that waits, for people. */
export interface ListAnswer {
  /** It was to exactly what the list holds now. */
  readonly holds: boolean;
  readonly text: string;
}

/** The answers that the open list of a run has had, each with whether it still holds. */
export async function listAnswers(db: Queryable, run: string): Promise<readonly ListAnswer[]> {
  const answers = await answersToList(db, run);
  if (answers.length === 0) return [];
  const content = await openContent(db, run);
  const subject = content === null ? null : listSubject(run, content.digest);
  return answers.map((answer) => {
    const holds = answer.subject === subject;
    const text = `Approved by ${answerText(answer)}`;
    return { holds, text: holds ? `${text}.` : `${text}: void, for the list has changed since.` };
  });
}

/** Who answered when, and whether the signature that is on record is theirs. */
export function answerText(answer: OperatorAnswer): string {
  const { signed, said, at } = answer;
  const who = nameOf(signed, said);
  const proof =
    signed === null
      ? 'not signed'
      : `${isProven(answer) ? 'signature verified' : 'SIGNATURE NOT VERIFIED'}, key ${fingerprint(signed.publicKey)}`;
  return `${who} at ${at.toISOString().slice(0, 19)}Z (${proof})`;
}

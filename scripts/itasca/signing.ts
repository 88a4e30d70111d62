import type { SignedAnswer } from '../../activities/answer-types.ts';
import { statementText, type Statement } from '../../rules/operator-statement.ts';
import { askOnTerminal } from './ask-secret.ts';
import { readOperatorKey, signatureOf } from './operator-key.ts';
import { operatorOf, type Session } from './session.ts';

/** Who answers, by the options of a command. */
export interface Answering {
  readonly operator?: string;
  /** File of the private key. */
  readonly key?: string;
}

/** The options that say who answers. */
export const OPERATOR_OPTION = ['--operator <name>', 'your name'] as const;
export const KEY_OPTION = ['--key <file>', 'your private key, to sign the answer'] as const;

/** Whether an answer of this session is signed. */
export function signs({ settings }: Session, { key }: Answering): boolean {
  return (key ?? settings.operatorKeyFile) !== undefined;
}

/**
 * Who answers, signed where there is a key.
 *
 * @param what exactly what is answered; the time and the name are added
 * @throws Mistake where nobody is named, or the key can not be used
 */
export async function answerBy(
  session: Session,
  { operator: named, key: file }: Answering,
  what: Omit<Statement, 'operator' | 'at'>,
): Promise<SignedAnswer> {
  const operator = operatorOf(session, named);
  const keyFile = file ?? session.settings.operatorKeyFile;
  if (keyFile === undefined) return { operator };
  const key = await readOperatorKey(keyFile, askOnTerminal);
  const at = new Date().toISOString();
  return { operator, at, signature: signatureOf(key, statementText({ ...what, operator, at })) };
}

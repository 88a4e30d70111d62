import { ApplicationFailure } from '@temporalio/workflow';
import { OPERATOR } from './approval.ts';
import type { Steering } from './messages.ts';

/** Who has left the name out. */
export const NOBODY = 'nobody named';

/** Who steers a workflow; an answer of the UI may leave it out. @throws NotAnswered where it is no name */
export function operatorOf(given: Steering | undefined): string | undefined {
  const operator: unknown = given?.operator;
  if (operator === undefined) return undefined;
  if (typeof operator !== 'string' || !OPERATOR.test(operator))
    throw refused('Who steers it is {"operator": "your name"}, or left out.');
  return operator;
}

/** The failure of an update that is refused, with why. */
export function refused(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'NotAnswered');
}

/** What an operator can put right: shown as it is, without a stack trace, and the command ends with 1. */
export class Mistake extends Error {
  override readonly name = 'Mistake';
}

/** How a command ends: 0 done, 1 failed, 2 needs a person. */
export type ExitCode = 0 | 1 | 2;
export const DONE: ExitCode = 0;
export const FAILED: ExitCode = 1;
export const NEEDS_A_PERSON: ExitCode = 2;

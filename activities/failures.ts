import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { CookieRejected, DirectoryRefused, DirectoryUnavailable } from '../directory/errors.ts';
import { LockLost } from '../store/locks.ts';
import { ServiceTaken } from '../store/services.ts';
import { ConfigurationMissing } from './dependencies.ts';
import { SecretUnreadable } from './secrets.ts';

/** Every type of failure that an activity ends with. Those marked here are not tried again: somebody must mend something. */
const FINAL = {
  DirectoryUnavailable: false,
  DirectoryRefused: true,
  DatabaseUnavailable: false,
  LockLost: true,
  ConfigurationMissing: true,
  SecretUnreadable: true,
  Defect: false,
} as const;

export type FailureType = keyof typeof FINAL;

/** Attempts after which an error that has no type of its own is no longer taken for a passing one. */
const DEFECT_ATTEMPTS = 5;

/**
 * The failure that an activity ends with for an error, outermost, so that Temporal sees whether to try again. The
 * message is for the operator; a value of an object never is in it.
 *
 * @param attempt number of this attempt, from 1
 */
export function failureFor(error: unknown, attempt: number): Error {
  if (error instanceof TemporalFailure || error instanceof CancelledFailure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new CancelledFailure('the step was cancelled');
  const type = typeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: FINAL[type] || (type === 'Defect' && attempt >= DEFECT_ATTEMPTS),
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

function typeOf(error: unknown): FailureType {
  if (error instanceof DirectoryUnavailable || error instanceof CookieRejected) return 'DirectoryUnavailable';
  if (error instanceof DirectoryRefused) return 'DirectoryRefused';
  if (error instanceof LockLost || error instanceof ServiceTaken) return 'LockLost';
  if (error instanceof ConfigurationMissing) return 'ConfigurationMissing';
  if (error instanceof SecretUnreadable) return 'SecretUnreadable';
  if (isDatabaseTrouble(error)) return 'DatabaseUnavailable';
  return 'Defect';
}

/** Connection trouble, shutdown and restart of PostgreSQL, deadlocks and serialization failures: all worth another try. */
function isDatabaseTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /^(?:08|53|57P|40)/.test(code) ||
    /^E(?:CONNREFUSED|CONNRESET|PIPE|TIMEDOUT)$/.test(code) ||
    error.message.startsWith('Connection terminated')
  );
}

import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { CookieRejected, DirectoryRefused, DirectoryUnavailable } from '../directory/errors.ts';
import { LockLost } from '../store/locks.ts';
import { RulesOutdated } from '../store/rules-versions.ts';
import { ServiceTaken } from '../store/service-work.ts';
import { WebhookMissing, WebhookRefused, WebhookUnavailable } from './call-webhook.ts';
import { ConfigurationMissing, CustomerOffboarded } from './dependencies.ts';
import { ProgramMissing } from './drivers/choose-driver.ts';
import { ProgramFailed } from './drivers/program.ts';
import { FolderUnusable } from './report/deliver-report.ts';
import { SecretUnreadable } from './secrets.ts';
import { MailRefused, MailServerMissing, MailUnavailable } from './send-mail.ts';
import { StepPostponed } from './service-step.ts';

/** Every type of failure that an activity ends with. Those marked here are not tried again: somebody must mend something. */
const FINAL = {
  DirectoryUnavailable: false,
  DirectoryRefused: true,
  DatabaseUnavailable: false,
  StepPostponed: false,
  ProgramFailed: false,
  ProgramMissing: true,
  MailUnavailable: false,
  MailRefused: true,
  MailServerMissing: true,
  WebhookUnavailable: false,
  WebhookRefused: true,
  WebhookMissing: true,
  FolderUnusable: false,
  LockLost: true,
  RulesOutdated: false,
  ConfigurationMissing: true,
  CustomerOffboarded: true,
  SecretUnreadable: true,
  Defect: false,
} as const;

export type FailureType = keyof typeof FINAL;

/** How long a step waits that another worker is to do. */
const ELSEWHERE_AFTER = '300 milliseconds';

/** Attempts after which what is wrong with ourselves or with an operator's program is no longer taken for a passing error. */
const DEFECT_ATTEMPTS = 5;

/**
 * The failure that an activity ends with for an error, outermost, so that Temporal sees whether to try again. The
 * message is for the operator; nothing that names a person is in it.
 *
 * @param attempt number of this attempt, from 1
 */
export function failureFor(error: unknown, attempt: number): Error {
  // Also a cancellation: the signal of an activity is aborted with it.
  if (error instanceof TemporalFailure) return error;
  const type = typeOf(error);
  const nonRetryable = FINAL[type] || ((type === 'Defect' || type === 'ProgramFailed') && attempt >= DEFECT_ATTEMPTS);
  // Without the error as its cause: a stack or a server's text would stay in the history with a person's name in it.
  return ApplicationFailure.create({
    type,
    message: messageOf(error, type),
    nonRetryable,
    // Nothing is wrong: the next worker that asks may be the one.
    ...(type === 'RulesOutdated' ? { nextRetryDelay: ELSEWHERE_AFTER } : {}),
  });
}

/** What an operator needs to read. Names of objects are left out, and whatever an unexpected error may quote. */
function messageOf(error: unknown, type: FailureType): string {
  if (!(error instanceof Error)) return 'something unexpected happened; the log of the worker has the details';
  if (type === 'Defect') return `${error.name}${codeOf(error)}: unexpected; the log of the worker has the details`;
  // A name may hold whatever ends one elsewhere: nothing that follows its beginning is passed on.
  return error.message.replace(/\b(?:CN|OU)=.*/is, '(a name)');
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
}

function typeOf(error: unknown): FailureType {
  if (error instanceof DirectoryUnavailable || error instanceof CookieRejected) return 'DirectoryUnavailable';
  if (error instanceof DirectoryRefused) return 'DirectoryRefused';
  if (error instanceof LockLost || error instanceof ServiceTaken) return 'LockLost';
  if (error instanceof ProgramFailed) return 'ProgramFailed';
  if (error instanceof ProgramMissing) return 'ProgramMissing';
  if (error instanceof MailUnavailable) return 'MailUnavailable';
  if (error instanceof MailRefused) return 'MailRefused';
  if (error instanceof MailServerMissing) return 'MailServerMissing';
  if (error instanceof WebhookUnavailable) return 'WebhookUnavailable';
  if (error instanceof WebhookRefused) return 'WebhookRefused';
  if (error instanceof WebhookMissing) return 'WebhookMissing';
  if (error instanceof FolderUnusable) return 'FolderUnusable';
  if (error instanceof StepPostponed) return 'StepPostponed';
  if (error instanceof RulesOutdated) return 'RulesOutdated';
  if (error instanceof ConfigurationMissing) return 'ConfigurationMissing';
  if (error instanceof CustomerOffboarded) return 'CustomerOffboarded';
  if (error instanceof SecretUnreadable) return 'SecretUnreadable';
  if (isDatabaseTrouble(error)) return 'DatabaseUnavailable';
  return 'Defect';
}

/** Connection trouble, shutdown and restart of PostgreSQL, deadlocks and serialization failures: all worth another try. */
function isDatabaseTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /^(?:08|53|57|58|40|25006|55P03)/.test(code) ||
    /^E(?:CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND)$/.test(code) ||
    error.message.startsWith('Connection terminated')
  );
}

import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { failureFor } from '../../activities/failures.ts';
import { ProgramMissing } from '../../activities/drivers/choose-driver.ts';
import { ProgramFailed } from '../../activities/drivers/program.ts';
import { WebhookMissing, WebhookRefused, WebhookUnavailable } from '../../activities/call-webhook.ts';
import { FolderUnusable } from '../../activities/report/deliver-report.ts';
import { SecretUnreadable } from '../../activities/secrets.ts';
import { MailRefused, MailServerMissing, MailUnavailable } from '../../activities/send-mail.ts';
import { DirectoryRefused, DirectoryUnavailable } from '../../directory/errors.ts';
import { LockLost } from '../../store/locks.ts';
import { RulesOutdated } from '../../store/rules-versions.ts';

function failure(error: unknown, attempt = 1): { type: string; nonRetryable: boolean; message: string } {
  const result = failureFor(error, attempt);
  if (!(result instanceof ApplicationFailure)) throw new Error('no failure of the application');
  expect(result.cause).toBeUndefined();
  return { type: result.type ?? '', nonRetryable: result.nonRetryable === true, message: result.message };
}

test.each([
  [
    'a directory that can not be reached',
    new DirectoryUnavailable('ldaps://dc', 'gone'),
    'DirectoryUnavailable',
    false,
  ],
  [
    'a directory that refuses us',
    new DirectoryRefused('ldaps://dc', 'credentials', 'wrong password'),
    'DirectoryRefused',
    true,
  ],
  ['a mail server that is down', new MailUnavailable('gone'), 'MailUnavailable', false],
  ['a mail that is refused', new MailRefused('550'), 'MailRefused', true],
  ['no mail server', new MailServerMissing('set one'), 'MailServerMissing', true],
  ['a webhook that is not there', new WebhookUnavailable('503'), 'WebhookUnavailable', false],
  ['a webhook that refuses', new WebhookRefused('404'), 'WebhookRefused', true],
  ['no webhook', new WebhookMissing('none'), 'WebhookMissing', true],
  ['a folder that is not there', new FolderUnusable('ENOENT'), 'FolderUnusable', false],
  ['a lost lock', new LockLost('taken over'), 'LockLost', true],
  ['a worker with older rules than another', new RulesOutdated('newer'), 'RulesOutdated', false],
  ['a driver’s program that fails', new ProgramFailed('no end', 'Anna'), 'ProgramFailed', false],
  ['a driver without a program', new ProgramMissing('no setting'), 'ProgramMissing', true],
  ['a password file that others can read', new SecretUnreadable('chmod 600 it'), 'SecretUnreadable', true],
  [
    'a database that restarts',
    Object.assign(new Error('terminating'), { code: '57P01' }),
    'DatabaseUnavailable',
    false,
  ],
  [
    'a database that is down',
    Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
    'DatabaseUnavailable',
    false,
  ],
])('%s is told by its type, and is tried again only where that can help', (_what, error, type, final) => {
  expect(failure(error)).toMatchObject({ type, nonRetryable: final });
});

test('an unexpected error is tried a few times, then ends the step', () => {
  expect(failure(new TypeError('x is undefined'), 1)).toMatchObject({ type: 'Defect', nonRetryable: false });
  expect(failure(new TypeError('x is undefined'), 5)).toMatchObject({ type: 'Defect', nonRetryable: true });
});

test('a driver’s program that fails again and again ends the step, and what it said is not told', () => {
  const { type, nonRetryable, message } = failure(new ProgramFailed('ended with the exit code 1', 'Anna'), 5);
  expect({ type, nonRetryable }).toEqual({ type: 'ProgramFailed', nonRetryable: true });
  expect(message).not.toContain('Anna');
});

test('no failure carries the name of a person into the history', () => {
  const refused = new DirectoryRefused(
    'ldaps://dc',
    'rights',
    'the account has no right for adding CN=O\'Müller "(Anna)",OU=People,DC=x',
  );
  expect(failure(refused).message).not.toMatch(/Müller|Anna/);
  expect(failure(refused).message).toContain('no right for adding');
  const defect = Object.assign(new Error('invalid input syntax for type json: "Anna Müller"'), { code: '22P02' });
  expect(failure(defect).message).toBe('Error 22P02: unexpected; the log of the worker has the details');
});

test('a cancelled step ends as cancelled', () => {
  const cancelled = new CancelledFailure('by an operator');
  expect(failureFor(cancelled, 1)).toBe(cancelled);
});

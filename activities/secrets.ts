import { readFile, stat } from 'node:fs/promises';
import type { SecretSource } from './dependencies.ts';

/** A password is not where the configuration says, or others may read its file. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
}

/**
 * Reads the password that a configuration points to.
 *
 * @throws SecretUnreadable when the variable is empty, or the file is missing, empty, or readable by others than its owner
 */
export async function readSecret(source: SecretSource, environment: NodeJS.ProcessEnv): Promise<string> {
  if (source.passwordEnv !== undefined) {
    const value = environment[source.passwordEnv];
    if (value === undefined || value === '')
      throw new SecretUnreadable(
        `The environment variable ${source.passwordEnv} of the worker holds no password. Set it and start the worker again.`,
      );
    return value;
  }
  const file = source.passwordFile ?? '';
  await requirePrivate(file);
  const value = (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  if (value === '') throw new SecretUnreadable(`The password file ${file} is empty.`);
  return value;
}

/** Refuses a password file that is missing or that others than its owner can read. */
export async function requirePrivate(file: string): Promise<void> {
  const status = await stat(file).catch(() => null);
  if (status?.isFile() !== true)
    throw new SecretUnreadable(`The password file ${file} does not exist. Make it, readable by its owner only.`);
  if ((status.mode & 0o077) !== 0)
    throw new SecretUnreadable(`The password file ${file} can be read by others. Run: chmod 600 ${file}`);
}

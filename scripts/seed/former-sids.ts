import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ForestCoordinates } from '../stack/forest.ts';

// Debian's own interpreter: another python3 on PATH has no samba module.
const PYTHON = '/usr/bin/python3';
const PROGRAM = join(import.meta.dirname, 'set_sid_history.py');

/** Gives accounts of a forest of the development stack the SID that they had in a domain before. */
export async function setFormerSids(
  forest: ForestCoordinates,
  accounts: readonly { readonly dn: string; readonly sid: string }[],
): Promise<void> {
  const child = spawn(PYTHON, ['-B', PROGRAM, join(forest.directory, 'etc', 'smb.conf')]);
  child.stdin.end(JSON.stringify(accounts));
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`sIDHistory could not be set: ${said}`);
}

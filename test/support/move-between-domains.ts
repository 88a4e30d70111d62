import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { AttributeImage } from '../../rules/attributes.ts';
import type { ForestHandle } from '../../scripts/stack/forest.ts';

// Debian's own interpreter: another python3 on PATH has no samba module.
const PYTHON = '/usr/bin/python3';
const PROGRAM = join(import.meta.dirname, 'add_with_guid.py');

/** Adds an object with the objectGUID that it had in another domain, and the SID that it had there in its sIDHistory. */
export async function addMoved(
  domain: ForestHandle,
  dn: string,
  guid: string,
  formerSid: string | null,
  attributes: AttributeImage,
): Promise<void> {
  const child = spawn(PYTHON, ['-B', PROGRAM, join(domain.directory, 'etc', 'smb.conf')]);
  child.stdin.end(JSON.stringify({ dn, guid, formerSid, attributes }));
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`the object could not be added: ${said}`);
}

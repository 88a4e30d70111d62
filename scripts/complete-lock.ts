import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { completedLock, type Lock } from './setup/complete-lock.ts';

/**
 * Adds to package-lock.json the optional packages of other platforms that an npm registry did not have when it was made, such as a
 * mirror: without them `npm ci` refuses it. To be run after a package was added: `node scripts/complete-lock.ts`.
 */
const file = join(import.meta.dirname, '..', 'package-lock.json');
const { lock, added } = completedLock(JSON.parse(await readFile(file, 'utf8')) as Lock);
if (added.length > 0) await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'nothing was missing' : `added: ${added.join(', ')}`);

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandPage } from './docs/command-page.ts';

/** Writes the help of all commands to docs/command.md. */
const file = join(import.meta.dirname, '..', 'docs', 'command.md');
await writeFile(file, await commandPage());
console.log(`${file} is written`);

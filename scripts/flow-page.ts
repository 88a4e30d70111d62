import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flowPage } from './docs/flow-page.ts';

/** Writes the page about attribute flow to docs/flow.md. */
const file = join(import.meta.dirname, '..', 'docs', 'flow.md');
await writeFile(file, flowPage());
console.log(`${file} is written`);

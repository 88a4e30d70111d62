import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deprovisioningPage } from './docs/deprovisioning-page.ts';

/** Writes the table of transitions to docs/deprovisioning.md. */
const file = join(import.meta.dirname, '..', 'docs', 'deprovisioning.md');
await writeFile(file, deprovisioningPage());
console.log(`${file} is written`);

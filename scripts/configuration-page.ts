import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationPage } from './docs/configuration-page.ts';

/** Writes the settings of a customer's configuration to docs/configuration.md. */
const file = join(import.meta.dirname, '..', 'docs', 'configuration.md');
await writeFile(file, configurationPage());
console.log(`${file} is written`);

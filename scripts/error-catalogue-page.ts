import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorPage } from './docs/error-page.ts';

/** Writes the catalogue of object errors to docs/errors.md. */
const file = join(import.meta.dirname, '..', 'docs', 'errors.md');
await writeFile(file, errorPage());
console.log(`${file} is written`);

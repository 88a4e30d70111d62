import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readingPage } from './docs/reading-page.ts';

/** Writes the catalogue of object errors to docs/reading.md. */
const file = join(import.meta.dirname, '..', 'docs', 'reading.md');
await writeFile(file, readingPage());
console.log(`${file} is written`);

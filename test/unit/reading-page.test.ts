import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forestWarnings } from '../../rules/forest-warnings.ts';
import { readingPage } from '../../scripts/docs/reading-page.ts';

test('docs/reading.md is what `npm run docs:reading` makes, with each warning', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'reading.md'), 'utf8');
  expect(page).toBe(readingPage());
  for (const [code, { title }] of Object.entries(forestWarnings)) expect(page).toContain(`### ${code}: ${title}\n`);
});

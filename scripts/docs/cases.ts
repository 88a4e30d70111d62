import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { casesOf, casesPage } from './cases-page.ts';

/**
 * Writes what the tests show to docs/cases.md. With `--check` it only compares, and fails where the page is not what would
 * be written. Comments that can not be read are refused, each with its place.
 */
const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'docs', 'cases.md');
const tests = globSync('test/**/*.test.ts', { cwd: root }).sort();
const found = tests.map((file) => casesOf(file, readFileSync(join(root, file), 'utf8')));
const problems = found.flatMap((one) => one.problems);
const cases = found.flatMap((one) => one.cases);
if (problems.length > 0) fail(problems.join('\n'));
else if (!process.argv.includes('--check')) {
  writeFileSync(page, casesPage(cases));
  console.log(`docs/cases.md is written: ${String(cases.length)} cases`);
} else if (readFileSync(page, 'utf8') !== casesPage(cases))
  fail('docs/cases.md is not what the tests show. Run `npm run docs:cases`.');

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

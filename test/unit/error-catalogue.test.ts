import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCatalogue, familyOf, type ErrorCode } from '../../rules/error-catalogue.ts';
import { errorPage } from '../../scripts/docs/error-page.ts';

const codes = (Object.keys(errorCatalogue) as ErrorCode[]).sort();

// Shows: Validation / a catalogue in two families: title, object kinds, condition, impact, remedy (none)
test.each(codes)('%s tells an operator what, when, with what effect, and what to do', (code) => {
  expect(code).toMatch(/^(?:SE|PE)\d{3}$/);
  expect(familyOf(code)).toBe(code.slice(0, 2));
  const { title, kinds, condition, impact, remedy } = errorCatalogue[code];
  expect(title).not.toMatch(/\.$/);
  for (const text of [condition, impact, remedy]) expect(text).toMatch(/^[A-Z`].*\.$/);
  expect(kinds.length).toBeGreaterThan(0);
});

test('no two codes have the same title', () => {
  expect(new Set(codes.map((code) => errorCatalogue[code].title)).size).toBe(codes.length);
});

describe('docs/errors.md', () => {
  const page = errorPage();

  // Shows: Validation / docs/errors.md is generated from the catalogue (none)
  test('is what `npm run docs:errors` makes of the catalogue', () => {
    expect(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8')).toBe(page);
  });

  test('has a section for each code, under its family', () => {
    const families = page.split(/^## /m).slice(1);
    expect(families.map((text) => text.split('\n')[0])).toEqual(['Synchronization errors', 'Provisioning errors']);
    for (const [index, family] of ['SE', 'PE'].entries()) {
      const headings = [...(families[index] ?? '').matchAll(/^### (\w+): (.+)$/gm)].map(([, code, title]) => [
        code,
        title,
      ]);
      expect(headings).toEqual(
        codes.filter((code) => code.startsWith(family)).map((code) => [code, errorCatalogue[code].title]),
      );
    }
  });

  test('quotes what is between backticks only in pairs, so that no half of a text turns into code', () => {
    for (const line of page.split('\n')) expect(line.split('`').length % 2).toBe(1);
  });
});

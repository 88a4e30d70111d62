import fc from 'fast-check';
import { csvLine } from '../../activities/report/csv.ts';

/** Reads a line of CSV as RFC 4180 says. */
function parsed(line: string): string[] {
  return [...line.replace(/\r\n$/, '').matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );
}

/** What a spreadsheet takes for a formula, an import of another locale included. */
const STARTS = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/;

/** Texts that are likely to break something. */
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom('=', '+', '-', '@', '|', '%', ';', ',', '"', "'", '\t', '\r', '\n', ' ', '＝', 'a'),
    fc.string(),
  ),
  maxLength: 30,
});

// Shows: Reports / CSV: no cell is a formula, whatever a name holds (none)
test.each([
  ['=HYPERLINK("http://evil.example","x")'],
  ['+1+1'],
  ['-2+3'],
  ['@SUM(1)'],
  ['\t=1+1'],
  ['\r=1+1'],
  ['\n=1+1'],
  ['  =1+1'],
  ['＝1+1'],
  ['%0A=1'],
])('%j is text in a spreadsheet', (value) => {
  const [cell] = parsed(csvLine([value]));
  expect(cell).toMatch(/^'/);
});

test('a cell that another locale would split has no formula behind the border', () => {
  expect(parsed(csvLine(['Li;=1+1\t@x']))).toEqual(["Li;'=1+1\t'@x"]);
});

// Shows: Reports / CSV: any text is one cell, and nothing that is calculated (none)
test('any texts are as many cells, of which none begins like a formula, also split at semicolons and tabs', () => {
  fc.assert(
    fc.property(fc.array(nasty, { minLength: 1, maxLength: 5 }), (row) => {
      const cells = parsed(csvLine(row));
      expect(cells).toHaveLength(row.length);
      for (const cell of cells) {
        expect(cell.startsWith("'") || !STARTS.test(cell)).toBe(true);
        expect(/^[\t\r\n]/.test(cell)).toBe(false);
        for (const part of cell.split(/[;\t\n]/).slice(1)) expect(/^["\s]*[=+\-@|%]/.test(part)).toBe(false);
      }
    }),
  );
});

test('a name as people have them, a number, a moment and nothing are as they are', () => {
  const row = [
    'Müller, Jörg',
    'CN=Li\\, Ann,OU=People,DC=contoso',
    12,
    new Date('2026-11-22T05:00:00Z'),
    null,
    '陳大文',
  ];
  expect(csvLine(row)).toBe(
    '"Müller, Jörg","CN=Li\\, Ann,OU=People,DC=contoso",12,2026-11-22T05:00:00.000Z,,"陳大文"\r\n',
  );
});

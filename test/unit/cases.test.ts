import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { casesOf, casesPage } from '../../scripts/docs/cases-page.ts';

const root = join(import.meta.dirname, '..', '..');

const shows = '// Shows: Join / our own anchor (samba)';
const case_ = { section: 'Join', line: 'our own anchor', server: 'samba', file: 'a.test.ts' };

test('each comment `// Shows:` of the tests is in order and stands above a test', () => {
  const problems = globSync('test/**/*.test.ts', { cwd: root }).flatMap(
    (file) => casesOf(file, readFileSync(join(root, file), 'utf8')).problems,
  );
  expect(problems).toEqual([]);
});

test.each([
  ['a test', `${shows}\ntest('it is so', () => {});`, 'it is so'],
  ['a test with rows', `${shows}\ntest.each([\n  [1],\n])('%i is so', () => {});`, '%i is so'],
  ['a test with a template', `${shows}\ntest(\n  \`it is so (\${seed})\`,\n  () => {},\n);`, 'it is so (…)'],
  ['a test of a group', `describe('outer', () => {\n  ${shows}\n  test('inner', () => {});\n});`, 'outer › inner'],
  ['a test below other comments', `// Why it is so.\n${shows}\ntest('it is so', () => {});`, 'it is so'],
])('%s is a case', (_what, text, title) => {
  expect(casesOf('a.test.ts', text)).toEqual({ cases: [{ ...case_, test: title }], problems: [] });
});

test('a test may show several lines, and one line may be told with brackets of its own', () => {
  const text = `${shows}\n// Shows: Mistakes / PostgreSQL (its backup) is old (samba, two forests)\ntest('it is so', () => {});`;
  expect(casesOf('a.test.ts', text)).toMatchObject({
    cases: [{ section: 'Join' }, { line: 'PostgreSQL (its backup) is old', server: 'samba, two forests' }],
    problems: [],
  });
});

test.each([
  ['// Shows: Joining / our own anchor (samba)', '"Joining" is no section: one of Connector, '],
  ['// Shows: Join / our own anchor (a server)', '"a server" is no server: one of samba; '],
  ['// Shows: Join / our own anchor', 'must read "// Shows: <section> / <line> (<server>)"'],
  ['// Shows: Join (samba)', 'must read'],
  ['// shows: Join / our own anchor (samba)', 'must read'],
  [`${shows}\n`, 'stands above no test'],
  [`${shows}\nconst x = 1;`, 'stands above no test'],
  [`${shows}\n// Why it is so.`, 'stands above no test'],
])('%j is refused with its place', (comment, reason) => {
  const { cases, problems } = casesOf('a.test.ts', `const a = 1;\n${comment}\ntest('it is so', () => {});`);
  expect(cases).toEqual([]);
  expect(problems).toEqual([expect.stringContaining(`a.test.ts:2: ${reason}`)]);
});

test('the page has a row for each case, in one order, and counts them', () => {
  const { cases } = casesOf('a.test.ts', `${shows}\ntest('a | b', () => {});`);
  const [one] = cases;
  if (one === undefined) throw new Error('no case');
  const first = { ...one, section: 'Connector', line: 'z', server: 'none' } as const;
  const page = casesPage([one, first]);
  expect(page).toBe(casesPage([first, one]));
  expect(page.trimEnd().split('\n').slice(-2)).toEqual([
    '| Connector | z | a \\| b | `a.test.ts` | none |',
    '| Join | our own anchor | a \\| b | `a.test.ts` | samba |',
  ]);
  expect(page).toContain('| samba | 1 |');
  expect(page).toContain('| samba, two forests | 0 |');
  expect(page).toContain('| **all** | **2** |');
});

import ts from 'typescript';

/** The sections of the work that the cases belong to, in the order of the page. */
export const SECTIONS = [
  'Connector',
  'Scope',
  'Objects',
  'Join',
  'Flow',
  'Validation',
  'Guard',
  'Confirmation',
  'Drift',
  'Undo',
  'Evaluation',
  'Entitlement',
  'Kinds',
  'Placement',
  'Voice',
  'Drivers',
  'Ordering',
  'Conversion',
  'Deprovisioning',
  'Timers',
  'Reconnection',
  'Command',
  'Mistakes',
  'Monitoring',
  'UI',
  'Reports',
  'Onboarding',
  'Keeping',
  'Offboarding',
  'Alerts',
] as const;

/** What a case is shown on; `none` is a rule without any server. */
export const SERVERS = [
  'samba',
  'samba, second controller',
  'samba, two forests',
  'fake LDAP',
  'postgresql',
  'smtp',
  'chromium',
  'none',
] as const;

/** One line of what was promised, and the test that shows it. */
export interface Case {
  readonly section: (typeof SECTIONS)[number];
  readonly line: string;
  readonly server: (typeof SERVERS)[number];
  /** Titles from the outermost `describe` to the test. */
  readonly test: string;
  readonly file: string;
}

export interface Cases {
  readonly cases: readonly Case[];
  /** What is wrong with a comment, each beginning with `file:line: `. */
  readonly problems: readonly string[];
}

const SHOWS = /^\/\/ Shows: (?<section>\w+) \/ (?<line>\S.*\S) \((?<server>[^()]+)\)$/;
/** What was probably meant to be such a comment. */
const ALIKE = /^\/\/\s*shows\b\s*:/i;

/**
 * The cases of one test file: its comments `// Shows: <section> / <line> (<server>)` that stand directly above a test.
 * Several above one test are several cases.
 *
 * @param file path as it shall be shown
 */
export function casesOf(file: string, text: string): Cases {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const cases: Case[] = [];
  const problems: string[] = [];
  const above = new Set<number>();
  const visit = (node: ts.Node, titles: readonly string[]): void => {
    const call = ts.isExpressionStatement(node) ? jestCall(node.expression) : null;
    if (call?.name === 'test') {
      for (const comment of commentsAbove(source, node)) {
        above.add(comment.pos);
        const found = parse(comment.text);
        if (typeof found === 'string') problems.push(`${place(source, comment.pos)}: ${found}`);
        else cases.push({ ...found, test: [...titles, call.title].join(' › '), file });
      }
    }
    const inner = call?.name === 'describe' ? [...titles, call.title] : titles;
    ts.forEachChild(node, (child) => {
      visit(child, inner);
    });
  };
  visit(source, []);
  for (const match of text.matchAll(/^[^\S\n]*(\/\/.*)$/gm)) {
    const position = match.index + match[0].length - (match[1] ?? '').length;
    if (ALIKE.test(match[1] ?? '') && !above.has(position))
      problems.push(`${place(source, position)}: stands above no test`);
  }
  return { cases, problems };
}

function parse(comment: string): Pick<Case, 'section' | 'line' | 'server'> | string {
  const { section, line, server } = SHOWS.exec(comment)?.groups ?? {};
  if (line === undefined) return 'must read "// Shows: <section> / <line> (<server>)"';
  const knownSection = SECTIONS.find((name) => name === section);
  if (knownSection === undefined) return `"${section ?? ''}" is no section: one of ${SECTIONS.join(', ')}`;
  const knownServer = SERVERS.find((name) => name === server);
  if (knownServer === undefined) return `"${server ?? ''}" is no server: one of ${SERVERS.join('; ')}`;
  return { section: knownSection, line, server: knownServer };
}

/** The comments that stand directly above a statement, one line each, without an empty line between. */
function commentsAbove(source: ts.SourceFile, node: ts.Node): readonly { pos: number; text: string }[] {
  const lines: { pos: number; text: string }[] = [];
  let next = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  for (const range of (ts.getLeadingCommentRanges(source.text, node.pos) ?? []).toReversed()) {
    const text = source.text.slice(range.pos, range.end).trimEnd();
    if (source.getLineAndCharacterOfPosition(range.end).line !== next - 1 || !ALIKE.test(text)) break;
    lines.unshift({ pos: range.pos, text });
    next -= 1;
  }
  return lines;
}

/** `test(title)`, `test.each(rows)(title)`, `describe(title)` and so on, with the title as it is written. */
function jestCall(expression: ts.Expression): { name: 'test' | 'describe'; title: string } | null {
  if (!ts.isCallExpression(expression)) return null;
  let callee = expression.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
  const [title] = expression.arguments;
  if (!ts.isIdentifier(callee) || title === undefined) return null;
  if (callee.text !== 'test' && callee.text !== 'describe') return null;
  return { name: callee.text, title: titleOf(title) };
}

function titleOf(title: ts.Expression): string {
  if (ts.isStringLiteralLike(title)) return title.text;
  // What is filled in when it runs is no part of the title.
  if (ts.isTemplateExpression(title))
    return title.templateSpans.reduce((text, span) => `${text}…${span.literal.text}`, title.head.text);
  return '…';
}

function place(source: ts.SourceFile, position: number): string {
  return `${source.fileName}:${String(source.getLineAndCharacterOfPosition(position).line + 1)}`;
}

/** docs/cases.md: what is shown, by which test, on which server. One case is one row. */
export function casesPage(cases: readonly Case[]): string {
  const rows = [...cases].sort(
    (one, other) =>
      SECTIONS.indexOf(one.section) - SECTIONS.indexOf(other.section) ||
      compare(one.line, other.line) ||
      compare(one.file, other.file) ||
      compare(one.test, other.test),
  );
  return [
    '# What is shown by which test',
    '',
    '<!-- Made from the comments `// Shows:` above the tests by `npm run docs:cases`. Change them there. -->',
    '',
    '`samba` is a real Samba AD domain controller beside real PostgreSQL and Temporal; `fake LDAP` a server of the tests for',
    'what Samba can not show; `postgresql` a real PostgreSQL alone; `none` a pure rule, without any server.',
    '',
    '| section | cases |',
    '| --- | --- |',
    ...counted(rows, SECTIONS, 'section'),
    '',
    '| server | cases |',
    '| --- | --- |',
    ...counted(rows, SERVERS, 'server'),
    '',
    '| section | line | test | file | server |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(({ section, line, test, file, server }) => row([section, line, test, `\`${file}\``, server])),
    '',
  ].join('\n');
}

function counted(cases: readonly Case[], names: readonly string[], by: 'section' | 'server'): readonly string[] {
  return [
    ...names.map((name) => row([name, String(cases.filter((item) => item[by] === name).length)])),
    row(['**all**', `**${String(cases.length)}**`]),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

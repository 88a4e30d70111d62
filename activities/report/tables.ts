import { milliseconds, type Configuration } from '../../rules/configuration.ts';
import { errorCatalogue } from '../../rules/error-catalogue.ts';
import type { Queryable } from '../../store/database.ts';
import { reportedErrors } from '../../store/report-errors.ts';
import { reportedCycles, type Period, type TrendDay } from '../../store/report-facts.ts';
import { reportedCases, reportedEndings } from '../../store/report-waiting.ts';
import { ownCase, ownError } from './content.ts';
import { BYTE_ORDER_MARK, csvLine, type Cell } from './csv.ts';
import { howItStands, whyItEnds } from './words.ts';

const PAGE = 500;

/** A file for spreadsheets, line by line: no more than a page of rows is in memory. */
export interface Table {
  readonly name: string;
  readonly lines: AsyncIterable<string>;
}

/** The files for spreadsheets of a report. */
export function reportTables(
  db: Queryable,
  configuration: Configuration,
  period: Period,
  trend: readonly TrendDay[],
): readonly Table[] {
  const { customer, deprovisioning } = configuration;
  return [
    table('errors.csv', ERRORS, reportedErrors(db, customer, PAGE), (error) => {
      const { other, ...mine } = ownError(error, configuration);
      return [
        ...[
          mine.code,
          errorCatalogue[mine.code].title,
          mine.forest,
          mine.guid,
          mine.kind,
          mine.dn,
          mine.displayName,
          mine.mail,
        ],
        ...[mine.attribute, mine.details, other?.dn ?? null, other?.displayName ?? null, other?.mail ?? null],
        ...[mine.firstSeen, mine.lastSeen, mine.count, errorCatalogue[mine.code].remedy],
      ];
    }),
    table('endings.csv', ENDINGS, reportedEndings(db, customer, milliseconds(deprovisioning.grace), PAGE), (end) => [
      ...[end.forest, end.kind, end.dn, end.displayName, end.mail],
      ...[end.stage, whyItEnds(end), howItStands(end), end.deadline],
    ]),
    table('cases.csv', CASES, reportedCases(db, customer, PAGE), (one) => {
      const { what, forest, guid, dn, displayName, mail, code, candidates, since } = ownCase(one, configuration);
      const found = candidates.map((candidate) => `${candidate.dn} (${candidate.rule})`).join('\n');
      return [what, code, forest, guid, dn, displayName, mail, found, since];
    }),
    table('cycles.csv', CYCLES, reportedCycles(db, customer, period, PAGE), (cycle) => [
      ...[cycle.run, cycle.forest, cycle.profile, cycle.startedAt, cycle.endedAt, cycle.outcome],
      ...[cycle.read, cycle.changed, cycle.confirmed, cycle.provisioned, cycle.errors],
    ]),
    table('trend.csv', TREND, one(trend), ({ day, errors, confirmed, provisioned }) => [
      ...[day, errors, confirmed, provisioned],
    ]),
  ];
}

const ERRORS = [
  ...['code', 'title', 'forest', 'objectGUID', 'kind', 'dn', 'displayName', 'mail', 'attribute', 'details'],
  ...['other dn', 'other displayName', 'other mail', 'first seen', 'last seen', 'count', 'remedy'],
];
const ENDINGS = ['forest', 'kind', 'dn', 'displayName', 'mail', 'stage', 'why', 'how it stands', 'deadline'];
const CASES = ['what', 'code', 'forest', 'objectGUID', 'dn', 'displayName', 'mail', 'candidates', 'since'];
const CYCLES = [
  ...['cycle', 'forest', 'profile', 'began', 'ended', 'outcome'],
  ...['read', 'changed', 'confirmed', 'provisioned', 'errors'],
];
const TREND = ['day', 'errors', 'confirmed', 'provisioned'];

function table<Row>(
  name: string,
  head: readonly string[],
  pages: AsyncIterable<readonly Row[]>,
  cells: (row: Row) => readonly Cell[],
): Table {
  return { name, lines: linesOf(head, pages, cells) };
}

async function* linesOf<Row>(
  head: readonly string[],
  pages: AsyncIterable<readonly Row[]>,
  cells: (row: Row) => readonly Cell[],
): AsyncGenerator<string, undefined> {
  yield BYTE_ORDER_MARK + csvLine(head);
  for await (const page of pages) yield page.map((row) => csvLine(cells(row))).join('');
}

async function* one<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[], undefined> {
  yield await Promise.resolve(rows);
}

import { milliseconds, type Configuration } from '../../rules/configuration.ts';
import type { ReportSettings } from '../../rules/report-settings.ts';
import type { Queryable } from '../../store/database.ts';
import { openLists, type OpenList } from '../../store/open-lists.ts';
import {
  errorsByCode,
  errorTotals,
  longestErrors,
  type CodeTotal,
  type ReportedError,
} from '../../store/report-errors.ts';
import {
  cycleTotals,
  notableCycles,
  reportedWarnings,
  reportTotals,
  reportTrend,
  troubledDomains,
  type CycleTotals,
  type ReportedCycle,
  type ReportedDomain,
  type ReportedWarning,
  type ReportTotals,
  type TrendDay,
} from '../../store/report-facts.ts';
import { nextEndings, oldestCases, type ReportedCase, type ReportedEnding } from '../../store/report-waiting.ts';
import { withoutOthers } from './names.ts';
import { covered, type Covered, type ReportSubject } from './subject.ts';

/** What the page of a report shows. It does not grow with the number of objects. */
export interface ReportContent {
  readonly customer: string;
  readonly about: Covered;
  readonly madeAt: Date;
  readonly settings: ReportSettings;
  /** How many lines a list has at the most. */
  readonly listed: number;
  readonly totals: ReportTotals;
  readonly codes: readonly CodeTotal[];
  readonly errors: readonly ReportedError[];
  readonly longest: readonly ReportedError[];
  readonly conflicts: readonly ReportedError[];
  readonly endings: readonly ReportedEnding[];
  readonly lists: readonly OpenList[];
  readonly cases: readonly ReportedCase[];
  readonly warnings: readonly ReportedWarning[];
  readonly domains: readonly ReportedDomain[];
  readonly cycleTotals: CycleTotals;
  readonly cycles: readonly ReportedCycle[];
  readonly trend: readonly TrendDay[];
}

/** Lines of each list of the page; the files have all. */
const LISTED = 200;

/** Looks up what the page shows. How things stand is told as of now, whatever time the report is about. */
export async function gatherReport(
  db: Queryable,
  configuration: Configuration,
  subject: ReportSubject,
  now: Date,
): Promise<ReportContent> {
  const { customer, reports, deprovisioning } = configuration;
  const about = covered(customer, subject, reports.timeZone, now);
  const own = (errors: readonly ReportedError[]): readonly ReportedError[] =>
    errors.map((error) => ownError(error, configuration));
  return {
    customer,
    about,
    madeAt: now,
    settings: reports,
    listed: LISTED,
    totals: await reportTotals(db, customer),
    codes: await errorTotals(db, customer),
    errors: own(await errorsByCode(db, customer, reports.perCode)),
    longest: own(await longestErrors(db, customer, reports.longest)),
    conflicts: own(await longestErrors(db, customer, LISTED, 'conflicts')),
    endings: await nextEndings(
      db,
      customer,
      milliseconds(deprovisioning.grace),
      milliseconds(reports.endsWithin),
      LISTED,
    ),
    lists: (await openLists(db)).filter((list) => list.customer === customer),
    cases: (await oldestCases(db, customer, LISTED)).map((one) => ownCase(one, configuration)),
    warnings: await reportedWarnings(db, customer),
    domains: await troubledDomains(db, customer),
    cycleTotals: await cycleTotals(db, customer, about.period),
    cycles: await notableCycles(db, customer, about.period, LISTED),
    trend: await reportTrend(db, customer, about.lastDay, reports.trend, reports.timeZone),
  };
}

/** An error as its customer may see it. */
export function ownError(error: ReportedError, configuration: Configuration): ReportedError {
  return { ...error, details: withoutOthers(error.details, configuration) };
}

/** A case as its customer may see it. */
export function ownCase(one: ReportedCase, configuration: Configuration): ReportedCase {
  return {
    ...one,
    candidates: one.candidates.map(({ dn, rule }) => ({ dn: withoutOthers(dn, configuration), rule })),
  };
}

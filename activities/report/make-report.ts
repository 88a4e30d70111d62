import type { Configuration } from '../../rules/configuration.ts';
import { currentConfiguration } from '../../store/configurations.ts';
import type { Database } from '../../store/database.ts';
import {
  keepReport,
  openDeliveries,
  reportContent,
  reportOf,
  type DeliveryTarget,
  type KeptReport,
} from '../../store/reports.ts';
import { ConfigurationMissing } from '../dependencies.ts';
import type { MadeReport, ReportAbout, ReportRequest } from '../report-types.ts';
import { archive } from './archive.ts';
import { gatherReport } from './content.ts';
import { reportPage } from './page.ts';
import { remediesPage } from './remedies.ts';
import { dayBefore, dayOf, subjectKey, type ReportSubject } from './subject.ts';
import { reportTables } from './tables.ts';

/**
 * Makes a report by the customer's configuration in force and keeps it; one that was made already is taken as it is. Opens its
 * deliveries, where they are wanted.
 *
 * @param at when it was due
 * @param workflowRun tells the reports of how things stand now apart
 */
export async function makeReportOf(
  database: Database,
  { customer, about, deliver }: ReportRequest,
  at: Date,
  workflowRun: string,
): Promise<MadeReport> {
  const current = await currentConfiguration(database, customer);
  if (current === null)
    throw new ConfigurationMissing(`The customer ${customer} has no configuration. Apply one first.`);
  const { configuration } = current;
  const subject = subjectOf(about, at, configuration.reports.timeZone);
  const key = subjectKey(subject, workflowRun);
  const report = (await reportOf(database, customer, key)) ?? (await make(database, configuration, subject, key));
  const content = await reportContent(database, report.id);
  return {
    report: report.id,
    fileName: report.fileName,
    bytes: content?.length ?? 0,
    totals: report.totals,
    deliveries: await openDeliveries(database, report.id, deliver ? targetsOf(configuration) : []),
  };
}

function subjectOf(about: ReportAbout, at: Date, timeZone: string): ReportSubject {
  if (about.kind !== 'day') return about;
  return { kind: 'day', day: about.day ?? dayBefore(dayOf(at, timeZone)) };
}

async function make(
  database: Database,
  configuration: Configuration,
  subject: ReportSubject,
  key: string,
): Promise<KeptReport> {
  const { customer } = configuration;
  const now = new Date();
  // All figures and lists are of the same moment.
  const { content, zip } = await database.transaction(async (transaction) => {
    await transaction.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const content = await gatherReport(transaction, configuration, subject, now);
    const tables = reportTables(transaction, configuration, content.about.period, content.trend);
    return {
      content,
      zip: await archive({ 'report.html': reportPage(content), 'remedies.html': remediesPage() }, tables, now),
    };
  });
  const { totals, about } = content;
  return keepReport(database, { customer, subject: key, fileName: about.fileName, totals, content: zip });
}

function targetsOf({ reports }: Configuration): readonly DeliveryTarget[] {
  return [
    ...(reports.folder === undefined ? [] : [{ way: 'folder', target: reports.folder } as const]),
    ...reports.to.map((target) => ({ way: 'mail', target }) as const),
  ];
}

import { stat } from 'node:fs/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { isDelivered } from '../../rules/report-settings.ts';
import type { ReportAbout } from '../../activities/report-types.ts';
import { FolderUnusable, writeReport } from '../../activities/report/deliver-report.ts';
import { dayOf, isDay, subjectKey } from '../../activities/report/subject.ts';
import { TOTALS } from '../../activities/report/words.ts';
import { namedRun } from '../../store/open-lists.ts';
import { deliveriesOf, listReports, reportContent, reportOf, type KeptReport } from '../../store/reports.ts';
import { reportId } from '../../workflows/ids.ts';
import type { syncReport } from '../../workflows/sync-report.ts';
import { DONE, FAILED, Mistake, type ExitCode } from './mistake.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import type { Session } from './session.ts';

interface ReportOptions {
  readonly customer?: string;
  readonly day?: string;
  readonly cycle?: string;
  readonly out: string;
  readonly deliver?: boolean;
}

const SHOWN = 30;

const HELP = `
A report is a zip: report.html for reading (how it stands, the errors with their remedies, what waits, what ends soon, the cycles),
CSV files for spreadsheets, and remedies.html. It names people.

  itasca report                          how it stands now, with the cycles of the last 24 hours, written to this folder
  itasca report --day 2026-11-22         about a day that is over; one that was made already is written out as it was
  itasca report --cycle 17 --out /tmp    about one cycle, by its number
  itasca report --deliver                besides, to the folder and the recipients of the configuration that do not have it yet
  itasca report list                     the reports that are kept, and what became of them

A delivery that fails is tried again for hours: Ctrl-C ends the waiting, not the trying. When a report is made and delivered by itself is said by "reports" in the configuration: docs/reports.md.`;

/** `itasca report` and `itasca report list` */
export const addReport: AddCommand = (program, run) => {
  const report = program.command('report').description('reports of how a customer stands').addHelpText('after', HELP);
  report
    .command('make', { isDefault: true })
    .description('make a report now, or write out the one of a day or a cycle')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--day <day>', 'about a day that is over, such as 2026-11-22')
    .option('--cycle <number>', 'about one cycle, by its number')
    .option('--out <folder>', 'the folder that it is written to', '.')
    .option('--deliver', 'deliver it as the configuration says, too')
    .addHelpText('after', HELP)
    .action((options: ReportOptions) => {
      run((session) => make(session, options));
    });
  report
    .command('list')
    .description('the reports that are kept')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--limit <number>', 'at most so many', positive, SHOWN)
    .action(({ customer, limit }: { customer?: string; limit: number }) => {
      run((session) => list(session, customer, limit));
    });
};

async function make(session: Session, options: ReportOptions): Promise<ExitCode> {
  const { out, database, settings } = session;
  const { customer, reports } = await session.configuration(options.customer);
  const about = await aboutOf(session, customer, reports.timeZone, options);
  if (!(await stat(options.out).catch(() => null))?.isDirectory())
    throw new Mistake(`There is no folder ${options.out}.`);
  const deliver = options.deliver === true;
  if (deliver && !isDelivered(reports))
    throw new Mistake(
      `The configuration of ${customer} names neither a folder nor recipients: reports.folder, reports.to.`,
    );
  const client = await session.temporal();
  const what = about.kind === 'day' ? `day-${about.day}` : about.kind === 'cycle' ? `cycle-${about.run}` : 'now';
  const handle = await client.workflow.start<typeof syncReport>('syncReport', {
    args: [{ customer, about, deliver }],
    taskQueue: settings.taskQueue,
    workflowId: reportId(customer, `${what}-${new Date().toISOString()}`),
    staticSummary: `Report of ${customer}: ${what}`,
  });
  out.say(`report ${handle.workflowId}`);
  const failure = await handle.result().then(() => null, reasonOf);
  const report = await reportOf(database, customer, subjectKey(about, handle.firstExecutionRunId));
  const content = report === null ? null : await reportContent(database, report.id);
  if (report === null || content === null) throw new Mistake(`The report was not made: ${failure ?? 'it was erased'}`);
  const file = await written(options.out, { fileName: report.fileName, content });
  const deliveries = await deliveriesOf(database, report.id);
  out.value({ ...report, file, deliveries, failure });
  show(session, report);
  if (deliveries.length > 0)
    out.table(
      ['delivery', 'to', 'made'],
      deliveries.map(({ way, target, deliveredAt, reason }) => [
        way,
        target,
        deliveredAt?.toISOString() ?? reason ?? 'not yet',
      ]),
    );
  out.say(`${file} is written.`);
  if (failure !== null) out.say(out.warning(failure));
  return failure === null ? DONE : FAILED;
}

type Named = Exclude<ReportAbout, { readonly kind: 'day' }> | { readonly kind: 'day'; readonly day: string };

async function aboutOf(
  { database }: Session,
  customer: string,
  timeZone: string,
  { day, cycle }: ReportOptions,
): Promise<Named> {
  if (day !== undefined && cycle !== undefined)
    throw new Mistake('Say either --day or --cycle: a report is about one of them.');
  if (day !== undefined) {
    if (!isDay(day)) throw new Mistake(`"${day}" is no day: write it as 2026-11-22.`);
    if (day >= dayOf(new Date(), timeZone))
      throw new Mistake(`The ${day} is not over yet (${timeZone}). Leave --day out for a report of how it stands now.`);
    return { kind: 'day', day };
  }
  if (cycle === undefined) return { kind: 'now' };
  const run = await namedRun(database, cycle);
  if (run?.customer !== customer)
    throw new Mistake(`${customer} has no cycle ${cycle}: itasca status shows the last ones.`);
  if (run.outcome === null) throw new Mistake(`The cycle ${cycle} is not over yet.`);
  return { kind: 'cycle', run: run.run };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof WorkflowFailedError)) throw error;
  let innermost: Error = error;
  while (innermost.cause instanceof Error) innermost = innermost.cause;
  return innermost.message;
}

async function written(folder: string, report: Parameters<typeof writeReport>[1]): Promise<string> {
  try {
    return await writeReport(folder, report);
  } catch (error) {
    throw error instanceof FolderUnusable ? new Mistake(error.message) : error;
  }
}

function show({ out }: Session, { customer, subject, madeAt, totals }: KeptReport): void {
  out.say(out.strong(`${customer}, ${subject.replace(/^now\/.*/, 'now')}, made ${madeAt.toISOString()}`));
  out.table(
    ['counted', 'number'],
    (Object.keys(TOTALS) as readonly (keyof typeof TOTALS)[]).map((name) => [TOTALS[name], String(totals[name])]),
  );
}

async function list(session: Session, named: string | undefined, limit: number): Promise<ExitCode> {
  const { out, database } = session;
  const { customer } = await session.configuration(named);
  const reports = await listReports(database, customer, limit);
  out.value({ customer, reports });
  if (reports.length === 0) out.say(`No report of ${customer} is kept.`);
  out.table(
    ['made', 'about', 'in error', 'waiting', 'delivered', 'file'],
    reports.map(({ madeAt, subject, totals, delivered, open, refused, fileName }) => [
      madeAt.toISOString(),
      subject.replace(/^now\/.*/, 'now'),
      String(totals.inError),
      String(totals.waiting),
      [
        `${String(delivered)} of ${String(delivered + open + refused)}`,
        ...(refused > 0 ? [`${String(refused)} given up`] : []),
      ].join(', '),
      fileName,
    ]),
  );
  return DONE;
}

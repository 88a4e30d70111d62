import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { MadeReport, ReportActivities, ReportRequest } from '../activities/report-types.ts';
import { showDetails } from './details.ts';
import { delivery, report as making, state } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const { makeReport } = proxyActivities<ReportActivities>(making);
const { deliverReport } = proxyActivities<ReportActivities>(delivery);
const { giveUpReport } = proxyActivities<ReportActivities>(state);

/** Set by the server where a Schedule starts a workflow. */
const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

export interface SyncReportResult {
  readonly report: string;
  readonly fileName: string;
  readonly delivered: number;
}

/**
 * A report of a customer: made once, kept, and handed to its folder and to each recipient by itself, so that one that is
 * refused stops no other. Started by a Schedule for the day before, by a cycle's end, or by hand. What it is about and to whom it
 * goes is in PostgreSQL; ids and counts pass through here. Fails when a delivery was given up, after the others.
 */
export async function syncReport(request: ReportRequest): Promise<SyncReportResult> {
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: request.customer },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  showDetails(`**collecting** ${aboutText(request)}`);
  const made = await makeReport(request, dueAt().toISOString());
  const reasons: string[] = [];
  let delivered = 0;
  const show = (next: string): void => {
    showDetails(details(request, made, delivered, reasons, next));
  };
  show('Delivers it.');
  await Promise.all(
    made.deliveries.map(async ({ id, way }) => {
      try {
        await deliverReport(id);
        delivered += 1;
      } catch (error) {
        if (isCancellation(error)) throw error;
        reasons.push(`${way}: ${reasonOf(error)}`);
        await giveUpReport(id, reasonOf(error));
      }
      show('Delivers it.');
    }),
  );
  upsertSearchAttributes([{ key: searchAttributes.status, value: reasons.length === 0 ? 'Completed' : 'Failed' }]);
  show(
    reasons.length === 0 ? 'Done.' : 'Given up. Mend it, then run `itasca report --deliver` for the same day or cycle.',
  );
  if (reasons.length > 0)
    throw ApplicationFailure.nonRetryable(
      `${String(reasons.length)} of ${String(made.deliveries.length)} deliveries were given up. ${[...new Set(reasons)].join(' ')}`,
      'Undelivered',
    );
  return { report: made.report, fileName: made.fileName, delivered };
}

/** When a Schedule wanted it, also where the server was down meanwhile; else when it was started. */
function dueAt(): Date {
  const { typedSearchAttributes, startTime } = workflowInfo();
  return typedSearchAttributes.get(SCHEDULED_START) ?? startTime;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof Error ? cause.message : 'unknown';
}

function aboutText({ about }: ReportRequest): string {
  if (about.kind === 'cycle') return `what cycle ${about.run} did`;
  if (about.kind === 'now') return 'how it stands now';
  return `the day ${about.day ?? 'before'}`;
}

function details(
  request: ReportRequest,
  made: MadeReport,
  delivered: number,
  reasons: readonly string[],
  next: string,
): string {
  return [
    `Report ${made.report} of ${aboutText(request)}: \`${made.fileName}\`, ${String(Math.ceil(made.bytes / 1024))} KiB. ${next}`,
    '',
    `**${String(delivered)} of ${String(made.deliveries.length)} deliveries made**`,
    ...reasons.map((reason) => `- given up, ${reason}`),
    '',
    '| what | count |',
    '|---|---:|',
    ...Object.entries(made.totals).map(([name, count]) => `| ${name} | ${String(count)} |`),
  ].join('\n');
}

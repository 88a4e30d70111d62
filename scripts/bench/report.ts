import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Table from 'cli-table3';
import type { DeltaFigure, NoChange } from './deltas.ts';
import type { StageFigure } from './first-cycle.ts';
import type { ObjectWorkflows } from './object-workflows.ts';
import type { RawRates } from './raw-reads.ts';

/** All that a run of the benchmark has measured; rates are objects a second. */
export interface Report {
  readonly at: string;
  readonly machine: {
    readonly cores: number;
    readonly memoryGiB: number;
    readonly node: string;
    /** Processes that wanted to run in the minute before: more than none means that others use the machine too. */
    readonly loadBefore: number;
  };
  readonly size: {
    readonly users: number;
    readonly groups: number;
    readonly members: number;
    readonly objects: number;
  };
  readonly stages: readonly StageFigure[];
  /** Every object anew, into a filled database. */
  readonly evaluateAgain: number;
  readonly noChange: NoChange;
  readonly deltas: readonly DeltaFigure[];
  readonly rawReads: RawRates;
  readonly rawAdds: RawRates;
  readonly objectWorkflows: ObjectWorkflows;
  readonly firstCyclePeakRssMiB: number;
  readonly workerPeakRssMiB: number;
}

/** The size that others are compared with. */
const REFERENCE_USERS = 20_000;

/** Where the figures of a size are written. */
export function reportFile(folder: string, users: number, groups: number): string {
  return join(folder, `bench-${String(users)}-${String(groups)}.json`);
}

export function table(report: Report): string {
  const result = new Table({
    head: ['', 'objects/s', 'seconds', 'raw: 1, 4, 8 connections', 'of the best'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const row = (what: string, perSecond: number, time: number | null, raw?: RawRates): void => {
    const best = raw === undefined ? 0 : Math.max(...Object.values(raw));
    result.push([
      what,
      perSecond.toFixed(0),
      time?.toFixed(1) ?? '',
      raw === undefined
        ? ''
        : Object.values(raw)
            .map((rate) => rate.toFixed(0))
            .join(', '),
      best === 0 ? '' : `${((100 * perSecond) / best).toFixed(0)} %`,
    ]);
  };
  const raws: Readonly<Record<string, RawRates>> = {
    'read the customer forest, whole': report.rawReads,
    'write objects': report.rawAdds,
  };
  for (const { stage, perSecond, seconds } of report.stages) row(stage, perSecond, seconds, raws[stage]);
  row('evaluate every object again', report.evaluateAgain, null);
  for (const delta of report.deltas)
    row(
      `read a delta, ${(100 * delta.churn).toFixed(0)} % of users changed (${String(delta.objects)})`,
      delta.perSecond,
      delta.seconds,
      delta.raw,
    );
  result.push(workflowRow(report.objectWorkflows));
  result.push(['read a delta, nothing changed', '', report.noChange.readSeconds.toFixed(2), '', '']);
  result.push(['whole delta cycle, nothing changed', '', report.noChange.seconds.toFixed(2), '', '']);
  result.push(['worker, peak resident memory, MiB', String(report.workerPeakRssMiB), '', '', '']);
  return result.toString();
}

/** The worker's memory in relation to that of the reference size, where that was measured before. */
export async function againstOtherSize(report: Report, output: string): Promise<string> {
  const file = reportFile(dirname(output), REFERENCE_USERS, report.size.groups);
  if (report.size.users === REFERENCE_USERS) return '';
  try {
    const other = JSON.parse(await readFile(file, 'utf8')) as Report;
    const ratio = report.workerPeakRssMiB / other.workerPeakRssMiB;
    return `peak memory is ${ratio.toFixed(2)} times that of ${String(REFERENCE_USERS)} users (${String(other.workerPeakRssMiB)} MiB, measured ${other.at})`;
  } catch {
    return `peak memory was not measured with ${String(REFERENCE_USERS)} users yet`;
  }
}

/** The figures of object workflows: what, rate, seconds, what they are compared with, relation. */
export function workflowRow({ workflows, perSecond, empty, ratio }: ObjectWorkflows): string[] {
  return [
    `object workflows that provision a mailbox (${String(workflows)})`,
    perSecond.toFixed(1),
    (workflows / perSecond).toFixed(1),
    `empty ones, before and after: ${empty.map((rate) => rate.toFixed(1)).join(', ')}`,
    `${(100 * ratio).toFixed(0)} %`,
  ];
}

import { attributesOf } from '../../activities/read-source.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { errorCatalogue, type ErrorCode } from '../../rules/error-catalogue.ts';
import { applyConfiguration, DomainTaken, keepCandidate } from '../../store/configurations.ts';
import { readPreview, type Preview, type PreviewedChange } from '../../store/previews.ts';
import { inTrial } from '../../store/trial.ts';
import { readConfigurationFile } from '../../worker/configuration-file.ts';
import { previewId } from '../../workflows/ids.ts';
import type { previewCycle } from '../../workflows/preview-cycle.ts';
import { DONE, FAILED, Mistake, type ExitCode } from './mistake.ts';
import { shortened, type Output } from './output.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import { requireWorker } from './require-worker.ts';
import { forestOf, type Session } from './session.ts';

const SHOWN = 50;

interface PlanOptions {
  readonly customer?: string;
  readonly forest?: string;
  readonly configuration?: string;
  readonly limit: number;
}

const HELP = `
Has a worker read both forests and do what a cycle does up to its first write: evaluate, join, plan, ask the guard. Then all of that is taken
back, except what was read, from which the next cycle goes on. Nothing is written to a directory, and no service, case or approval begins.

With --configuration it is what the next cycle would do if that file were in force, all that is decided between objects included (addresses, joins,
reconnections, references, the guard); "itasca config diff" is quicker, and leaves that out. The file is not put in force.

Waits for a cycle that runs. References of objects that are only created are not in it: they are planned when these exist. Changes marked
"waits" would wait for an operator's answer.

  itasca plan
  itasca plan --configuration contoso.yaml
  itasca plan --limit 100000 --json | jq -r '.changes[] | select(.operation == "disconnect") | .sourceDn'`;

/** `itasca plan` */
export const addPlan: AddCommand = (program, run) => {
  program
    .command('plan')
    .description('what the next cycle would do; nothing is written')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--forest <name>', 'the forest, where the customer has several')
    .option('--configuration <file>', 'by this file instead of the configuration in force')
    .option('--limit <number>', 'at most so many changes are listed; all are counted', positive, SHOWN)
    .addHelpText('after', HELP)
    .action((options: PlanOptions) => {
      run((session) => plan(session, options));
    });
};

async function plan(session: Session, { configuration: file, limit, ...named }: PlanOptions): Promise<ExitCode> {
  const { out, database, settings } = session;
  const wanted = file === undefined ? null : await readConfigurationFile(file);
  if (wanted !== null && named.customer !== undefined && named.customer !== wanted.customer)
    throw new Mistake(`${file ?? ''} is a configuration of ${wanted.customer}, not of ${named.customer}.`);
  const configuration = await session.configuration(wanted?.customer ?? named.customer);
  const { customer } = configuration;
  const forest = forestOf(configuration, named.forest);
  const candidate = wanted === null ? null : await tried(session, configuration, wanted, forest);
  await requireWorker(session);
  const client = await session.temporal();
  const handle = await client.workflow.start<typeof previewCycle>('previewCycle', {
    args: [{ customer, forest, limit, ...(candidate === null ? {} : { candidate: candidate.id }) }],
    taskQueue: settings.taskQueue,
    workflowId: previewId(customer, forest),
    staticSummary: `Preview of the next cycle of ${customer}/${forest}`,
  });
  const result = await handle.result();
  if (result.run === undefined) {
    out.value(result);
    out.say(`${result.holder ?? ''} has run for half an hour. Nothing was looked at.`);
    return FAILED;
  }
  const preview = await readPreview(database, result.run);
  if (preview === null) throw new Mistake('Another preview of the same forest has come after this one: look again.');
  const unread = candidate?.unread ?? [];
  out.value({ customer, forest, run: result.run, counts: result.counts, ...preview, unread });
  show(out, `${customer}/${forest}`, preview, result.counts);
  if (unread.length > 0)
    out.say(
      out.warning(
        `The file reads attributes that were not read yet, and are taken as absent here: ${unread.join(', ')}. The first cycle with it reads them.`,
      ),
    );
  return DONE;
}

/**
 * Keeps a configuration to be tried.
 *
 * @returns its id, and the source attributes that it reads and the one in force does not
 * @throws Mistake when it can not be put in force, or lacks the forest
 */
async function tried(
  { database }: Session,
  inForce: Configuration,
  wanted: Configuration,
  forest: string,
): Promise<{ readonly id: string; readonly unread: readonly string[] }> {
  const [before, after] = [inForce, wanted].map((one) => one.forests.find(({ name }) => name === forest));
  if (before === undefined || after === undefined)
    throw new Mistake(
      `The file has no forest ${forest}: it would not be synchronized any more, and what it has would stay.`,
    );
  try {
    await inTrial(database, (trial) => applyConfiguration(trial, wanted));
  } catch (error) {
    throw error instanceof DomainTaken ? new Mistake(error.message) : error;
  }
  const known = new Set(attributesOf(inForce, before));
  const unread = attributesOf(wanted, after).filter((name) => !known.has(name));
  return { id: await keepCandidate(database, wanted), unread };
}

function show(out: Output, forest: string, preview: Preview, counts: Readonly<Record<string, number>>): void {
  out.say(out.strong(`The next cycle of ${forest} would plan ${String(preview.total)} changes. Nothing was written.`));
  const decided = (['adopted', 'reconnected', 'joinReview', 'reconnectionCases'] as const).map(
    (name) => [DECIDED[name], counts[name] ?? 0] as const,
  );
  out.table(['what', 'number'], rows(preview, decided));
  if (preview.held !== null) {
    out.say(out.warning(`${String(preview.held.changes)} of them would wait for an answer:`));
    for (const reason of preview.held.reasons) out.say(`  ${reason}`);
  }
  out.table(['object', 'what', 'before', 'after', 'rule', ''], preview.changes.map(row));
  const more = preview.total - preview.changes.length;
  if (more > 0) out.say(`${String(more)} more: --limit shows them.`);
}

const DECIDED = {
  adopted: 'managed objects adopted',
  reconnected: 'reconnected with the services that they had',
  joinReview: 'wait whether a managed object is theirs',
  reconnectionCases: 'wait whether they are somebody who has services',
} as const;

function rows(preview: Preview, decided: readonly (readonly [string, number])[]): readonly (readonly string[])[] {
  const errors = (what: string, codes: Partial<Record<ErrorCode, number>>): readonly (readonly [string, number])[] =>
    Object.entries(codes).map(([code, count]) => [
      `${what} ${code} (${errorCatalogue[code as ErrorCode].title})`,
      count,
    ]);
  const lines: readonly (readonly [string, number])[] = [
    ...preview.objects.map(({ operation, kind, count }) => [`${operation} ${kind}`, count] as const),
    ...preview.attributes.flatMap(({ attribute, set, changed, cleared }) => [
      [`${attribute} set`, set] as const,
      [`${attribute} changed`, changed] as const,
      [`${attribute} cleared`, cleared] as const,
    ]),
    ...preview.references.flatMap(({ attribute, come, go }) => [
      [`values of ${attribute} added`, come] as const,
      [`values of ${attribute} removed`, go] as const,
    ]),
    ...preview.services.map(
      ({ service, recipient, count }) =>
        [`service ${service}${recipient === null ? '' : ` (${recipient})`} provisioned`, count] as const,
    ),
    ['services begin to end', preview.ends],
    ...decided,
    ...errors('new error', preview.errors.found),
    ...errors('solved error', preview.errors.solved),
  ];
  return lines.filter(([, count]) => count > 0).map(([what, count]) => [what, String(count)]);
}

function row({
  sourceDn,
  managedDn,
  operation,
  attribute,
  before,
  after,
  rule,
  held,
}: PreviewedChange): readonly string[] {
  const what = attribute === null ? operation : `${operation} ${attribute}`;
  return [managedDn ?? sourceDn, what, shortened(before), shortened(after), rule, held ? 'waits' : ''];
}

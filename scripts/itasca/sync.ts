import { cycleId } from '../../workflows/ids.ts';
import { cycleReport } from '../../store/progress.ts';
import type { RunCounts } from '../../store/runs.ts';
import { forestId } from '../../store/forests.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import { DONE, FAILED, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import type { AddCommand } from './program.ts';
import { forestOf, type Session } from './session.ts';
import { listOf, untilListed } from './until-listed.ts';

interface SyncOptions {
  readonly customer?: string;
  readonly forest?: string;
  readonly full?: boolean;
  readonly wait: boolean;
}

const HELP = `
Starts a cycle of a forest now, beside those of its schedule: a delta, which reads what has changed, or a full one, which reads everything.
Shows what it did. When another cycle of the forest runs, says which, and does nothing.

Ends with 2 when some of its changes wait for an answer (itasca approve), with 1 when it failed.`;

/** `itasca sync` */
export const addSync: AddCommand = (program, run) => {
  program
    .command('sync')
    .description('run a cycle now')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--forest <name>', 'the forest, where the customer has several')
    .option('--full', 'read everything')
    .option('--no-wait', 'only start it')
    .addHelpText('after', HELP)
    .action((options: SyncOptions) => {
      run((session) => sync(session, options));
    });
};

async function sync(
  session: Session,
  { customer: named, forest: ofForest, full, wait }: SyncOptions,
): Promise<ExitCode> {
  const { out, database, settings } = session;
  const configuration = await session.configuration(named);
  const { customer } = configuration;
  const forest = forestOf(configuration, ofForest);
  const profile = full === true ? 'full' : 'delta';
  const client = await session.temporal();
  const handle = await client.workflow.start<typeof syncCycle>('syncCycle', {
    args: [{ customer, forest, profile }],
    taskQueue: settings.taskQueue,
    workflowId: cycleId(customer, forest, new Date()),
    staticSummary: `${full === true ? 'Full' : 'Delta'} cycle of ${customer}/${forest}`,
  });
  out.say(`cycle ${handle.workflowId}`);
  if (!wait) {
    out.value({ workflowId: handle.workflowId });
    return DONE;
  }
  const outcome = await untilListed(database, handle.workflowId, handle.result());
  if ('result' in outcome && outcome.result.outcome === 'skipped') {
    out.value(outcome.result);
    out.say(`Another cycle of this forest runs: ${outcome.result.holder ?? ''}. Nothing was done.`);
    return FAILED;
  }
  // A list that waits for an answer while the rest goes on is still there at the end.
  const list = 'list' in outcome ? outcome.list : await listOf(database, handle.workflowId);
  const counts = 'result' in outcome ? outcome.result.counts : await countsOf(session, customer, forest);
  out.value({ workflowId: handle.workflowId, outcome: list === null ? 'completed' : 'waits', counts, list });
  if ('result' in outcome) out.say(`Cycle ${outcome.result.run ?? ''} ${outcome.result.outcome}.`);
  out.table(
    ['counted', 'number'],
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => [name, String(count)]),
  );
  if (list === null) return DONE;
  out.say(out.warning(`${String(list.changes)} changes wait for an answer: itasca changes ${list.run}`));
  return NEEDS_A_PERSON;
}

async function countsOf({ database }: Session, customer: string, name: string): Promise<RunCounts> {
  const report = await cycleReport(database, await forestId(database, { side: 'source', customer, name }));
  return report?.counts ?? {};
}

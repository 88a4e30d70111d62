import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { cycleId, objectCycleId } from '../../workflows/ids.ts';
import { cycleReport } from '../../store/progress.ts';
import type { RunCounts } from '../../store/runs.ts';
import { forestId } from '../../store/forests.ts';
import type { syncCycle, SyncCycleInput } from '../../workflows/sync-cycle.ts';
import { DONE, FAILED, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { theObject } from './named-object.ts';
import type { AddCommand } from './program.ts';
import { forestOf, type Session } from './session.ts';
import { listOf, untilListed } from './until-listed.ts';

const SUMMARY = {
  full: 'Full cycle',
  delta: 'Delta cycle',
  object: 'Cycle for one object',
} as const;

/** What a cycle is asked for by hand. */
type CycleRequest = SyncCycleInput & { readonly profile: keyof typeof SUMMARY };

interface SyncOptions {
  readonly customer?: string;
  readonly forest?: string;
  readonly full?: boolean;
  readonly object?: string;
  readonly wait: boolean;
}

const HELP = `
Starts a cycle of a forest now, beside those of its schedule: a delta, which reads what has changed, or a full one, which reads everything.
Shows what it did. When another cycle of the forest runs, says which, and does nothing.

With --object it reads only that object of the Customer Forest, named as for "itasca object explain", and looks at it again from beginning to
end: rules, plan, references, services that wait for a correction, also where nothing of it has changed. It waits for a cycle that runs. What
earlier cycles left to be done of other objects is done along with it. An object that was never in a read is found by a delta.

  itasca sync
  itasca sync --object ada.lovelace@contoso.com

Ends with 2 when some of its changes wait for an answer (itasca approve), with 1 when it failed.`;

/** `itasca sync` */
export const addSync: AddCommand = (program, run) => {
  program
    .command('sync')
    .description('run a cycle now')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--forest <name>', 'the forest, where the customer has several')
    .option('--full', 'read everything')
    .option('--object <name>', 'read only this object: by objectGUID, SID, DN, mail address or userPrincipalName')
    .option('--no-wait', 'only start it')
    .addHelpText('after', HELP)
    .action((options: SyncOptions) => {
      run((session) => sync(session, options));
    });
};

async function sync(session: Session, options: SyncOptions): Promise<ExitCode> {
  const { out, database } = session;
  const { customer, forest, ...request } = await requested(session, options);
  await session.requireServed(customer);
  const handle = await start(session, { customer, forest, ...request });
  out.say(`cycle ${handle.workflowId}`);
  if (!options.wait) {
    out.value({ workflowId: handle.workflowId });
    return DONE;
  }
  const outcome = await untilListed(session, handle);
  if ('result' in outcome && outcome.result.outcome === 'skipped') {
    out.value(outcome.result);
    out.say(`Another cycle of this forest runs: ${outcome.result.holder ?? ''}. Nothing was done.`);
    return FAILED;
  }
  // A list that waits for an answer while the rest goes on is still there at the end.
  const list = 'list' in outcome ? outcome.list : await listOf(database, handle.workflowId);
  const counts = 'result' in outcome ? outcome.result.counts : await countsOf(session, customer, forest);
  out.value({ workflowId: handle.workflowId, outcome: list === null ? 'completed' : 'waits', counts, list });
  if (request.object !== undefined) told(session, counts);
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

/** @throws Mistake when the options contradict each other, or name nothing */
async function requested(
  session: Session,
  { customer: named, forest, full, object }: SyncOptions,
): Promise<CycleRequest> {
  if (object !== undefined) {
    if (full === true) throw new Mistake('A full cycle reads every object: leave out --full or --object.');
    const { customer, found } = await theObject(session, object, named);
    if (forest !== undefined && forest !== found.forest)
      throw new Mistake(`"${object}" is in the forest ${found.forest}: leave out --forest.`);
    return { customer, forest: found.forest, profile: 'object', object: found.guid };
  }
  const configuration = await session.configuration(named);
  const { customer } = configuration;
  return { customer, forest: forestOf(configuration, forest), profile: full === true ? 'full' : 'delta' };
}

async function start(
  session: Session,
  request: CycleRequest,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof syncCycle>> {
  const { customer, forest, profile, object } = request;
  const client = await session.temporal();
  return client.workflow.start<typeof syncCycle>('syncCycle', {
    args: [request],
    taskQueue: session.settings.taskQueue,
    workflowId: object === undefined ? cycleId(customer, forest, new Date()) : objectCycleId(customer, forest, object),
    ...(object === undefined ? {} : { workflowIdConflictPolicy: 'USE_EXISTING' }),
    staticSummary: `${SUMMARY[profile]} of ${customer}/${forest}`,
  });
}

/** What came of the one object that was asked for. */
function told({ out }: Session, { read, unreadable }: RunCounts): void {
  if ((read ?? 0) > 0) return;
  out.say(
    out.warning(
      (unreadable ?? 0) > 0
        ? 'The object was not read: the account has lost a right in its domain (itasca status shows the warning).'
        : 'The object is not in the Customer Forest any more, or the account may not see it. A delta finds out which: itasca sync',
    ),
  );
}

async function countsOf({ database }: Session, customer: string, name: string): Promise<RunCounts> {
  const report = await cycleReport(database, await forestId(database, { side: 'source', customer, name }));
  return report?.counts ?? {};
}

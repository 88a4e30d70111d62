import { namedRun } from '../../store/open-lists.ts';
import { undoId } from '../../workflows/ids.ts';
import type { undoCycle } from '../../workflows/undo-cycle.ts';
import { DONE, FAILED, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import type { AddCommand } from './program.ts';
import type { Session } from './session.ts';
import { untilListed } from './until-listed.ts';

const HELP = `
Plans the reverse of what a cycle wrote, and shows it: nothing is written before it is approved (itasca changes, itasca approve). What something
else has changed since is counted as a conflict and left alone. What was undone is pinned: later cycles do not write it again.
The cycle is named by its number (itasca status) or by its workflow's id (itasca object explain, the Temporal UI).

Ends with 2 when the reverse waits for your approval, with 0 when there is nothing to undo.`;

/** `itasca undo` */
export const addUndo: AddCommand = (program, run) => {
  program
    .command('undo <cycle>')
    .description('turn round what a cycle wrote')
    .addHelpText('after', HELP)
    .action((cycle: string) => {
      run((session) => undo(session, cycle));
    });
};

async function undo(session: Session, cycle: string): Promise<ExitCode> {
  const { out, database, settings } = session;
  const named = await namedRun(database, cycle);
  if (named === null)
    throw new Mistake(
      `There is no cycle ${cycle}: itasca status shows the number of the last one, itasca object explain the workflow of each that wrote an object.`,
    );
  const { customer, forest, run } = named;
  await session.requireServed(customer);
  const client = await session.temporal();
  const handle = await client.workflow.start<typeof undoCycle>('undoCycle', {
    args: [{ customer, forest, run }],
    taskQueue: settings.taskQueue,
    workflowId: undoId(customer, forest, run),
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Undo of cycle ${run} of ${customer}/${forest}`,
  });
  const outcome = await untilListed(session, handle);
  if ('list' in outcome) {
    out.value({ workflowId: handle.workflowId, list: outcome.list });
    out.say(
      `${String(outcome.list.changes)} changes would be put back. Look at them: itasca changes ${outcome.list.run}`,
    );
    return NEEDS_A_PERSON;
  }
  const { result } = outcome;
  out.value({ workflowId: handle.workflowId, ...result });
  if (result.outcome === 'skipped') {
    out.say(`A cycle of this forest runs: ${result.holder ?? ''}. Try again when it has ended.`);
    return FAILED;
  }
  out.say('There is nothing to undo.');
  return DONE;
}

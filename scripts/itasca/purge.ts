import { purgeOf } from '../../activities/purge.ts';
import type { PurgeOutcome, PurgeRequest } from '../../activities/purge-types.ts';
import { purgeSubject } from '../../rules/operator-statement.ts';
import { inTrial } from '../../store/trial.ts';
import { removeAlertSchedule } from '../../worker/alert-schedule.ts';
import { removeCleanSchedule } from '../../worker/clean-schedule.ts';
import { removeReportSchedule } from '../../worker/report-schedule.ts';
import { removeSchedules } from '../../worker/schedules.ts';
import { purgeId } from '../../workflows/ids.ts';
import type { purgeData } from '../../workflows/purge-data.ts';
import { DONE, FAILED, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { theObject } from './named-object.ts';
import type { AddCommand } from './program.ts';
import { requireWorker } from './require-worker.ts';
import { operatorOf, type Session } from './session.ts';
import { answerBy, KEY_OPTION, OPERATOR_OPTION, type Answering } from './signing.ts';

interface PurgeOptions extends Answering {
  readonly customer?: string;
  readonly everything?: boolean;
  readonly leaveObjects?: boolean;
  readonly yes?: boolean;
}

const HELP = `
Erases a person from Itasca's database, with everything on record: the source objects before and after reconnections, what was read and written, services,
errors, and reports made since; or, with --everything, a whole customer with its configuration and schedules. Shows first what that is; does it
with --yes, signed where the configuration lists operators. No directory is touched. That it was done is kept, with your name, and without theirs.

A person can be erased who is deleted in the Customer Forest or out of scope, and whose managed object is gone: docs/keeping.md says what stays
elsewhere, and until when.

  itasca purge ada.lovelace@contoso.com
  itasca purge ada.lovelace@contoso.com --yes
  itasca purge --customer contoso --everything --leave-objects --yes`;

/** `itasca purge` */
export const addPurge: AddCommand = (program, run) => {
  program
    .command('purge [name]')
    .description('erase a person, or a whole customer, from the database')
    .option('--customer <name>', 'the customer, where there are several')
    .option('--everything', 'everything of the customer, instead of a person')
    .option('--leave-objects', 'with --everything: objects in the Managed Forest stay there, managed by nobody')
    .option(...OPERATOR_OPTION)
    .option(...KEY_OPTION)
    .option('--yes', 'do it')
    .addHelpText('after', HELP)
    .action((name: string | undefined, options: PurgeOptions) => {
      run((session) => purge(session, name, options));
    });
};

async function purge(session: Session, name: string | undefined, options: PurgeOptions): Promise<ExitCode> {
  const { out, database } = session;
  const request = await requested(session, name, options);
  const whom = name ?? `everything of ${request.customer}`;
  // The same code as in earnest, all of it taken back.
  const shown = await inTrial(database, (trial) => purgeOf(trial, request, 'shown first'));
  if (shown.outcome !== 'erased') {
    out.value({ ...shown, done: false });
    for (const line of shown.outcome === 'busy'
      ? ['A cycle of this customer runs: try again when it has ended.']
      : shown.reasons)
      out.say(`${whom} can not be erased: ${line}`);
    return FAILED;
  }
  if (options.yes !== true) {
    out.value({ ...shown, done: false });
    show(session, `Of ${whom} would be erased:`, shown);
    out.say('Nothing was erased. Again with --yes does it.');
    return NEEDS_A_PERSON;
  }
  const outcome = await inEarnest(session, request, options);
  out.value({ ...outcome, done: outcome.outcome === 'erased' });
  if (outcome.outcome === 'erased') {
    show(session, 'Erased:', outcome);
    return DONE;
  }
  for (const line of outcome.outcome === 'refused' ? outcome.reasons : ['A cycle has run for half an hour.'])
    out.say(line);
  out.say('Nothing was erased.');
  return FAILED;
}

/** @throws Mistake when it is not clear who is meant */
async function requested(
  session: Session,
  name: string | undefined,
  { customer: named, everything, leaveObjects, operator, yes }: PurgeOptions,
): Promise<PurgeRequest> {
  const who = yes === true ? operatorOf(session, operator) : (operator ?? '');
  if (everything === true) {
    if (name !== undefined) throw new Mistake('Either a person by name, or --everything of a customer.');
    if (named === undefined) throw new Mistake('Everything of whom? Name the customer: --customer.');
    const { customer } = await session.configuration(named);
    return { customer, operator: who, person: null, leavesObjects: leaveObjects === true };
  }
  if (leaveObjects === true) throw new Mistake('--leave-objects goes with --everything.');
  if (name === undefined) throw new Mistake('Who? Name a person, or say --everything.');
  const { customer, found } = await theObject(session, name, named);
  return { customer, operator: who, person: { forest: found.forest, guid: found.guid }, leavesObjects: false };
}

async function inEarnest(session: Session, request: PurgeRequest, who: Answering): Promise<PurgeOutcome> {
  await requireWorker(session);
  const client = await session.temporal();
  const { customer, person, leavesObjects } = request;
  const workflowId = purgeId(customer, person);
  const subject = purgeSubject(person, leavesObjects);
  const answer = await answerBy(session, who, { customer, action: 'purge', workflowId, subject });
  if (person === null) {
    const { forests } = await session.configuration(customer);
    const { count } = await client.workflow.count(
      `Customer = "${customer}" AND ExecutionStatus = "Running" AND WorkflowType != "purgeData"`,
    );
    if (count > 0)
      throw new Mistake(
        `${String(count)} workflows of ${customer} run: end them first (Temporal UI: Customer = "${customer}" AND ExecutionStatus = "Running").`,
      );
    // None begins while everything goes.
    await removeSchedules(client, { customer, forests });
    await removeReportSchedule(client, customer);
    await removeCleanSchedule(client, customer);
    await removeAlertSchedule(client, customer);
  }
  return client.workflow.execute<typeof purgeData>('purgeData', {
    args: [{ ...request, ...answer }],
    taskQueue: session.settings.taskQueue,
    workflowId,
    staticSummary: person === null ? `Erasure of everything of ${customer}` : `Erasure of a person of ${customer}`,
  });
}

function show(
  { out }: Session,
  head: string,
  { counts, foundStill, readAgain }: PurgeOutcome & { readonly outcome: 'erased' },
): void {
  out.say(head);
  out.table(
    ['table', 'rows'],
    Object.entries(counts).map(([table, count]) => [table, String(count)]),
  );
  const still = Object.entries(foundStill).map(([table, count]) => `${String(count)} of ${table}`);
  if (still.length > 0)
    out.say(out.warning(`A name or address of theirs is in rows of others after that: ${still.join(', ')}.`));
  if (readAgain)
    out.say(
      out.warning(
        'The object is in the Customer Forest, out of scope: a later read brings it back. Have the customer delete it.',
      ),
    );
}

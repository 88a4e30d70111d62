import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { lastOffboarding, managedObjects, openWork, type OffboardingWay } from '../../store/offboarding.ts';
import { offboardingId } from '../../workflows/ids.ts';
import type { offboardCustomer } from '../../workflows/offboard-customer.ts';
import { confirmed } from './confirmed.ts';
import { DONE, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { showFound, showOffboarding } from './offboarding-view.ts';
import type { AddCommand } from './program.ts';
import { requireWorker } from './require-worker.ts';
import { operatorOf, type Session } from './session.ts';

const HELP = `
Ends the service of a customer. Shows first what there is, and does nothing without --yes or your word on the terminal.

--leave leaves the managed objects as they are. No cycle of the customer begins any more; one that writes is waited for; what waits (lists of
changes, cases, corrections, a bulk onboarding) is ended, and the clocks of services that end are stopped. The Schedules of its cycles, report
and cleaning are taken away. Its objects keep their anchors, so that no other customer's join takes them, and its domains stay its own.
"itasca config apply" of the customer brings it back: everything goes on from there. A page for operators: docs/offboarding.md

  itasca offboard contoso --leave
  itasca offboard contoso --leave --yes --json
  itasca offboard status contoso`;

interface Options {
  readonly leave?: boolean;
  readonly yes?: boolean;
  readonly operator?: string;
}

/** `itasca offboard` */
export const addOffboard: AddCommand = (program, run) => {
  const offboard = program
    .command('offboard')
    .description('end the service of a customer')
    .argument('<customer>', 'the customer')
    .option('--leave', 'leave its managed objects as they are')
    .option('--yes', 'do it without being asked')
    .option('--operator <name>', 'your name')
    .addHelpText('after', HELP)
    .action((customer: string, options: Options) => {
      run((session) => begin(session, customer, options));
    });
  offboard
    .command('status')
    .description('how a customer was offboarded, or how far it is')
    .argument('[customer]', 'the customer, where there are several')
    .action((customer: string | undefined) => {
      run((session) => status(session, customer));
    });
};

async function begin(session: Session, named: string, options: Options): Promise<ExitCode> {
  const { database, out } = session;
  const { customer } = await session.configuration(named);
  const way = wayOf(options);
  const last = await lastOffboarding(database, customer);
  if (last !== null && last.liftedAt === null && last.state === 'completed')
    throw new Mistake(
      `${customer} is offboarded already. itasca offboard status ${customer} shows it, itasca config apply brings it back.`,
    );
  const found = { objects: await managedObjects(database, customer), open: await openWork(database, customer) };
  showFound(out, customer, way, found);
  if (options.yes !== true && !(await confirmed(`Offboard ${customer}? Type its name to go on: `, customer))) {
    out.value({ customer, way, done: false, ...found });
    out.say('Nothing was done. Say --yes to do it.');
    return NEEDS_A_PERSON;
  }
  const operator = operatorOf(session, options.operator);
  await requireWorker(session);
  const client = await session.temporal();
  const workflowId = offboardingId(customer);
  const handle = await client.workflow
    .start<typeof offboardCustomer>('offboardCustomer', {
      args: [{ customer, way, operator }],
      taskQueue: session.settings.taskQueue,
      workflowId,
      staticSummary: `Offboarding of ${customer}`,
    })
    .catch((error: unknown) => {
      throw error instanceof WorkflowExecutionAlreadyStartedError
        ? new Mistake(`An offboarding of ${customer} runs already: itasca offboard status ${customer}.`)
        : error;
    });
  out.say(`Offboarding of ${customer} has begun (${workflowId}): ends what of it runs.`);
  const result = await handle.result();
  if (result.outcome === 'refused') throw new Mistake(`The offboarding was refused: ${result.reason ?? ''}.`);
  return shown(session, customer, true);
}

/** @throws Mistake where no way was chosen */
function wayOf({ leave }: Options): OffboardingWay {
  if (leave !== true) throw new Mistake('Say how: --leave leaves the managed objects as they are.');
  return 'leave';
}

async function status(session: Session, named: string | undefined): Promise<ExitCode> {
  const { customer } = await session.configuration(named);
  return shown(session, customer, false);
}

async function shown({ database, out }: Session, customer: string, isDone: boolean): Promise<ExitCode> {
  const last = await lastOffboarding(database, customer);
  if (last === null) throw new Mistake(`${customer} was never offboarded.`);
  out.value(isDone ? { done: true, ...last } : last);
  showOffboarding(out, last);
  return DONE;
}

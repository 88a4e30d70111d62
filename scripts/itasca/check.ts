import { WorkflowFailedError } from '@temporalio/client';
import type { CheckLine, CheckReport } from '../../rules/preflight.ts';
import type { checkCustomer } from '../../workflows/check-customer.ts';
import { checkId } from '../../workflows/ids.ts';
import { DONE, FAILED, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import type { AddCommand } from './program.ts';
import { requireWorker } from './require-worker.ts';
import type { Session } from './session.ts';

const HELP = `
Has a worker look, with the accounts of the configuration in force, whether the customer can be synchronized: every domain controller
(connection, certificate, clock, log-on), what the accounts may read and what they may do beyond what they need, organizational units, schemas,
databases, pools and address lists that the configuration names, SMTP domains, attributes that users may write themselves, how many objects
there are, and how long a first synchronization takes by what earlier cycles of this installation took. Nothing is written, in no forest.

A line is ok, a warning, failed (with its remedy), or not checked, where what it depends on failed. Ends with 0 when nothing failed, with 1 when
something did, with 2 when nothing failed but something could not be looked at, so that a person has to.

  itasca config apply contoso.yaml && itasca check contoso
  itasca check contoso --json | jq -r '.lines[] | select(.state == "failed") | .remedy'`;

const EXIT = { passed: DONE, failed: FAILED, incomplete: NEEDS_A_PERSON } as const;

/** `itasca check` */
export const addCheck: AddCommand = (program, run) => {
  program
    .command('check [customer]')
    .description('whether a customer can be synchronized: connections, rights, and all that the configuration names')
    .addHelpText('after', HELP)
    .action((customer: string | undefined) => {
      run((session) => check(session, customer));
    });
};

async function check(session: Session, named: string | undefined): Promise<ExitCode> {
  const { out, settings } = session;
  const { customer } = await session.configuration(named);
  await requireWorker(session);
  const client = await session.temporal();
  const handle = await client.workflow.start<typeof checkCustomer>('checkCustomer', {
    args: [{ customer }],
    taskQueue: settings.taskQueue,
    workflowId: checkId(customer),
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Preflight of ${customer}`,
  });
  const report = await resultOf(handle.result());
  out.value(report);
  const { lines } = report;
  out.table(['', 'what', 'where', 'found'], lines.map(row));
  const count = (state: CheckLine['state']): string =>
    `${String(lines.filter((line) => line.state === state).length)} ${state}`;
  const counts = (['ok', 'warning', 'failed', 'not checked'] as const).map(count).join(', ');
  out.say(`Configuration ${String(report.configuration)} of ${customer}: ${counts}.`);
  return EXIT[report.standing];
}

function row({ state, check: what, place, message, remedy }: CheckLine): readonly string[] {
  return [state, what, place, remedy === null ? message : `${message}\n-> ${remedy}`];
}

async function resultOf(result: Promise<CheckReport>): Promise<CheckReport> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const reason = cause?.cause instanceof Error ? cause.cause : (cause ?? error);
    throw new Mistake(`The check could not be made: ${reason.message}`);
  }
}

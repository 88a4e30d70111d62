import { isAlerting } from '../../rules/alert-settings.ts';
import { customers } from '../../store/configurations.ts';
import { listAlerts, type ListedAlert } from '../../store/alerts.ts';
import { alertId } from '../../workflows/ids.ts';
import type { watchAlerts } from '../../workflows/watch-alerts.ts';
import { DONE, FAILED, Mistake, NEEDS_A_PERSON, type ExitCode } from './mistake.ts';
import { span } from './output.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import { requireWorker } from './require-worker.ts';
import type { Session } from './session.ts';

const SHOWN = 50;

const HELP = `
What somebody should know now, since when, and who was told. Each is told once until it changes: docs/alerts.md. Ends with 2 when there is something.

  itasca alerts
  itasca alerts --all --json | jq '.alerts[].notices[] | select(.reason)'
  itasca alerts test`;

const TEST_HELP = `
Tells a trial by each way that the configuration names: to every recipient, to the worker's program and to its webhook. Ends with 1 when one of them
was not reached, and says why.`;

interface AlertOptions {
  readonly customer?: string;
  readonly all?: boolean;
  readonly limit: number;
}

/** `itasca alerts` and `itasca alerts test` */
export const addAlerts: AddCommand = (program, run) => {
  const alerts = program
    .command('alerts')
    .description('what somebody should know now, and who was told')
    .option('--customer <name>', 'only this customer')
    .option('--all', 'also what is over')
    .option('--limit <number>', 'show at most so many', positive, SHOWN)
    .addHelpText('after', HELP)
    .action((options: AlertOptions) => {
      run((session) => list(session, options));
    });
  alerts
    .command('test')
    .description('tell a trial by each way')
    .addHelpText('after', TEST_HELP)
    .action(() => {
      run((session) => trial(session, alerts.opts<AlertOptions>().customer));
    });
};

async function list(session: Session, { customer, all, limit }: AlertOptions): Promise<ExitCode> {
  const { out, database } = session;
  const silent = await withoutWays(session, customer);
  const alerts = await listAlerts(database, customer ?? null, all === true, limit);
  out.value({ alerts, silent });
  out.table(['since', 'what', 'told'], alerts.map(row));
  const open = alerts.filter(({ endedAt }) => endedAt === null).length;
  for (const name of silent)
    out.say(
      out.warning(
        `The alerts of ${name} go nowhere, so nothing is looked for (docs/alerts.md). How it stands: itasca status --customer ${name}`,
      ),
    );
  if (open === 0 && silent.length === 0) out.say('There is nothing that somebody should know at once.');
  return open === 0 ? DONE : NEEDS_A_PERSON;
}

/** The customers, or the one that is named, whose configuration gives alerts no way. */
async function withoutWays(session: Session, named: string | undefined): Promise<readonly string[]> {
  const asked = named === undefined ? await customers(session.database) : [named];
  const silent: string[] = [];
  for (const one of asked) {
    const { customer, alerts } = await session.configuration(one);
    if (!isAlerting(alerts)) silent.push(customer);
  }
  return silent;
}

function row({ since, endedAt, subject, notices }: ListedAlert): readonly string[] {
  const when = `${span(Date.now() - since.getTime())} ago${endedAt === null ? '' : ', over'}`;
  const told = notices.map(
    (notice) => `${[notice.way, notice.target].filter((part) => part !== '').join(' ')}: ${standing(notice)}`,
  );
  return [when, subject, told.join('\n')];
}

function standing({ sentAt, reason, refusal, notBefore }: ListedAlert['notices'][number]): string {
  if (sentAt !== null) return 'told';
  if (reason !== null) return reason;
  if (refusal === null || notBefore === null) return 'not yet';
  return `not yet: ${refusal} Again in ${span(Date.parse(notBefore) - Date.now())}, or with itasca alerts test`;
}

async function trial(session: Session, named: string | undefined): Promise<ExitCode> {
  const { out, settings } = session;
  const { customer, alerts } = await session.configuration(named);
  if (!isAlerting(alerts))
    throw new Mistake(
      `The alerts of ${customer} go nowhere: give its configuration alerts.to, alerts.program or alerts.webhook.`,
    );
  await requireWorker(session);
  const client = await session.temporal();
  const result = await client.workflow.execute<typeof watchAlerts>('watchAlerts', {
    args: [{ customer, trial: true }],
    taskQueue: settings.taskQueue,
    workflowId: `${alertId(customer)}/trial`,
    staticSummary: `Trial of the alerts of ${customer}`,
  });
  const [told] = (await listAlerts(session.database, customer, true, SHOWN)).filter(({ key }) =>
    key.startsWith('trial/'),
  );
  const notices = told?.notices ?? [];
  out.value({ customer, ...result, notices });
  out.table(
    ['way', 'to', 'result'],
    notices.map((notice) => [notice.way, notice.target, standing(notice)]),
  );
  return notices.every(({ sentAt }) => sentAt !== null) ? DONE : FAILED;
}

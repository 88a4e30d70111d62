import { writeFile } from 'node:fs/promises';
import type { Configuration } from '../../rules/configuration.ts';
import { namespaceDays } from '../../rules/keeping.ts';
import { applyConfiguration, currentConfiguration, customers, DomainTaken } from '../../store/configurations.ts';
import { migrate } from '../../store/migrate.ts';
import { lastOffboarding } from '../../store/offboarding.ts';
import { configurationJsonSchema, readConfigurationFile } from '../../worker/configuration-file.ts';
import { applyAlertSchedule } from '../../worker/alert-schedule.ts';
import { applyCleanSchedule } from '../../worker/clean-schedule.ts';
import { applyRetention, RetentionRefused } from '../../worker/namespace-retention.ts';
import { applyReportSchedule } from '../../worker/report-schedule.ts';
import { applySchedules, removeSchedules } from '../../worker/schedules.ts';
import { registerSearchAttributes } from '../../worker/search-attributes.ts';
import { isRunning, offboardingOf } from './offboarding-client.ts';
import { configDiff, DIFF_HELP } from './config-diff.ts';
import { errorText } from './error-code.ts';
import { DONE, Mistake, type ExitCode } from './mistake.ts';
import { positive } from './options.ts';
import type { AddCommand } from './program.ts';
import type { Session } from './session.ts';

/** Objects of a forest that a comparison lists. */
const LISTED = 100;

const APPLY_HELP = `
Checks the file, stores it as the customer's next numbered version, and makes the Schedules of its forests what it says: a new forest gets one, the
one of a forest that is gone is taken away; so are those of the daily report and of the daily cleaning. Registers the search attributes that Temporal lacks, brings the tables up to date, and has Temporal keep the histories of ended workflows as long as keeping.workflows says. Cycles that run go on
with the version that they began with; the next ones take this one. Done again with the same file it changes nothing. A customer that was offboarded is brought back by it (docs/offboarding.md).`;

/** `itasca config validate`, `schema`, `apply` and `diff` */
export const addConfig: AddCommand = (program, run) => {
  const config = program.command('config').description("customers' configurations");
  config
    .command('validate <file>')
    .description('check a configuration file, and apply nothing')
    .action((file: string) => {
      run((session) => validate(session, file));
    });
  config
    .command('schema')
    .description('the JSON schema of configuration files, for editors')
    .option('--output <file>', 'write it there')
    .action(({ output }: { output?: string }) => {
      run((session) => schema(session, output));
    });
  config
    .command('apply <file>')
    .description('put a configuration in force')
    .addHelpText('after', APPLY_HELP)
    .action((file: string) => {
      run((session) => apply(session, file));
    });
  config
    .command('diff <file>')
    .description('what a changed configuration would do, object by object; nothing is written')
    .option('--limit <number>', 'at most so many objects of a forest are listed; all are counted', positive, LISTED)
    .addHelpText('after', DIFF_HELP)
    .action((file: string, { limit }: { limit: number }) => {
      run((session) => configDiff(session, file, limit));
    });
};

async function validate({ out }: Session, file: string): Promise<ExitCode> {
  const { customer, forests, managed } = await readConfigurationFile(file);
  out.value({ valid: true, customer, forests: forests.map((forest) => forest.name), managed: managed.name });
  out.say(
    `${file} is a configuration of ${customer}, with ${forests.map((forest) => forest.name).join(', ')}. Nothing was applied.`,
  );
  return DONE;
}

async function schema({ out }: Session, output: string | undefined): Promise<ExitCode> {
  const text = `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`;
  if (output === undefined) {
    out.print(text.trimEnd());
    return DONE;
  }
  await writeFile(output, text).catch((error: unknown) => {
    throw new Mistake(`${output} can not be written: ${errorText(error)}.`);
  });
  out.value({ written: output });
  out.say(`${output} is written.`);
  return DONE;
}

async function apply(session: Session, file: string): Promise<ExitCode> {
  const { out, database, settings } = session;
  const configuration = await readConfigurationFile(file);
  const { customer } = configuration;
  const client = await session.temporal();
  await migrate(database);
  await requireNotLeaving(session, customer);
  const before = await currentConfiguration(database, customer);
  const { number, isNew, broughtBack } = await stored(session, configuration);
  await registerSearchAttributes(await session.connection(), client.options.namespace);
  await applySchedules(client, configuration, settings.taskQueue);
  const kept = new Set(configuration.forests.map((forest) => forest.name));
  const gone = before?.configuration.forests.filter((forest) => !kept.has(forest.name)) ?? [];
  await removeSchedules(client, { customer, forests: gone });
  const reported = await applyReportSchedule(client, configuration, settings.taskQueue);
  await applyCleanSchedule(client, configuration, settings.taskQueue);
  const alerted = await applyAlertSchedule(client, configuration, settings.taskQueue);
  const historyDays = await keepHistories(session);
  out.value({
    customer,
    number,
    isNew,
    broughtBack,
    schedules: [...kept],
    removed: gone.map((forest) => forest.name),
    reported,
    alerted,
    historyDays,
  });
  out.say(
    isNew
      ? `${file} is in force as version ${String(number)} of ${customer}.`
      : `${file} was in force already, as version ${String(number)} of ${customer}.`,
  );
  if (broughtBack) out.say(`${customer} was offboarded, and is brought back: its cycles begin again.`);
  for (const forest of kept) out.say(`A cycle of ${customer}/${forest} runs every ${configuration.cycle.every}.`);
  if (reported)
    out.say(
      `A report of ${customer} is made every day at ${configuration.reports.at} (${configuration.reports.timeZone}).`,
    );
  if (alerted) out.say(`Every ${configuration.alerts.every} it is looked whether somebody should know something.`);
  out.say(`What has been kept long enough is deleted every day at ${configuration.keeping.at} (UTC).`);
  for (const forest of gone)
    out.say(`${customer}/${forest.name} is not synchronized any more; what it has stays as it is.`);
  return DONE;
}

/** @throws Mistake while an offboarding ends what of the customer there is: its Schedules are about to go */
async function requireNotLeaving(session: Session, customer: string): Promise<void> {
  const last = await lastOffboarding(session.database, customer);
  if (last?.liftedAt !== null) return;
  const isLeft = last.way === 'leave' && last.state === 'running';
  if (isLeft || (last.state === 'completed' && (await isRunning(await offboardingOf(session, customer)))))
    throw new Mistake(
      `${customer} is being offboarded: apply it when that has ended, to bring it back (itasca offboard status ${customer}).`,
    );
}

/** @returns days that Temporal keeps the histories of ended workflows, of all customers of its namespace */
async function keepHistories(session: Session): Promise<number> {
  const { database } = session;
  const asked = [];
  for (const customer of await customers(database)) {
    const current = await currentConfiguration(database, customer);
    if (current !== null) asked.push(current.configuration.keeping);
  }
  const days = namespaceDays(asked);
  const { namespace } = (await session.temporal()).options;
  try {
    await applyRetention(await session.connection(), namespace, days);
    return days;
  } catch (error) {
    throw error instanceof RetentionRefused ? new Mistake(`All else is done and in force. ${error.message}`) : error;
  }
}

async function stored({ database }: Session, configuration: Configuration): ReturnType<typeof applyConfiguration> {
  try {
    return await applyConfiguration(database, configuration);
  } catch (error) {
    throw error instanceof DomainTaken ? new Mistake(error.message) : error;
  }
}

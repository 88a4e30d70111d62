import { rm } from 'node:fs/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { Configuration } from '../rules/configuration.ts';
import { applyConfiguration } from '../store/configurations.ts';
import { Database } from '../store/database.ts';
import { listErrors } from '../store/errors.ts';
import { forestId, type ForestId } from '../store/forests.ts';
import { countIdentities } from '../store/identities.ts';
import { migrate } from '../store/migrate.ts';
import { reconnectionsOf } from '../store/reconnection-cases.ts';
import { cycleReport, type CycleReport } from '../store/progress.ts';
import { countRecipients } from '../store/recipients.ts';
import { readConfigurationFile } from '../worker/configuration-file.ts';
import { applyAlertSchedule } from '../worker/alert-schedule.ts';
import { applyCleanSchedule } from '../worker/clean-schedule.ts';
import { applyReportSchedule, removeReportSchedule } from '../worker/report-schedule.ts';
import { applySchedules, removeSchedules } from '../worker/schedules.ts';
import { registerSearchAttributes } from '../worker/search-attributes.ts';
import { cycleId, reconnectionId, taskQueue } from '../workflows/ids.ts';
import type { syncCycle } from '../workflows/sync-cycle.ts';
import { loadSample } from './sample/load.ts';
import { LEAVER, RECREATED, UNSURE } from './sample/unusual.ts';
import { sampleVersion } from './sample/version.ts';
import { prepareCustomerTemplate } from './stack/customer-template.ts';
import type { ForestHandle } from './stack/forest.ts';
import { StackError } from './stack/stack-error.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { readArguments, usage, type StartArguments } from './start/arguments.ts';
import { changeCustomer } from './start/customer-changes.ts';
import { ProgressLine } from './start/progress.ts';
import { commandSettingsFile, configurationFile, writeAccess, writeCommandSettings } from './start/sample-access.ts';
import { cycleTable, errorTable, recipientTable } from './start/summary.ts';
import { WorkerProcess } from './start/worker-process.ts';

const SCHEMA = 'itasca_sample';
const LOOK_EVERY_MS = 250;
const ERRORS_SHOWN = 25;
/** Objects of the sample between two lines while it is loaded. */
const LOAD_SHOWN = 500;
/** Width of tables where there is no terminal. */
const LOG_COLUMNS = 160;

const say = (line: string): void => {
  console.log(line);
};

/** Ends a start in order, last begun first, whatever it has reached. */
const cleanup: (() => Promise<unknown>)[] = [];
let stopping: Promise<void> | undefined;
function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const undo of cleanup.reverse())
      await undo().catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
      });
  })();
  return stopping;
}

class Interrupted extends Error {}
const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      reject(new Interrupted(signal));
    });
});
interrupted.catch(() => undefined);

async function main(args: StartArguments): Promise<void> {
  const began = Date.now();
  const customerTemplate = await prepareCustomerTemplate('contoso', await sampleVersion(), loadCustomer, say);
  const stack = await startStack('start', { keep: args.keep, customerTemplate, onProgress: say });
  cleanup.push(() => stack.stop());
  await writeAccess(stack);
  await writeCommandSettings(stack, SCHEMA);
  cleanup.push(() => rm(commandSettingsFile, { force: true }));
  const configuration = await readConfigurationFile(configurationFile);

  const database = new Database({ url: stack.databaseUrl, schema: SCHEMA });
  cleanup.push(() => database.close());
  if (!args.keep) await database.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  await migrate(database);
  const applied = await applyConfiguration(database, configuration);
  say(`configuration ${configurationFile} is in force as version ${String(applied.number)}`);

  const connection = await Connection.connect({ address: stack.temporal.address });
  cleanup.push(() => connection.close());
  const client = new Client({ connection, namespace: stack.temporal.namespace });
  await registerSearchAttributes(connection, stack.temporal.namespace);
  await removeSchedules(client, configuration);
  await removeReportSchedule(client, configuration.customer);
  await startWorker(stack);
  say(`worker ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);

  for (const forest of configuration.forests) await firstCycle(client, database, configuration, forest.name);
  await nextDay(stack.customer, client, database, configuration);
  if (args.once) return;
  await applySchedules(client, configuration, taskQueue);
  await applyReportSchedule(client, configuration, taskQueue);
  await applyCleanSchedule(client, configuration, taskQueue);
  await applyAlertSchedule(client, configuration, taskQueue);
  say(`A cycle now runs every ${configuration.cycle.every}.`);
  if (stack.temporal.uiUrl !== null) say(`Temporal UI: ${stack.temporal.uiUrl}`);
  say('Look at it: npx itasca status');
  say('Ctrl-C stops everything that this start began.\n');
  const [forest] = configuration.forests;
  if (forest !== undefined)
    await follow(
      database,
      await forestId(database, { side: 'source', customer: configuration.customer, name: forest.name }),
    );
}

async function loadCustomer(forest: ForestHandle): Promise<void> {
  await loadSample(forest, ({ stage, done, total }) => {
    if (done % LOAD_SHOWN === 0 || done === total) say(`  ${stage} ${String(done)}/${String(total)}`);
  });
}

async function startWorker(stack: Stack): Promise<void> {
  const environment = {
    databaseUrl: stack.databaseUrl,
    schema: SCHEMA,
    temporalAddress: stack.temporal.address,
    temporalNamespace: stack.temporal.namespace,
  };
  const worker = await WorkerProcess.start(environment, (code) => {
    console.error(`The worker ended by itself with code ${String(code)}; what it printed above says why.`);
    process.emit('SIGTERM');
  });
  cleanup.push(() => worker.stop());
}

/** Has the customer make its changes, and a cycle see them. */
async function nextDay(
  customer: ForestHandle,
  client: Client,
  database: Database,
  configuration: Configuration,
): Promise<void> {
  const [forest] = configuration.forests;
  if (forest === undefined) return;
  await changeCustomer(customer, configuration.services.attribute);
  const { outcome, counts } = await client.workflow.execute<typeof syncCycle>('syncCycle', {
    args: [{ customer: configuration.customer, forest: forest.name, profile: 'delta' }],
    taskQueue,
    workflowId: cycleId(configuration.customer, forest.name, new Date()),
    staticSummary: `Delta cycle of ${configuration.customer}/${forest.name}`,
  });
  if (outcome !== 'completed') return;
  say(`${LEAVER} is to lose the mailbox: the workflow that ends it waits for ${configuration.deprovisioning.grace}.`);
  if ((counts['reconnected'] ?? 0) > 0)
    say(`${RECREATED} was deleted and created again, and has the same mailbox: reconnected by employeeID.`);
  for (const { forest: name, guid, code } of await reconnectionsOf(database, configuration.customer, ['open'], 1))
    say(
      `${UNSURE} was created again without an employeeID: ${code ?? ''}, a case that waits for you in ${reconnectionId(configuration.customer, name, guid)}.`,
    );
}

/** Runs one cycle now, shows how it goes, and the result. A cycle that an earlier start left is waited for first. */
async function firstCycle(
  client: Client,
  database: Database,
  configuration: Configuration,
  forest: string,
): Promise<void> {
  const id = await forestId(database, { side: 'source', customer: configuration.customer, name: forest });
  const line = new ProgressLine(process.stdout);
  for (;;) {
    const handle = await client.workflow.start<typeof syncCycle>('syncCycle', {
      args: [{ customer: configuration.customer, forest, profile: 'full' }],
      taskQueue,
      workflowId: cycleId(configuration.customer, forest, new Date()),
      staticSummary: `Full cycle of ${configuration.customer}/${forest}`,
    });
    say(`cycle ${handle.workflowId}`);
    const result = await Promise.race([handle.result(), showWhile(handle, database, id, line)]);
    line.end();
    if (result.outcome === 'completed') break;
    say(`Another cycle of this forest runs: ${result.holder ?? ''}. Waiting for it.`);
    await client.workflow.getHandle(result.holder ?? '').result();
  }
  const report = await cycleReport(database, id);
  if (report === null) throw new Error('the cycle left no run');
  say(cycleTable(report, await countIdentities(database, id)));
  say(recipientTable(await countRecipients(database, id)));
  const errors = await listErrors(database, id, ERRORS_SHOWN);
  if (errors.length > 0) say(errorTable(errors, process.stdout.isTTY ? process.stdout.columns : LOG_COLUMNS));
}

/** Shows a cycle's progress; never ends by itself. */
async function showWhile(
  handle: WorkflowHandle,
  database: Database,
  forest: ForestId,
  line: ProgressLine,
): Promise<never> {
  for (;;) {
    const report = await cycleReport(database, forest);
    if (report?.workflowId === handle.workflowId && report.outcome === null) line.show(report, Date.now());
    await Promise.race([interrupted, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
  }
}

/** Says what the cycles that the Schedule starts do, until it is interrupted. */
async function follow(database: Database, forest: ForestId): Promise<never> {
  let last = '';
  for (;;) {
    const report = await cycleReport(database, forest);
    if (report !== null && report.outcome !== null && report.id !== last) {
      if (last !== '') say(oneLine(report));
      last = report.id;
    }
    await Promise.race([interrupted, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS * 4))]);
  }
}

function oneLine(report: CycleReport): string {
  const { counts } = report;
  const seconds =
    report.endedAt === null ? '' : `${((report.endedAt.getTime() - report.startedAt.getTime()) / 1000).toFixed(1)} s`;
  return `cycle ${report.id} ${report.outcome ?? ''} in ${seconds}: ${String(counts['changed'] ?? 0)} changed, ${String(report.plannedSoFar)} planned, ${String(report.written)} written, ${String(counts['errors'] ?? 0)} objects in error`;
}

try {
  const args = readArguments(process.argv.slice(2));
  if (args.help) say(usage);
  else await Promise.race([main(args), interrupted]);
} catch (error) {
  if (error instanceof Interrupted) {
    say('\nstopping');
    process.exitCode = 130;
  } else {
    const known =
      error instanceof StackError ||
      error instanceof TypeError ||
      (error instanceof Error && error.name === 'ConfigurationRefused');
    console.error(known ? error.message : error);
    process.exitCode = 1;
  }
} finally {
  await stop();
}

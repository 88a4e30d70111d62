import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import type { DirectoryEntry } from '../../directory/entries.ts';
import { present } from '../../directory/filter.ts';
import { openWriter, type DirectoryWriter } from '../../directory/writer.ts';
import { configurationSchema, type Configuration } from '../../rules/configuration.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { Database } from '../../store/database.ts';
import { forestId, type ForestId } from '../../store/forests.ts';
import { migrate } from '../../store/migrate.ts';
import type { RunProfile } from '../../store/runs.ts';
import type { ForestCoordinates } from '../../scripts/stack/forest.ts';
import type { ProgramSettings } from '../../activities/drivers/program.ts';
import type { MailServer } from '../../activities/send-mail.ts';
import type { AlertWays } from '../../worker/alert-settings.ts';
import { createWorker } from '../../worker/worker.ts';
import { cycleId } from '../../workflows/ids.ts';
import type { syncCycle, SyncCycleResult } from '../../workflows/sync-cycle.ts';
import { done, endpointOf, openSandbox, type Sandbox } from './directory-sandbox.ts';
import { sampleConfiguration } from './sample-configuration.ts';
import { testStack, WORKFLOWS_VARIABLE } from './stack.ts';

/** Itasca for one test file: a customer, an OU in each forest, a schema and a task queue of its own. */
export interface Product {
  readonly name: string;
  readonly configuration: Configuration;
  readonly database: Database;
  readonly schema: string;
  readonly temporal: Client;
  readonly taskQueue: string;
  /** The customer's OU in the Customer Forest, with an administrator's rights. */
  readonly source: Sandbox;
  /** The Managed Forest, with an administrator's rights: what a test sees and does behind Itasca's back. */
  readonly managed: DirectoryWriter;
  readonly managedOu: string;
  readonly forest: ForestId;
  /** Starts a cycle, by default a full one of the forest `corp`, and waits for its result. */
  cycle(profile?: RunProfile, forest?: string): Promise<SyncCycleResult>;
  /** The managed objects of the customer, by CN. */
  managedObjects(attributes: readonly string[]): Promise<ReadonlyMap<string, DirectoryEntry>>;
  /** Throws Itasca's database away and makes an empty one. */
  loseDatabase(): Promise<void>;
  dispose(): Promise<void>;
}

/** The sample's configuration for other forests, OUs and accounts. */
export function configurationFor(
  customer: string,
  sourceOu: string,
  managedOu: string,
  source: ForestCoordinates = testStack().customer,
  managed: ForestCoordinates = testStack().managed,
): Configuration {
  const sample = sampleConfiguration();
  const [forest] = sample.forests;
  if (forest === undefined) throw new Error('the sample has no forest');
  return configurationSchema.parse({
    ...sample,
    customer,
    forests: [
      {
        ...forest,
        domains: [{ namingContext: source.namingContext, controllers: [source.url] }],
        account: source.service.account,
        passwordFile: source.service.passwordFile,
        tls: { caFile: source.caFile },
        scope: { include: [sourceOu], exclude: [`OU=Excluded,${sourceOu}`] },
      },
    ],
    managed: {
      ...sample.managed,
      controllers: [managed.url],
      account: managed.service.account,
      passwordFile: managed.service.passwordFile,
      tls: { caFile: managed.caFile },
      ou: managedOu,
    },
    services: { ...sample.services, waitFor: '30s' },
  });
}

export interface ProductOptions {
  /** False leaves the work to a worker that the test starts itself. */
  readonly worker?: boolean;
  /** The customer's forest; the suite's by default. */
  readonly source?: ForestCoordinates;
  /** The Managed Forest; the suite's by default. */
  readonly managed?: ForestCoordinates;
  /** Program of the worker's command driver. */
  readonly program?: ProgramSettings;
  /** Mail server of the worker. */
  readonly mail?: MailServer;
  /** Program and webhook of the worker's alerts. */
  readonly alerts?: AlertWays;
  readonly change?: (configuration: Configuration) => Configuration;
}

/** Sets Itasca up for a test file, with a worker in this process. */
export async function openProduct(options: ProductOptions = {}): Promise<Product> {
  const stack = testStack();
  const source = await openSandbox(options.source ?? 'customer');
  const id = randomBytes(4).toString('hex');
  const name = `t${id}`;
  const managedForest = options.managed ?? stack.managed;
  const managed = openWriter(endpointOf(managedForest, 'administrator'));
  const managedOu = `OU=${name},OU=contoso,OU=Customers,${managedForest.namingContext}`;
  await done(managed.add(managedOu, { objectClass: ['organizationalUnit'] }));
  await done(source.writer.add(`OU=Excluded,${source.ou}`, { objectClass: ['organizationalUnit'] }));
  const configuration = (options.change ?? ((same) => same))(
    configurationFor(name, source.ou, managedOu, options.source, managedForest),
  );
  const schema = `test_${id}`;
  const database = new Database({ url: stack.databaseUrl, schema });
  await migrate(database);
  await applyConfiguration(database, configuration);
  const connection = await Connection.connect({ address: stack.temporal.address });
  const temporal = new Client({ connection, namespace: stack.temporal.namespace });
  const taskQueue = `test-${id}`;
  const stopWorker =
    options.worker === false
      ? () => Promise.resolve()
      : await startWorker(database, taskQueue, {
          program: options.program,
          mail: options.mail,
          alerts: options.alerts,
        });
  const key = { side: 'source', customer: name, name: 'corp' } as const;
  let cycles = 0;
  return {
    name,
    configuration,
    database,
    schema,
    temporal,
    taskQueue,
    source,
    managed,
    managedOu,
    forest: await forestId(database, key),
    cycle: (profile = 'full', ofForest = 'corp') => {
      cycles += 1;
      return temporal.workflow.execute<typeof syncCycle>('syncCycle', {
        args: [{ customer: name, forest: ofForest, profile }],
        taskQueue,
        workflowId: `${cycleId(name, ofForest)}-${String(cycles)}`,
      });
    },
    managedObjects: async (attributes) => {
      const found = new Map<string, DirectoryEntry>();
      const query = { base: managedOu, scope: 'one', filter: present('objectClass'), pageSize: 1000 } as const;
      for await (const page of managed.reader.pages({ ...query, attributes: [...attributes, 'name'] }))
        for (const entry of page) found.set(entry.attributes['name']?.[0] ?? entry.dn, entry);
      return found;
    },
    loseDatabase: async () => {
      await database.query(`DROP SCHEMA ${schema} CASCADE`);
      await migrate(database);
      await applyConfiguration(database, configuration);
      await forestId(database, key);
    },
    dispose: async () => {
      await stopWorker();
      await database.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await database.close();
      await connection.close();
      await removeBelow(managed, managedOu);
      await managed.close();
      await source.dispose();
    },
  };
}

/** Workers of this process say only what goes wrong. */
let quiet = false;

/** A worker in this process; to be stopped by what it answers. Its workflow code is the suite's, unless a `workflowBundle` has another. */
export async function startWorker(
  database: Database,
  taskQueue: string,
  parts: {
    readonly workflowBundle?: WorkflowBundleOption;
    readonly program?: ProgramSettings | undefined;
    readonly mail?: MailServer | undefined;
    readonly alerts?: AlertWays | undefined;
  } = {},
): Promise<() => Promise<void>> {
  if (!quiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
  quiet = true;
  const { temporal } = testStack();
  const connection = await NativeConnection.connect({ address: temporal.address });
  const worker = await createWorker({
    connection,
    namespace: temporal.namespace,
    taskQueue,
    database,
    environment: {},
    workflowBundle: parts.workflowBundle ?? { codePath: process.env[WORKFLOWS_VARIABLE] ?? '' },
    ...(parts.program === undefined ? {} : { program: parts.program }),
    ...(parts.mail === undefined ? {} : { mail: parts.mail }),
    ...(parts.alerts === undefined ? {} : { alerts: parts.alerts }),
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}

export async function removeBelow(writer: DirectoryWriter, ou: string): Promise<void> {
  const below: string[] = [];
  const query = { base: ou, scope: 'sub', filter: present('objectClass'), attributes: [], pageSize: 1000 } as const;
  for await (const page of writer.reader.pages(query)) below.push(...page.map((entry) => entry.dn));
  for (const dn of below.sort((one, other) => other.length - one.length)) await writer.remove({ dn });
}

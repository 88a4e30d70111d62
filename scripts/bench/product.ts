import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { parse } from 'yaml';
import { configurationSchema, type Configuration } from '../../rules/configuration.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { Database } from '../../store/database.ts';
import { migrate } from '../../store/migrate.ts';
import { cycleId, taskQueue } from '../../workflows/ids.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import type { Stack } from '../stack/stack.ts';
import { WorkerProcess } from '../start/worker-process.ts';
import { peakRssMiB } from './memory.ts';
import { seconds, stagesOf, type Stage } from './stages.ts';
import type { emptyObjects } from './worker/workflows.ts';

export const SCHEMA = 'itasca_bench';
const FOREST = 'corp';
const LOOK_EVERY_MS = 500;
const workerProgram = join(import.meta.dirname, 'worker', 'main.ts');
const sampleFile = join(import.meta.dirname, '..', '..', 'config', 'contoso.yaml');

export interface MeasuredCycle {
  readonly counts: Readonly<Record<string, number>>;
  readonly stages: readonly Stage[];
}

/** Itasca with a seeded customer: a worker process as in production, on a stack of its own. */
export class BenchProduct {
  readonly database: Database;
  readonly configuration: Configuration;
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #worker: WorkerProcess;
  #cycles = 0;

  private constructor(
    database: Database,
    configuration: Configuration,
    connection: Connection,
    namespace: string,
    worker: WorkerProcess,
  ) {
    this.database = database;
    this.configuration = configuration;
    this.#connection = connection;
    this.#client = new Client({ connection, namespace });
    this.#worker = worker;
  }

  /** @param ou name of the customer's organizational unit that is in scope */
  static async start(stack: Stack, ou: string): Promise<BenchProduct> {
    const configuration = await configurationOf(stack, ou);
    const database = new Database({ url: stack.databaseUrl, schema: SCHEMA });
    await migrate(database);
    await applyConfiguration(database, configuration);
    const { address, namespace } = stack.temporal;
    const connection = await Connection.connect({ address });
    const environment = {
      databaseUrl: stack.databaseUrl,
      schema: SCHEMA,
      temporalAddress: address,
      temporalNamespace: namespace,
      program: workerProgram,
    };
    const worker = await WorkerProcess.start(environment, (code) => {
      throw new Error(`the worker ended with code ${String(code)}`);
    });
    return new BenchProduct(database, configuration, connection, namespace, worker);
  }

  /** Runs a cycle to its end. @throws when something was refused or is not confirmed */
  async cycle(profile: 'full' | 'delta'): Promise<MeasuredCycle> {
    this.#cycles += 1;
    const { customer } = this.configuration;
    const handle = await this.#client.workflow.start<typeof syncCycle>('syncCycle', {
      args: [{ customer, forest: FOREST, profile }],
      taskQueue,
      workflowId: `${cycleId(customer, FOREST)}-${String(this.#cycles)}`,
    });
    const { counts, outcome } = await handle.result();
    if (outcome !== 'completed' || (counts['unconfirmed'] ?? 0) > 0 || (counts['failed'] ?? 0) > 0)
      throw new Error(`the cycle did not go well: ${outcome} ${JSON.stringify(counts)}`);
    return { counts, stages: await stagesOf(handle) };
  }

  /** Has a cycle read the customer forest whole, and ends it there. */
  async read(): Promise<MeasuredCycle> {
    this.#cycles += 1;
    const { customer } = this.configuration;
    const handle = await this.#client.workflow.start<typeof syncCycle>('syncCycle', {
      args: [{ customer, forest: FOREST, profile: 'full' }],
      taskQueue,
      workflowId: `${cycleId(customer, FOREST)}-${String(this.#cycles)}`,
    });
    for (;;) {
      const stages = await stagesOf(handle);
      if (stages.some(({ activity }) => activity === 'readSource')) {
        await handle.terminate('it has read');
        const [row] = await this.database.query<{ read: number }>(
          "SELECT (counts ->> 'read')::int AS read FROM run ORDER BY id DESC LIMIT 1",
        );
        return { counts: { read: row?.read ?? 0 }, stages };
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Runs so many empty workflows with one activity each. @returns seconds from the first start to the last end */
  async emptyWorkflows(count: number): Promise<number> {
    this.#cycles += 1;
    const handle = await this.#client.workflow.start<typeof emptyObjects>('emptyObjects', {
      args: [count],
      taskQueue,
      workflowId: `empty-${String(this.#cycles)}`,
    });
    await handle.result();
    return seconds(await stagesOf(handle), 'startEmpty');
  }

  /** Has the next cycle evaluate every object again, as after any change of the configuration. */
  async touchConfiguration(): Promise<void> {
    const every = `${String(100 + this.#cycles)}s`;
    await applyConfiguration(this.database, { ...this.configuration, cycle: { ...this.configuration.cycle, every } });
  }

  /** The most memory that the worker has had resident so far, MiB. */
  peakRssMiB(): Promise<number> {
    return peakRssMiB(this.#worker.pid);
  }

  /** The attributes that a read of the customer forest asks for. */
  async askedAttributes(): Promise<readonly string[]> {
    const [row] = await this.database.query<{ asked: string }>(
      "SELECT asked FROM watermark w JOIN forest f ON f.id = w.forest_id WHERE f.side = 'source'",
    );
    return (row?.asked ?? '').split(' ');
  }

  async stop(): Promise<void> {
    await this.#worker.stop();
    await this.#connection.close();
    await this.database.close();
  }
}

async function configurationOf(stack: Stack, ou: string): Promise<Configuration> {
  const sample = configurationSchema.parse(parse(await readFile(sampleFile, 'utf8')));
  const [forest] = sample.forests;
  if (forest === undefined) throw new Error('the sample has no forest');
  return configurationSchema.parse({
    ...sample,
    forests: [
      {
        ...forest,
        domains: [{ namingContext: stack.customer.namingContext, controllers: [stack.customer.url] }],
        passwordFile: stack.customer.service.passwordFile,
        tls: { caFile: stack.customer.caFile },
        scope: { include: [`OU=${ou},${stack.customer.namingContext}`], exclude: [] },
      },
    ],
    managed: {
      ...sample.managed,
      controllers: [stack.managed.url],
      passwordFile: stack.managed.service.passwordFile,
      tls: { caFile: stack.managed.caFile },
    },
    // Nobody is there to approve what is measured.
    guard: { ...sample.guard, changed: { count: 1_000_000, percent: 100, few: 100 } },
  });
}

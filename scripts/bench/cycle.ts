import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { parse } from 'yaml';
import { managedDn } from '../../activities/name-identities.ts';
import { CLASSES } from '../../activities/write-change.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { configurationSchema, type Configuration } from '../../rules/configuration.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { Database } from '../../store/database.ts';
import { migrate } from '../../store/migrate.ts';
import { cycleId, taskQueue } from '../../workflows/ids.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import type { Stack } from '../stack/stack.ts';
import { WorkerProcess } from '../start/worker-process.ts';
import { peakRssMiB } from './memory.ts';
import type { RawObject } from './raw-adds.ts';
import { seconds, stagesOf } from './stages.ts';

const SCHEMA = 'itasca_bench';
const sampleFile = join(import.meta.dirname, '..', '..', 'config', 'contoso.yaml');

/** Objects a second of each stage of a cycle. */
export interface Rates extends Readonly<Record<string, number>> {
  readonly writeObjects: number;
}

export interface CycleFigures {
  readonly rates: Rates;
  readonly seconds: Readonly<Record<string, number>>;
  /** What was added, as it was added. */
  readonly objects: readonly RawObject[];
  readonly workerPeakRssMiB: number;
}

/** Runs one cycle of a seeded customer, by a worker process as in production, and measures its stages. */
export async function measureCycle(stack: Stack, ou: string): Promise<CycleFigures> {
  const configuration = await configurationOf(stack, ou);
  const database = new Database({ url: stack.databaseUrl, schema: SCHEMA });
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    await migrate(database);
    await applyConfiguration(database, configuration);
    const worker = await WorkerProcess.start(
      {
        databaseUrl: stack.databaseUrl,
        schema: SCHEMA,
        temporalAddress: stack.temporal.address,
        temporalNamespace: stack.temporal.namespace,
      },
      (code) => {
        throw new Error(`the worker ended with code ${String(code)}`);
      },
    );
    try {
      const client = new Client({ connection, namespace: stack.temporal.namespace });
      const handle = await client.workflow.start<typeof syncCycle>('syncCycle', {
        args: [{ customer: configuration.customer, forest: 'corp', profile: 'full' }],
        taskQueue,
        workflowId: cycleId(configuration.customer, 'corp'),
      });
      const { counts } = await handle.result();
      if ((counts['unconfirmed'] ?? 0) > 0 || (counts['failed'] ?? 0) > 0)
        throw new Error(`the cycle did not go well: ${JSON.stringify(counts)}`);
      const stages = await stagesOf(handle);
      const spent = {
        readSource: seconds(stages, 'readSource'),
        evaluate: seconds(stages, 'evaluate'),
        planObjects: seconds(stages, 'planObjects'),
        writeObjects: seconds(stages, 'writePage', 0),
        confirmObjects: seconds(stages, 'readManaged', 1),
        planReferences: seconds(stages, 'planReferences'),
        writeReferences: seconds(stages, 'writePage', 1),
        provision: seconds(stages, 'startServices') + seconds(stages, 'awaitServices'),
        confirm: seconds(stages, 'readManaged', 2) + seconds(stages, 'confirm'),
      };
      const objects = await addedObjects(database, configuration);
      const links = await linkCount(database);
      const rate = (count: number, time: number): number => (time === 0 ? 0 : count / time);
      const rates = {
        readSource: rate(counts['read'] ?? 0, spent.readSource),
        evaluate: rate(counts['evaluated'] ?? 0, spent.evaluate),
        planObjects: rate(objects.length, spent.planObjects),
        writeObjects: rate(objects.length, spent.writeObjects),
        confirmObjects: rate(objects.length, spent.confirmObjects),
        planReferences: rate(links, spent.planReferences),
        writeReferences: rate(links, spent.writeReferences),
        provision: rate(counts['provisioned'] ?? 0, spent.provision),
        confirm: rate(objects.length, spent.confirm),
        whole: rate(
          objects.length,
          Object.values(spent).reduce((sum, time) => sum + time, 0),
        ),
      };
      return { rates, seconds: spent, objects, workerPeakRssMiB: await peakRssMiB(worker.pid) };
    } finally {
      await worker.stop();
    }
  } finally {
    await connection.close();
    await database.close();
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
  });
}

async function addedObjects(database: Database, configuration: Configuration): Promise<readonly RawObject[]> {
  const rows = await database.query<{ cn: string; kind: ObjectKind; after: AttributeImage }>(
    "SELECT i.cn, i.kind, p.after FROM planned_change p JOIN identity i ON i.id = p.identity_id WHERE p.operation = 'add' ORDER BY p.id",
  );
  return rows.map(({ cn, kind, after }) => ({
    dn: managedDn(cn, configuration.managed.ou),
    attributes: { objectClass: CLASSES[kind], ...after },
  }));
}

async function linkCount(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "SELECT coalesce(sum(jsonb_array_length(before) + jsonb_array_length(after)), 0)::int AS count FROM planned_change WHERE operation = 'link'",
  );
  return row?.count ?? 0;
}

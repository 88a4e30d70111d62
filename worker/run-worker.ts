import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { attend } from './rules-presence.ts';
import { rulesVersion } from './rules-version.ts';
import { readSettings } from './settings.ts';
import { createWorker, type WorkerParts } from './worker.ts';

/**
 * A worker process's work: connects, brings the schema up to date, says `worker ready`, and works until it is told to stop.
 *
 * @param more what it offers beside Itasca
 * @throws SettingsError when the environment is not right
 */
export async function runWorker(environment: NodeJS.ProcessEnv, more?: WorkerParts['more']): Promise<void> {
  const settings = readSettings(environment);
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const temporal = loadClientConnectConfig();
  const database = new Database({ url: settings.databaseUrl, schema: settings.schema, connections: 12 });
  try {
    await migrate(database);
    const connection = await NativeConnection.connect(temporal.connectionOptions);
    try {
      const worker = await createWorker({
        connection,
        namespace: temporal.namespace ?? 'default',
        taskQueue: settings.taskQueue,
        database,
        environment,
        ...(settings.program === undefined ? {} : { program: settings.program }),
        ...(more === undefined ? {} : { more }),
      });
      const leave = await attend(database, await rulesVersion());
      process.stdout.write('worker ready\n');
      try {
        await worker.run();
      } finally {
        await leave();
      }
    } finally {
      await connection.close();
    }
  } finally {
    await database.close();
  }
}

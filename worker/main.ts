import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { attend } from './rules-presence.ts';
import { rulesVersion } from './rules-version.ts';
import { readSettings, SettingsError } from './settings.ts';
import { createWorker } from './worker.ts';

/** The worker process: connects, brings the schema up to date, and works until it is told to stop. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
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
        environment: process.env,
        ...(settings.program === undefined ? {} : { program: settings.program }),
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

try {
  await main();
} catch (error) {
  process.stderr.write(
    error instanceof SettingsError
      ? `The worker's environment is not right:\n${error.message}\n`
      : `The worker ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}

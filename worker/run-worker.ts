import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { serveHealth, type HealthParts } from './health.ts';
import type { ListenAddress } from './health-settings.ts';
import { attend } from './rules-presence.ts';
import { rulesVersion } from './rules-version.ts';
import { readSettings, SettingsError, type WorkerSettings } from './settings.ts';
import { createWorker, type WorkerParts } from './worker.ts';

/**
 * A worker process's work: connects, brings the schema up to date, says `worker ready`, and works until it is told to stop.
 *
 * @param more what it offers beside Itasca
 * @throws SettingsError when the environment is not right
 */
export async function runWorker(environment: NodeJS.ProcessEnv, more?: WorkerParts['more']): Promise<void> {
  const settings = readSettings(environment);
  installRuntime(settings.sdkMetricsAddress);
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
        ...(settings.mail === undefined ? {} : { mail: settings.mail }),
        ...(settings.alerts === undefined ? {} : { alerts: settings.alerts }),
        ...(more === undefined ? {} : { more }),
      });
      const endHealth = await answerMonitoring(settings, {
        connection,
        namespace: temporal.namespace ?? 'default',
        taskQueue: settings.taskQueue,
        worker,
      });
      const leave = await attend(database, await rulesVersion());
      process.stdout.write('worker ready\n');
      try {
        await worker.run();
      } finally {
        await leave();
        await endHealth();
      }
    } finally {
      await connection.close();
    }
  } finally {
    await database.close();
  }
}

/** @throws SettingsError when the address of its metrics can not be listened on */
function installRuntime(metrics: ListenAddress | undefined): void {
  const logger = new DefaultLogger('WARN');
  if (metrics === undefined) {
    Runtime.install({ logger });
    return;
  }
  const bindAddress = `${metrics.host.includes(':') ? `[${metrics.host}]` : metrics.host}:${String(metrics.port)}`;
  try {
    Runtime.install({ logger, telemetryOptions: { metrics: { prometheus: { bindAddress } } } });
  } catch (error) {
    throw new SettingsError(
      `ITASCA_SDK_METRICS_ADDRESS: can not be listened on (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** @returns ends that */
async function answerMonitoring(
  { healthAddress, databaseUrl, schema }: WorkerSettings,
  parts: Omit<HealthParts, 'address' | 'database'>,
): Promise<() => Promise<void>> {
  if (healthAddress === undefined) return () => Promise.resolve();
  try {
    return await serveHealth({ ...parts, address: healthAddress, database: { url: databaseUrl, schema } });
  } catch (error) {
    throw new SettingsError(
      `ITASCA_HEALTH_ADDRESS: can not be listened on (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

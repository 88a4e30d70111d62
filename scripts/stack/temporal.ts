import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { accepts, assertFree, freePort } from './ports.ts';
import type { Profile } from './profiles.ts';
import type { RunFolder } from './run-folder.ts';
import { endWithParent, ServiceProcess } from './service-process.ts';
import { StackError } from './stack-error.ts';

const NAMESPACE = 'default';
/** How long finished runs can be looked at where data is kept; the server's own default is a day. */
const RETENTION = '720h';
const CALL_MILLISECONDS = 2_000;
/** grpc.health.v1.HealthCheckResponse.ServingStatus. */
const SERVING = 1;

const DYNAMIC_CONFIGURATION: Readonly<Record<string, string>> = {
  // The development server has one shard and polls it 20 times a second by default: 45 ms of waiting for every step.
  'history.transferProcessorMaxPollRPS': '5000',
  'history.timerProcessorMaxPollRPS': '5000',
  'history.visibilityProcessorMaxPollRPS': '5000',
  'matching.useNewMatcher': 'true',
  'matching.enableFairness': 'true',
  'system.enableEagerWorkflowStart': 'true',
};

export interface TemporalCoordinates {
  /** host:port of the gRPC frontend. */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
}

export interface TemporalHandle extends TemporalCoordinates {
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The operator's own server, which we neither start nor stop. */
export function externalTemporal(address: string): TemporalHandle {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new StackError(`The Temporal server at ${address} (TEMPORAL_ADDRESS) is not ours to start or kill.`),
    );
  return {
    address,
    namespace: process.env.TEMPORAL_NAMESPACE ?? NAMESPACE,
    uiUrl: null,
    kill: refuse,
    start: refuse,
    stop: () => Promise.resolve(),
  };
}

/** Run calls on a connection that does not outlive them. */
async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = Connection.lazy({ address });
  try {
    return await connection.withDeadline(Date.now() + CALL_MILLISECONDS, () => use(connection));
  } finally {
    await connection.close();
  }
}

/** Ready when the frontend says SERVING and the namespace, which is registered a moment later, is there. */
async function isReady(port: number): Promise<boolean> {
  // A gRPC client that finds nobody waits a second before it tries again.
  if (!(await accepts('127.0.0.1', port))) return false;
  try {
    return await withConnection(`127.0.0.1:${port}`, async ({ healthService, workflowService }) => {
      const health = await healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' });
      await workflowService.describeNamespace({ namespace: NAMESPACE });
      const status: number = health.status;
      return status === SERVING;
    });
  } catch {
    return false;
  }
}

function serverArguments(port: number, uiPort: number, profile: Profile, database: string): string[] {
  const configuration = { ...DYNAMIC_CONFIGURATION, ...profile.temporalConfiguration };
  return [
    ...['server', 'start-dev', '--disable-config-file', '--disable-config-env', '--log-level', 'error'],
    ...['--ip', '127.0.0.1', '--port', String(port)],
    ...['--ui-port', String(uiPort)],
    ...['--db-filename', database, '--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
    ...Object.values(searchAttributes).flatMap(({ name }) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries(configuration).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]),
  ];
}

/**
 * Start Temporal's development server with its database in the run folder.
 *
 * @param binary the Temporal CLI
 * @param keep whether its data is wanted after it has stopped
 * @throws {StackError} when a port is taken or it does not start
 */
export async function startTemporal(
  folder: RunFolder,
  profile: Profile,
  binary: string,
  keep: boolean,
): Promise<TemporalHandle> {
  const directory = join(folder.path, 'temporal');
  await mkdir(directory, { recursive: true });
  const port = profile.ports?.temporal ?? (await freePort());
  const uiPort = profile.ports?.temporalUi ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const temporal = new ServiceProcess({
    name: 'The Temporal server',
    command: endWithParent(
      { program: binary, args: serverArguments(port, uiPort, profile, join(directory, 'temporal.db')) },
      'SIGTERM',
    ),
    logFile: join(directory, 'temporal.log'),
    recordFile: folder.recordFile('temporal'),
    stopSignal: 'SIGTERM',
    isReady: () => isReady(port),
  });
  const start = async (): Promise<void> => {
    await assertFree('127.0.0.1', [port, uiPort], 'The Temporal server');
    await temporal.start();
  };
  await start();
  if (profile.ports !== undefined) {
    const update = ['operator', 'namespace', 'update', '--namespace', NAMESPACE, '--retention', RETENTION];
    await promisify(execFile)(binary, [
      ...update,
      '--address',
      address,
      '--disable-config-file',
      '--disable-config-env',
    ]);
  }
  return {
    address,
    namespace: NAMESPACE,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    start,
    // Its shutdown takes a second, which only data that is kept is worth.
    stop: () => (keep ? temporal.stop() : temporal.kill()),
    kill: () => temporal.kill(),
  };
}

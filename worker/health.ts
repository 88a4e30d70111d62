import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { Database, type DatabaseSettings } from '../store/database.ts';
import { forestStandings } from '../store/forest-standing.ts';
import type { ListenAddress } from './health-settings.ts';
import { metricsText } from './metrics.ts';

/** What is asked about. */
export interface HealthParts {
  readonly address: ListenAddress;
  readonly database: Omit<DatabaseSettings, 'connections'>;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly worker: Worker;
}

/** An answer that takes longer is none. */
const PATIENCE_MS = 3_000;

/** A long poll lasts a minute; who has not asked for work for longer does not any more. */
const POLLED_WITHIN_MS = 90_000;

/**
 * Answers monitoring while the worker runs: `/healthz` whether the process works at all, `/readyz` whether it reaches
 * PostgreSQL and Temporal and asks for work, `/metrics` how each forest stands, for Prometheus. Has connections of its own:
 * a busy worker is not an ill one.
 *
 * @returns ends that
 * @throws where the address can not be listened on
 */
export async function serveHealth(parts: HealthParts): Promise<() => Promise<void>> {
  const database = new Database({ ...parts.database, connections: 2 });
  const ready = shared(() => readiness(parts, database));
  const metrics = shared(async () => metricsText(await forestStandings(database), Date.now()));
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      respond(response, 503, 'not available\n');
    });
  });
  server.requestTimeout = 10_000;
  server.maxConnections = 50;

  async function answer({ url, method }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') {
      respond(response, 405, 'only GET\n');
      return;
    }
    switch (url?.replace(/\?.*$/, '') ?? '') {
      case '/healthz': {
        const state = parts.worker.getState();
        const working = state !== 'FAILED' && state !== 'STOPPED';
        respond(response, working ? 200 : 503, `${working ? 'ok' : 'the worker has ended'}\n`);
        return;
      }
      case '/readyz': {
        const checks = await ready();
        const lines = Object.entries(checks).map(([what, problem]) => `${what}: ${problem ?? 'ok'}\n`);
        respond(response, Object.values(checks).every((problem) => problem === null) ? 200 : 503, lines.join(''));
        return;
      }
      case '/metrics':
        respond(response, 200, await within(metrics()), 'text/plain; version=0.0.4; charset=utf-8');
        return;
      default:
        respond(response, 404, '/healthz, /readyz or /metrics\n');
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(parts.address.port, parts.address.host, resolve);
  });
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await database.close();
  };
}

/** What is in the way, by what was looked at. Says nothing of where things are: whoever reaches the address may read it. */
async function readiness(
  { connection, namespace, taskQueue, worker }: HealthParts,
  database: Database,
): Promise<Readonly<Record<'database' | 'temporal' | 'worker', string | null>>> {
  const [reached, pollers] = await Promise.all([
    within(database.query('SELECT 1')).then(
      () => true,
      () => false,
    ),
    // Of the queue of workflow tasks, where no type is named: a worker that is busy with activities asks there still.
    within(
      connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
      }),
    ).then(
      ({ pollers: known }) => known,
      () => null,
    ),
  ]);
  const since = (Date.now() - POLLED_WITHIN_MS) / 1000;
  const polls = pollers?.some(
    ({ identity, lastAccessTime }) => identity === worker.options.identity && Number(lastAccessTime?.seconds) >= since,
  );
  return {
    database: reached ? null : 'can not be reached',
    temporal: pollers === null ? 'can not be reached' : null,
    worker: worker.getState() !== 'RUNNING' ? 'is not running' : polls === true ? null : 'does not ask for work',
  };
}

/** Who asks while the same is being looked up waits for that: many questions are not many queries. */
function shared<T>(look: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return () => {
    underWay ??= look().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('no answer in time'));
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function respond(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(text);
}

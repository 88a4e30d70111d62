import { createServer } from 'node:net';
import { WorkerProcess, type WorkerEnvironment } from '../../scripts/start/worker-process.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
let temporal: Proxy;
let postgres: Proxy;
let worker: WorkerProcess;
let health: string;
let sdkMetrics: string;

const { databaseUrl, temporal: server } = testStack();

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('not listening on TCP'));
        else resolve(address.port);
      });
    });
  });
}

function proxyFor(url: URL): Promise<Proxy> {
  return startProxy(url.hostname, Number(url.port));
}

function workerEnvironment(variables: Readonly<Record<string, string>>): WorkerEnvironment {
  const database = new URL(databaseUrl);
  database.host = new URL(postgres.url).host;
  return {
    databaseUrl: database.href,
    schema: product.schema,
    temporalAddress: new URL(temporal.url).host,
    temporalNamespace: server.namespace,
    taskQueue: product.taskQueue,
    logFile: '/dev/null',
    variables,
  };
}

beforeAll(async () => {
  product = await openProduct({ worker: false });
  const alias = aliasesOf(product);
  await product.source.add('user', 'Secret Name', mailUser(alias('secret')));
  await product.source.add('user', 'Bad nick', mailUser(alias('badnick'), { mailNickname: ['bad nick'] }));
  temporal = await proxyFor(new URL(`tcp://${server.address}`));
  postgres = await proxyFor(new URL(databaseUrl));
  health = `127.0.0.1:${String(await freePort())}`;
  sdkMetrics = `127.0.0.1:${String(await freePort())}`;
  worker = await WorkerProcess.start(
    workerEnvironment({ ITASCA_HEALTH_ADDRESS: health, ITASCA_SDK_METRICS_ADDRESS: sdkMetrics }),
    () => undefined,
  );
}, 120_000);

afterAll(async () => {
  await worker.stop();
  temporal.close();
  postgres.close();
  await product.dispose();
});

async function ask(path: string, address = health): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://${address}${path}`);
  return { status: response.status, text: await response.text() };
}

/** Asks until the answer has that status. */
async function answered(path: string, status: number): Promise<string> {
  for (;;) {
    const answer = await ask(path);
    if (answer.status === status) return answer.text;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

// Shows: Monitoring / /healthz and /readyz: database and Temporal reachable, and polling (samba)
test('a worker is ready while it reaches its servers and asks for work, and says what it lacks', async () => {
  expect(await answered('/readyz', 200)).toBe('database: ok\ntemporal: ok\nworker: ok\n');
  expect(await ask('/healthz')).toEqual({ status: 200, text: 'ok\n' });

  postgres.dieAfter(0);
  postgres.cut();
  expect(await answered('/readyz', 503)).toBe('database: can not be reached\ntemporal: ok\nworker: ok\n');
  // It waits for its servers; starting it anew would not help.
  expect(await ask('/healthz')).toMatchObject({ status: 200 });
  postgres.revive();
  await answered('/readyz', 200);

  temporal.dieAfter(0);
  temporal.cut();
  expect(await answered('/readyz', 503)).toMatch(/^database: ok\ntemporal: can not be reached\n/);
  temporal.revive();
  await answered('/readyz', 200);
}, 120_000);

// Shows: Monitoring / /metrics: age of the last cycle, errors, approvals, backlog by customer and forest (samba)
test('metrics tell how each forest stands, and name nobody', async () => {
  const { text: before } = await ask('/metrics');
  expect(before).toMatch(
    new RegExp(`^itasca_last_cycle_age_seconds\\{customer="${product.name}",forest="corp"\\} \\d+$`, 'm'),
  );
  const { outcome } = await product.cycle();
  expect(outcome).toBe('completed');

  const { status, text } = await ask('/metrics');
  expect(status).toBe(200);
  const value = (line: string): number => Number(new RegExp(`^${line} (\\d+)$`, 'm').exec(text)?.[1] ?? NaN);
  const labels = `customer="${product.name}",forest="corp"`;
  expect(value(`itasca_last_cycle_age_seconds\\{${labels}\\}`)).toBeLessThan(30);
  expect(value(`itasca_objects_in_error\\{${labels},code="SE202"\\}`)).toBe(1);
  expect(value(`itasca_waiting_approvals\\{${labels},what="changes"\\}`)).toBe(0);
  expect(value(`itasca_backlog\\{${labels},what="evaluation"\\}`)).toBe(0);
  expect(value(`itasca_domain_read_age_seconds\\{${labels}\\}`)).toBeLessThan(60);
  expect(text).not.toMatch(/secret|bad ?nick/i);
  expect((await ask('/metrics', sdkMetrics)).text).toMatch(/temporal_/);
});

test('anything else is refused', async () => {
  expect((await ask('/')).status).toBe(404);
  expect((await fetch(`http://${health}/healthz`, { method: 'POST' })).status).toBe(405);
});

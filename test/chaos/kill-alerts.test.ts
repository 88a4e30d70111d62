import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WorkerProcess } from '../../scripts/start/worker-process.ts';
import { listAlerts } from '../../store/alerts.ts';
import { alertId } from '../../workflows/ids.ts';
import type { watchAlerts } from '../../workflows/watch-alerts.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
let server: Server;
let onCall: (id: string, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    onCall(String(request.headers['idempotency-key']), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  product = await openProduct({
    worker: false,
    change: (configuration) => ({ ...configuration, alerts: { ...configuration.alerts, webhook: true } }),
  });
});

afterAll(async () => {
  await product.dispose();
  server.closeAllConnections();
  server.close();
});

function worker(): Promise<WorkerProcess> {
  const { databaseUrl, temporal } = testStack();
  return WorkerProcess.start(
    {
      databaseUrl,
      schema: product.schema,
      temporalAddress: temporal.address,
      temporalNamespace: temporal.namespace,
      taskQueue: product.taskQueue,
      logFile: '/dev/null',
      variables: { ITASCA_ALERT_WEBHOOK: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook` },
    },
    () => undefined,
  );
}

// Shows: Alerts / a worker that is killed while it tells: the next one tells it by the same id, and nothing is lost (postgresql)
test('a worker that is killed while it tells loses no alert', async () => {
  const calls: string[] = [];
  const first = await worker();
  const called = new Promise<void>((resolve) => {
    // The receiver has it, and the worker never hears so.
    onCall = (id) => {
      calls.push(id);
      resolve();
    };
  });
  const running = await product.temporal.workflow.start<typeof watchAlerts>('watchAlerts', {
    args: [{ customer: product.name, trial: true }],
    taskQueue: product.taskQueue,
    workflowId: alertId(product.name),
  });
  await called;
  await first.kill();
  onCall = (id, response) => {
    calls.push(id);
    response.writeHead(204).end();
  };
  const second = await worker();
  expect(await running.result()).toEqual({ told: 1, later: 0, refused: 0 });
  await second.stop();
  expect(calls).toHaveLength(2);
  expect(calls[1]).toBe(calls[0]);
  const [alert] = await listAlerts(product.database, product.name, true, 10);
  expect(alert?.notices).toMatchObject([{ way: 'webhook', sentAt: expect.any(String) as string }]);
}, 120_000);

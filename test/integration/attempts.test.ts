import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import { readSecret } from '../../activities/secrets.ts';
import type { Activities, Cycle } from '../../activities/types.ts';
import { LockLost } from '../../store/locks.ts';
import type { RunProfile } from '../../store/runs.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { testStack } from '../support/stack.ts';

/**
 * What happens when an attempt of a step stands still, is given up for dead, and goes on after its retry has ended: the
 * steps are called as Temporal calls them, and the connection of the first attempt is held up on its way to the server.
 */
let product: Product;
let source: Proxy;
let managed: Proxy;
let activities: Activities;
const people = Array.from({ length: 12 }, (_, index) => `Person ${String(index)}`);
/** Long enough that a connection can be stopped between the log-on and the last of them. */
const long = 'x'.repeat(1_000);

beforeAll(async () => {
  const { customer, managed: managedForest } = testStack();
  source = await startProxy(customer.ip, 389);
  managed = await startProxy(managedForest.ip, 389);
  product = await openProduct({
    worker: false,
    change: (configuration) => ({
      ...configuration,
      forests: configuration.forests.map((forest) => ({
        ...forest,
        domains: forest.domains.map((domain) => ({ ...domain, controllers: [source.url] })),
      })),
      managed: { ...configuration.managed, controllers: [managed.url] },
    }),
  });
  activities = createActivities({
    database: product.database,
    rulesVersion: '1',
    secret: (at) => readSecret(at, {}),
    workflows: {
      isRunning: () => Promise.resolve(false),
      holdChanged: () => Promise.resolve(),
      startDeprovisioning: () => Promise.resolve(),
      startProvisioning: () => Promise.resolve(),
      startReconnection: () => Promise.resolve(),
      endAll: () => Promise.resolve({ running: 0, waits: [] }),
      endSchedules: () => Promise.resolve(),
      startReport: () => Promise.resolve(),
      lookAtAlerts: () => Promise.resolve(),
    },
  });
  const alias = aliasesOf(product);
  for (const name of people)
    await product.source.add('user', name, mailUser(alias(name.replace(' ', '').toLowerCase()), { info: [long] }));
});

afterAll(() => product.dispose());
afterAll(() => {
  source.close();
  managed.close();
});

let clock = 1_700_000_000_000;

/** Runs a step of a workflow as one more attempt. */
async function attempt<T>(workflowRun: string, step: () => Promise<T>): Promise<T> {
  clock += 1;
  const workflowExecution = { workflowId: `cycle/${product.name}`, runId: workflowRun };
  const environment = new MockActivityEnvironment(
    { workflowExecution, currentAttemptScheduledTimestampMs: clock },
    { logger: new DefaultLogger('ERROR') },
  );
  const result: unknown = await environment.run(step);
  return result as T;
}

async function begin(workflowRun: string, profile: RunProfile): Promise<Cycle> {
  const opened = await attempt(workflowRun, () =>
    activities.openCycle({ customer: product.name, forest: 'corp', profile }),
  );
  if (!opened.opened) throw new Error('the forest is taken');
  return opened.cycle;
}

async function setAll(attribute: string, value: string): Promise<void> {
  for (const name of people) {
    const target = { dn: product.source.dn(name) };
    await done(product.source.writer.modify(target, [{ operation: 'replace', attribute, values: [value] }]));
  }
}

async function staged(): Promise<{ titles: unknown; cookie: string }> {
  const titles = await product.database.query<{ title: string | null }>(
    "SELECT DISTINCT attributes -> 'title' ->> 0 AS title FROM source_object WHERE forest_id = $1 AND kind = 'user' AND dn LIKE 'CN=Person%'",
    [product.forest],
  );
  const [mark] = await product.database.query<{ cookie: string }>(
    "SELECT encode(cookie, 'hex') AS cookie FROM watermark WHERE forest_id = $1",
    [product.forest],
  );
  return { titles: titles.map((row) => row.title), cookie: mark?.cookie ?? '' };
}

// Shows: Mistakes / a read that stood still, and goes on after its retry has ended, stages nothing old (samba)
test('a read that stood still stages nothing after its retry has read more', async () => {
  const cycle = await begin('first', 'full');
  await attempt('first', () => activities.readSource(cycle));
  await attempt('first', () => activities.closeCycle(cycle, 'completed'));
  await setAll('title', 'Old');

  const delta = await begin('second', 'delta');
  const stall = source.stallAfter(9_000);
  const stalled = attempt('second', () => activities.readSource(delta));
  const outcome = expect(stalled).rejects.toThrow(LockLost);
  await stall.begun;
  await setAll('title', 'New');
  await attempt('second', () => activities.readSource(delta));
  const after = await staged();
  expect(after.titles).toEqual(['New']);
  stall.end();
  await outcome;
  expect(await staged()).toEqual(after);
  await attempt('second', () => activities.closeCycle(delta, 'completed'));
});

// Shows: Mistakes / a page of writing that stood still, and goes on after its retry has ended, writes nothing old (samba)
test('a page of writing that stood still writes nothing after its retry has written it', async () => {
  const cycle = await begin('third', 'delta');
  const step = <T>(work: () => Promise<T>): Promise<T> => attempt('third', work);
  await step(() => activities.readManaged(cycle));
  await step(() => activities.readSource(cycle));
  await step(() => activities.evaluate(cycle));
  expect(await step(() => activities.planObjects(cycle))).toMatchObject({ changes: people.length, pages: 1 });
  // By the configuration of the run, whatever the workflow says.
  await step(() => activities.guard({ ...cycle, configuration: 999 }, 'objects'));

  const stall = managed.stallAfter(14_000);
  const stalled = step(() => activities.writePage(cycle, 'objects', 0));
  const outcome = expect(stalled).rejects.toThrow(LockLost);
  await stall.begun;
  await step(() => activities.writePage(cycle, 'objects', 0));
  // Somebody goes on working with what was written; what was given up for dead would add those again that are gone.
  const written = await product.managedObjects([]);
  expect(written.size).toBe(people.length);
  for (const { guid } of written.values()) await done(product.managed.remove({ guid }));
  // What an attempt knows of being the newest holds for a second.
  await sleep(1_100);
  stall.end();
  await outcome;
  // Those that were under way when it stood still are all that can have come.
  expect((await product.managedObjects([])).size).toBeLessThan(people.length);
  await step(() => activities.closeCycle(cycle, 'failed'));
});

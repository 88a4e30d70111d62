import { setTimeout as sleep } from 'node:timers/promises';
import { openWriter, type DirectoryWriter } from '../../directory/writer.ts';
import type { WorkflowHandle } from '@temporalio/client';
import { pauseSignal, progressQuery, resumeSignal } from '../../workflows/messages.ts';
import { present } from '../../directory/filter.ts';
import { startCycle } from '../support/approval.ts';
import { done, endpointOf } from '../support/directory-sandbox.ts';
import { MoreForests, type ControllerPair } from '../support/more-forests.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';

let forests: MoreForests;
let pair: ControllerPair;
let product: Product;
/** An administrator's hand on the second controller. */
let second: DirectoryWriter;
/** What the configuration names as the preferred controller; behind it is dc1. */
let proxy: Proxy;
let alias: (name: string) => string;

beforeAll(async () => {
  forests = await MoreForests.open();
  pair = await forests.startPair('managed');
  proxy = await startProxy(pair.dc1.ip, 389);
  product = await openProduct({
    managed: pair.dc1,
    change: (configuration) => ({
      ...configuration,
      managed: { ...configuration.managed, controllers: [proxy.url, pair.dc2.url] },
    }),
  });
  alias = aliasesOf(product);
  second = openWriter(endpointOf(pair.dc2, 'administrator'));
  for (const name of ['Ada', 'Ben']) await product.source.add('user', name, mailUser(alias(name.toLowerCase())));
  expect((await product.cycle()).counts).toMatchObject({ planned: 2, failed: 0, unconfirmed: 0 });
  await pair.replicate('dc1', 'dc2');
  // Joining the second controller, the first time on a machine, takes some seconds where nothing else runs.
}, 240_000);

afterAll(async () => {
  await second.close();
  proxy.close();
  await product.dispose();
  await forests.dispose();
});

/** The URL at which the Managed Forest was last read. */
async function url(): Promise<string> {
  const [row] = await product.database.query<{ url: string }>(
    "SELECT w.url FROM watermark w JOIN forest f ON f.id = w.forest_id WHERE f.side = 'managed'",
  );
  return row?.url ?? '';
}

/** The CNs below the customer's OU that a controller shows, twins included. */
async function names(writer: DirectoryWriter): Promise<readonly string[]> {
  const found: string[] = [];
  const query = { base: product.managedOu, scope: 'one', filter: present('objectClass'), pageSize: 100 } as const;
  for await (const page of writer.reader.pages({ ...query, attributes: ['name'] }))
    found.push(...page.flatMap((entry) => entry.attributes['name'] ?? []));
  return found.sort();
}

// Shows: Confirmation / fail-over on the managed side to a controller that shows our last confirmed write, and back (samba, second controller)
test('a managed controller that has received all that we wrote takes over, for reading and for writing', async () => {
  await pair.dc1.stop();
  await product.source.add('user', 'Cem', mailUser(alias('cem')));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, written: 1, failed: 0, unconfirmed: 0 });
  expect(await url()).toBe(pair.dc2.url);
  expect(await names(second)).toEqual(['Ada', 'Ben', 'Cem']);
  await pair.dc1.start();
  // It has not received Cem yet.
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0 });
  expect(await url()).toBe(pair.dc2.url);
  await pair.replicate('dc2', 'dc1');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0 });
  expect(await url()).toBe(proxy.url);
  expect(await names(product.managed)).toEqual(['Ada', 'Ben', 'Cem']);
});

// Shows: Confirmation / after a fail-over on the managed side nothing is created until that controller shows our last confirmed write (samba, second controller)
test('one that is behind is waited for: nothing is made twice', async () => {
  await pair.replicate('dc1', 'dc2');
  await product.source.add('user', 'Dag', mailUser(alias('dag')));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, unconfirmed: 0 });
  await pair.dc1.stop();
  await product.source.add('user', 'Eva', mailUser(alias('eva')));
  const waiting = await startCycle(product);
  await sleep(4_000);
  expect((await waiting.describe()).status.name).toBe('RUNNING');
  expect(await names(second)).toEqual(['Ada', 'Ben', 'Cem']);
  await pair.dc1.start();
  await pair.replicate('dc1', 'dc2');
  expect((await waiting.result()).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  await pair.replicate('dc1', 'dc2');
  await pair.replicate('dc2', 'dc1');
  expect(await names(product.managed)).toEqual(['Ada', 'Ben', 'Cem', 'Dag', 'Eva']);
  expect(await names(second)).toEqual(['Ada', 'Ben', 'Cem', 'Dag', 'Eva']);
});

// Shows: Confirmation / a cycle's confirming read covers its own writes: the same controller, though the preferred one is back (samba, second controller)
test('what a cycle has written at one controller is confirmed there, although the preferred one is back', async () => {
  await pair.replicate('dc1', 'dc2');
  await pair.dc1.stop();
  const title = { operation: 'replace', attribute: 'title', values: ['Chief'] } as const;
  await done(product.source.writer.modify({ dn: product.source.dn('Ada') }, [title]));
  const cycle = await startCycle(product);
  // Goes from one border where it pauses to the next: managed read, source read, page written.
  for (const count of ['managed', 'read', 'written'] as const) {
    await cycle.signal(pauseSignal);
    if (count !== 'managed') await cycle.signal(resumeSignal).then(() => cycle.signal(pauseSignal));
    while (((await cycle.query(progressQuery)).counts[count] ?? 0) === 0 && !(await halted(cycle, count)))
      await sleep(50);
  }
  await pair.dc1.start();
  await cycle.signal(resumeSignal);
  expect((await cycle.result()).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  expect(await url()).toBe(pair.dc2.url);
  await pair.replicate('dc2', 'dc1');
});

/** Whether it has counted that, and waits. */
async function halted(cycle: WorkflowHandle, count: string): Promise<boolean> {
  const { counts, paused } = await cycle.query(progressQuery);
  return paused && count in counts && count !== 'written';
}

// Shows: Confirmation / a managed controller that is lost between a write and its confirmation: what it may hold is not made again elsewhere (samba, second controller)
test('a controller that is lost in the middle of writing is waited for, whatever it had made by then', async () => {
  await product.cycle('delta');
  await pair.replicate('dc1', 'dc2');
  for (const name of ['Fay', 'Gus', 'Hal', 'Ida', 'Jan', 'Kim', 'Leo', 'Mia'])
    await product.source.add('user', name, mailUser(alias(name.toLowerCase()), { info: ['x'.repeat(1_000)] }));
  expect(await url()).toBe(proxy.url);
  // In the midst of the new objects, whose answers do not come any more.
  proxy.dieAfter(9_000);
  const cycle = await startCycle(product);
  await sleep(6_000);
  expect((await cycle.describe()).status.name).toBe('RUNNING');
  expect(await names(second)).toEqual(['Ada', 'Ben', 'Cem', 'Dag', 'Eva']);
  proxy.revive();
  expect((await cycle.result()).counts).toMatchObject({ planned: 8, failed: 0, unconfirmed: 0 });
  await pair.replicate('dc1', 'dc2');
  await pair.replicate('dc2', 'dc1');
  expect(await names(product.managed)).toHaveLength(13);
  expect(await names(second)).toEqual(await names(product.managed));
});

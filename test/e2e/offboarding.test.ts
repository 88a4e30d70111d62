import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleNotFoundError } from '@temporalio/client';
import type { Configuration } from '../../rules/configuration.ts';
import { cleanScheduleId, cycleId, cycleScheduleId, offboardingId } from '../../workflows/ids.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { Ends } from '../support/ends.ts';
import { recordHistory } from '../support/histories.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let ends: Ends;
let folder: string;

/** A changed title waits for an operator; no Schedule starts anything while the tests run. */
function careful({ guard, cycle, deprovisioning, ...others }: Configuration): Configuration {
  const none = { count: 0, percent: 0, few: 0 };
  return {
    ...others,
    cycle: { ...cycle, every: '365d' },
    deprovisioning: { ...deprovisioning, grace: '1h' },
    guard: { ...guard, attributes: { title: { changed: none } } },
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-offboard-'));
  product = await openProduct({ change: careful });
  ends = new Ends(product);
  const alias = aliasesOf(product);
  for (const name of ['Ada', 'Ben', 'Cleo'])
    await product.source.add('user', name, mailUser(alias(name), { title: ['Engineer'] }));
});

afterAll(async () => {
  await product.dispose();
  await rm(folder, { recursive: true });
});

async function titled(name: string, title: string): Promise<void> {
  await done(
    product.source.writer.modify({ dn: product.source.dn(name) }, [
      { operation: 'replace', attribute: 'title', values: [title] },
    ]),
  );
}

async function managed(): Promise<unknown> {
  const objects = await product.managedObjects(['title', 'whenChanged', 'msExchImmutableId']);
  return [...objects].map(([name, { attributes }]) => [name, attributes]).sort();
}

async function clockStopped(): Promise<unknown> {
  const rows = await product.database.query<{ by: string | null }>('SELECT delayed_by AS by FROM deprovisioning');
  return rows.map(({ by }) => by);
}

function runningNow(): Promise<number> {
  const query = `\`Customer\`="${product.name}" AND \`ExecutionStatus\`="Running"`;
  return product.temporal.workflow.count(query).then(({ count }) => count);
}

// Shows: Offboarding / offboard asks for a way, shows what it would do, and does nothing without a word (none)
test('what would be done is shown, and nothing is done without the word of an operator', async () => {
  await product.cycle();
  const unsaid = await itasca(product, 'offboard', product.name);
  expect(unsaid).toMatchObject({ code: 1, err: expect.stringContaining('Say how: --leave') as string });
  const unknown = await itasca(product, 'offboard', 'nobody', '--leave');
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('There is no customer "nobody"') as string });
  expect(await itasca(product, 'offboard', 'status')).toMatchObject({
    code: 1,
    err: expect.stringContaining('was never offboarded') as string,
  });
  const shown = await itasca(product, 'offboard', product.name, '--leave');
  expect(shown).toMatchObject({ code: 2, err: '' });
  expect(shown.out).toContain(`3 managed objects of ${product.name} stay as they are`);
  expect(shown.out).toContain('Nothing was done. Say --yes to do it.');
  const { code, value } = await itascaJson(product, 'offboard', product.name, '--leave');
  expect(code).toBe(2);
  expect(value).toMatchObject({ done: false, objects: [{ forest: 'corp', kind: 'user', objects: 3, served: 0 }] });
  expect((await itasca(product, 'status')).out).not.toContain('offboarded');
});

// Shows: Offboarding / leave: objects stay as they are, whatever runs or waits is ended, clocks stand still, no cycle begins (samba)
// Shows: Offboarding / config apply brings a customer back: its cycles begin again, ends and lists go on (samba)
test('a customer is left as it is, and brought back by its configuration', async () => {
  const file = join(folder, 'customer.yaml');
  await writeFile(file, JSON.stringify(product.configuration));
  expect(await itascaJson(product, 'config', 'apply', file)).toMatchObject({ code: 0, value: { broughtBack: false } });
  await ends.leave('Ben');
  expect(await ends.row('Ben')).toMatchObject({ stage: 'grace' });
  await titled('Ada', 'Director');
  const waiting = await product.temporal.workflow.start<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: 'delta' }],
    taskQueue: product.taskQueue,
    workflowId: `${cycleId(product.name, 'corp')}-waiting`,
  });
  const { temporal, name } = product;
  while ((await itasca(product, 'changes')).code !== 2) await sleep(100);
  const before = await managed();

  const { code, value } = await itascaJson(product, 'offboard', name, '--leave', '--yes');
  expect(code).toBe(0);
  expect(value).toMatchObject({
    running: false,
    way: 'leave',
    state: 'completed',
    operator: 'Olga Operator',
    result: { objects: [{ kind: 'user', objects: 3 }], open: { lists: 1, ends: 1 } },
  });
  await recordHistory(temporal, offboardingId(name), 'offboard-customer-left');
  await expect(waiting.result()).rejects.toThrow();
  expect(await runningNow()).toBe(0);
  expect(await clockStopped()).toEqual(['offboarding']);
  for (const schedule of [cycleScheduleId(name, 'corp'), cleanScheduleId(name)])
    await expect(temporal.schedule.getHandle(schedule).describe()).rejects.toBeInstanceOf(ScheduleNotFoundError);

  await titled('Cleo', 'Chief');
  await expect(product.cycle()).rejects.toMatchObject({
    cause: {
      cause: { type: 'CustomerOffboarded', message: expect.stringContaining('config apply brings it back') as string },
    },
  });
  const refused = await itasca(product, 'sync');
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('is offboarded since') as string });
  expect((await itasca(product, 'offboard', name, '--leave', '--yes')).err).toContain('offboarded already');
  expect(await managed()).toEqual(before);
  const stands = await itasca(product, 'status');
  expect(stands).toMatchObject({ code: 0, err: '' });
  expect(stands.out).toContain(`${name} is offboarded since`);
  expect((await itasca(product, 'offboard', 'status', name)).out).toMatch(/\(leave\): completed[^]*by Olga Operator/);

  expect(await itascaJson(product, 'config', 'apply', file)).toMatchObject({ code: 0, value: { broughtBack: true } });
  try {
    expect(await clockStopped()).toEqual([null]);
    expect(await itasca(product, 'sync', '--full', '--no-wait')).toMatchObject({ code: 0, err: '' });
    while ((await itasca(product, 'changes')).code !== 2) await sleep(100);
    expect((await itascaJson(product, 'changes')).value).toMatchObject({ list: { changes: 2 } });
    // The list comes before the cycle starts what is to end.
    while ((await (await ends.workflow('Ben')).describe()).status.name !== 'RUNNING') await sleep(100);
  } finally {
    for (const schedule of [cycleScheduleId(name, 'corp'), cleanScheduleId(name)])
      await temporal.schedule.getHandle(schedule).delete();
  }
});

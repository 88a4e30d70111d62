import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { WorkerProcess } from '../../scripts/start/worker-process.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { offboardingId } from '../../workflows/ids.ts';
import { offboardingQuery, type OffboardingProgress } from '../../workflows/messages.ts';
import type { offboardCustomer } from '../../workflows/offboard-customer.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { recordHistory } from '../support/histories.ts';
import { workerProcess } from '../support/onboarding.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

/** Objects of a customer that leaves: four users and their group, three in a wave. */
const PEOPLE = ['Ada', 'Ben', 'Cleo', 'Dan'];
const WAVE = 3;

let product: Product;
let worker: WorkerProcess;
let folder: string;
let started: WorkflowHandleWithFirstExecutionRunId<typeof offboardCustomer>;

/** More than two who lose their source object at once wait for an operator; ends take seconds. */
function careful({ guard, cycle, deprovisioning, ...others }: Configuration): Configuration {
  const { user, ...kinds } = guard.disconnected;
  return {
    ...others,
    cycle: { ...cycle, every: '365d' },
    deprovisioning: { ...deprovisioning, grace: '1s', retention: '1s' },
    guard: { ...guard, disconnected: { ...kinds, user: { ...user, count: 2 } } },
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-offboard-'));
  product = await openProduct({ worker: false, change: careful });
  const alias = aliasesOf(product);
  const members: string[] = [];
  for (const name of PEOPLE) {
    const guid = await product.source.add(
      'user',
      name,
      mailUser(alias(name), { extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'] }),
    );
    members.push(`<GUID=${guid}>`);
  }
  await product.source.add('group', 'All', mailGroup(alias('all'), { member: members }));
  worker = await workerProcess(product);
  await product.cycle();
});

afterAll(async () => {
  await worker.stop();
  await product.dispose();
  await rm(folder, { recursive: true });
});

async function progress(): Promise<OffboardingProgress> {
  return product.temporal.workflow.getHandle(offboardingId(product.name)).query(offboardingQuery);
}

async function until(holds: (stands: OffboardingProgress) => boolean): Promise<OffboardingProgress> {
  for (;;) {
    const stands = await progress();
    if (holds(stands)) return stands;
    await sleep(100);
  }
}

async function managed(): Promise<readonly string[]> {
  return [...(await product.managedObjects([])).keys()].sort();
}

// Shows: Offboarding / deprovision: nobody leaves before an approval, and wrong options are refused (samba)
test('nobody leaves before an operator has approved it', async () => {
  const { name } = product;
  const both = await itasca(product, 'offboard', name, '--leave', '--deprovision');
  expect(both).toMatchObject({ code: 1, err: expect.stringContaining('Say how') as string });
  const waves = await itasca(product, 'offboard', name, '--leave', '--wave', '3');
  expect(waves).toMatchObject({ code: 1, err: expect.stringContaining('no waves with --leave') as string });
  const pause = await itasca(product, 'offboard', name, '--deprovision', '--pause', 'soon');
  expect(pause).toMatchObject({ code: 1, err: expect.stringContaining('a duration with its unit') as string });
  expect(await itasca(product, 'offboard', 'approve', name)).toMatchObject({
    code: 1,
    err: expect.stringContaining('No offboarding of') as string,
  });
  const shown = await itasca(product, 'offboard', name, '--deprovision');
  expect(shown).toMatchObject({ code: 2, err: '' });
  expect(shown.out).toContain(`5 managed objects of ${name} leave the scope by waves`);

  // As the command starts it, but looking more often.
  started = await product.temporal.workflow.start<typeof offboardCustomer>('offboardCustomer', {
    args: [
      {
        customer: name,
        way: 'deprovision',
        operator: 'Olga Operator',
        waveSize: WAVE,
        lookEvery: 100,
        historyLimit: 60,
      },
    ],
    taskQueue: product.taskQueue,
    workflowId: offboardingId(name),
  });
  await until(({ stage, counts }) => stage === 'waiting for approval' && counts?.waiting === PEOPLE.length + 1);
  expect(await itasca(product, 'offboard', name, '--deprovision', '--yes')).toMatchObject({
    code: 1,
    err: expect.stringContaining('runs already') as string,
  });
  const status = await itasca(product, 'offboard', 'status');
  expect(status.code).toBe(2);
  expect(status.out).toContain('itasca offboard approve');
  const standing = await itascaJson(product, 'status');
  expect(standing).toMatchObject({ code: 2, value: { offboarded: [{ customer: name, waitsForApproval: true }] } });
  // A newcomer does not come in any more.
  await product.source.add('user', 'Eve', mailUser(aliasesOf(product)('Eve')));
  await product.cycle('delta');
  expect(await managed()).toEqual(['Ada', 'All', 'Ben', 'Cleo', 'Dan']);
});

// Shows: Offboarding / deprovision in two waves through the guard, with its worker killed between them: services end as configured, nobody is left (samba)
// Shows: Offboarding / the report: who, what, how long, and what is left (samba)
test('everybody leaves by waves, through the guard and over the death of a worker', async () => {
  const { name } = product;
  expect(await itasca(product, 'offboard', 'approve', name, '--operator', 'Otto')).toMatchObject({ code: 0, err: '' });
  await until(({ counts }) => counts?.held === WAVE);
  expect((await itasca(product, 'offboard', 'status', name, '--watch')).code).toBe(2);
  const { value } = await itascaJson(product, 'changes');
  const { list } = value as { list: { run: string; hash: string; changes: number; reasons: readonly string[] } };
  expect(list.changes).toBe(WAVE);
  expect(list.reasons).toContain(`${String(WAVE)} of these leave by the offboarding of their customer`);
  expect(await managed()).toEqual(['Ada', 'All', 'Ben', 'Cleo', 'Dan']);
  expect(await itasca(product, 'offboard', 'pause')).toMatchObject({ code: 0, err: '' });
  expect(await itascaJson(product, 'offboard', 'pause')).toMatchObject({ code: 0, value: { customer: name } });
  expect(await itasca(product, 'approve', list.run, '--hash', list.hash)).toMatchObject({ code: 0, err: '' });
  const first = await until(({ counts }) => counts?.held === 0 && counts.open === 0);
  expect(first).toMatchObject({ wave: 1, paused: expect.any(String) as string, counts: { waiting: 2 } });
  await worker.kill();
  worker = await workerProcess(product);
  expect(await itasca(product, 'offboard', 'resume')).toMatchObject({ code: 0, err: '' });

  const watched = await itascaJson(product, 'offboard', 'status', '--watch');
  expect(watched).toMatchObject({
    code: 0,
    value: {
      way: 'deprovision',
      state: 'completed',
      operator: 'Olga Operator',
      result: { waves: 2, counts: { waiting: 0, gone: PEOPLE.length + 1, kept: 0, ending: 0 } },
      left: [],
    },
  });
  expect(await managed()).toEqual([]);
  const { runId } = await product.temporal.workflow.getHandle(offboardingId(name)).describe();
  expect(runId).not.toBe(started.firstExecutionRunId);
  await recordHistory(product.temporal, offboardingId(name), 'offboard-customer-deprovisioned');
  const told = await itasca(product, 'offboard', 'status');
  expect(told.out).toMatch(/After 2 waves: 0 waiting.*5 gone/);
  expect(told.out).toMatch(/approved +│ Otto/);
  expect(told.out).toMatch(/wave 2: 2 objects/);
  expect((await itasca(product, 'sync')).err).toContain('its managed objects were deprovisioned');
});

// Shows: Offboarding / stop leaves a clean state: who has left stays out, others stay in service; config apply gives everything back (samba)
test('brought back, everybody is provisioned anew; stopped, who has left stays out until then', async () => {
  const { name } = product;
  const file = join(folder, 'customer.yaml');
  const { deprovisioning, guard, ...others } = product.configuration;
  const patient = { ...deprovisioning, grace: '1h' };
  const loose = { ...guard, disconnected: { ...guard.disconnected, user: { count: 10, percent: 100, few: 10 } } };
  await writeFile(file, JSON.stringify({ ...others, deprovisioning: patient, guard: loose }));
  expect(await itascaJson(product, 'config', 'apply', file)).toMatchObject({ code: 0, value: { broughtBack: true } });
  await product.cycle();
  const everybody = ['Ada', 'All', 'Ben', 'Cleo', 'Dan', 'Eve'];
  expect(await managed()).toEqual(everybody);

  const begin = ['offboard', name, '--deprovision', '--yes', '--wave', '2', '--pause', '1d'];
  expect(await itascaJson(product, ...begin)).toMatchObject({ code: 2, value: { begun: true, way: 'deprovision' } });
  expect(await itascaJson(product, 'offboard', 'approve')).toMatchObject({ code: 0, value: { customer: name } });
  expect(await itasca(product, 'offboard', 'pause')).toMatchObject({ code: 0, err: '' });
  expect(await itascaJson(product, 'offboard', 'resume')).toMatchObject({ code: 0, value: { customer: name } });
  await until(({ counts, nextAt }) => counts?.ending === 2 && nextAt !== null);
  expect(await itasca(product, 'offboard', 'stop')).toMatchObject({ code: 0, err: '' });
  await product.temporal.workflow.getHandle(offboardingId(name)).result();
  expect(await itascaJson(product, 'offboard', 'stop')).toMatchObject({
    code: 1,
    value: { error: expect.stringMatching(/No offboarding of .* runs/) as string },
  });
  await recordHistory(product.temporal, offboardingId(name), 'offboard-customer-stopped');
  const { value } = await itascaJson(product, 'offboard', 'status');
  expect(value).toMatchObject({ state: 'stopped', result: { counts: { waiting: 4, ending: 2 } } });
  expect((value as { left: unknown[] }).left).toHaveLength(2);
  const out = (): Promise<readonly { count: number }[]> =>
    product.database.query(
      "SELECT count(*)::int AS count FROM identity WHERE state = 'disconnected' AND managed_guid IS NOT NULL",
    );
  await product.cycle();
  expect(await out()).toEqual([{ count: 2 }]);
  expect(await itascaJson(product, 'config', 'apply', file)).toMatchObject({ code: 0, value: { broughtBack: true } });
  await product.cycle();
  expect(await out()).toEqual([{ count: 0 }]);
  expect(await managed()).toEqual(everybody);
});

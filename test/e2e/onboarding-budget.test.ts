import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Configuration } from '../../rules/configuration.ts';
import { onboardingId } from '../../workflows/ids.ts';
import type { onboardCustomer } from '../../workflows/onboard-customer.ts';
import { planOnboarding } from '../../store/onboarding.ts';
import { itasca, itascaJson } from '../support/command.ts';
import { recordHistory } from '../support/histories.ts';
import { doubled, fill, LONG, resultOf, until, USERS, type Person } from '../support/onboarding.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

const BAD = USERS / 20;

let product: Product;
let folder: string;

/** Its first plan waits for an operator, as a real customer's does; every region has a database. */
function careful({ guard, exchange, ...others }: Configuration): Configuration {
  const { AP: _neverMade, ...regions } = exchange.regions;
  return { ...others, exchange: { ...exchange, regions }, guard: { ...guard, firstPlan: 'approve' } };
}

beforeAll(
  async () => {
    folder = await mkdtemp(join(tmpdir(), 'itasca-budget-'));
    product = await openProduct({ change: careful });
    await fill(
      product,
      Array.from({ length: USERS }, (_, index): Person => ({
        name: `B${String(index)}`,
        ou: 'People',
        bad: index < BAD,
      })),
    );
  },
  LONG ? 600_000 : 120_000,
);

afterAll(
  async () => {
    await product.dispose();
    await rm(folder, { recursive: true });
  },
  LONG ? 600_000 : 60_000,
);

async function managed(): Promise<number> {
  return (await product.managedObjects([])).size;
}

interface HeldList {
  readonly run: string;
  readonly hash: string;
  readonly changes: number;
}

/** Waits for a list of changes that waits for an answer. */
async function listed(): Promise<HeldList> {
  for (;;) {
    const { value } = await itascaJson(product, 'changes');
    const { list } = value as { list: HeldList | null };
    if (list !== null) return list;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function answer(verb: 'approve' | 'reject', { run, hash }: HeldList): ReturnType<typeof itasca> {
  return itasca(product, verb, run, '--hash', hash);
}

// Shows: Onboarding / begun beside the plan for everybody, which is rejected: only who is admitted is written (samba)
// Shows: Onboarding / error budget: it pauses itself over 4 percent of 5 percent bad objects, says why, and goes on after the operator's word (samba)
test(
  'with 5 % bad objects it pauses by its budget, and goes on after the word of the operator',
  async () => {
    const first = product.cycle();
    const whole = await listed();
    expect(whole.changes).toBeGreaterThanOrEqual(USERS - BAD);
    const limits = ['--rate', '60000', '--page', String(Math.ceil(USERS / 10)), '--budget', '4'];
    expect(await itascaJson(product, 'onboard', 'start', ...limits, '--no-check')).toMatchObject({
      code: 0,
      value: { customer: product.name, workflowId: onboardingId(product.name) },
    });
    expect(await answer('reject', whole)).toMatchObject({ code: 0, err: '' });
    await first;
    expect(await managed()).toBe(0);

    // The first plan with somebody who was admitted waits like any first plan.
    expect(await answer('approve', await listed())).toMatchObject({ code: 0, err: '' });
    const { paused, counts } = await until(product, (progress) => progress.paused !== null);
    expect(paused).toMatch(/^\d+ of \d+ admitted objects are in error: more than 4 %$/);
    const { code, value } = await itascaJson(product, 'onboard', 'status');
    expect(code).toBe(2);
    expect(value).toMatchObject({ running: true, paused });
    expect(counts?.inError).toBeGreaterThan(0);
    // Each word holds for those in error by then: more of them may want another.
    let words = 0;
    for (let isOver = false; !isOver;) {
      const stands = await until(product, (progress) => progress.paused !== null || progress.stage === 'completed');
      isOver = stands.stage === 'completed';
      if (!isOver) expect(await itascaJson(product, 'onboard', 'resume')).toMatchObject({ code: 0 });
      words += 1;
    }
    expect(words).toBeGreaterThan(1);
    expect(await resultOf(product)).toMatchObject({
      outcome: 'completed',
      counts: { waiting: 0, admitted: USERS, provisioned: USERS - BAD, inError: BAD, open: 0 },
    });
    expect(await doubled(product)).toEqual([]);
    const { value: report } = await itascaJson(product, 'onboard', 'report', '--limit', '1000');
    const { left, errors } = report as { left: { dn: string; standing: string; codes: string[] }[]; errors: object };
    expect(left).toHaveLength(BAD);
    expect(new Set(left.map(({ standing }) => standing))).toEqual(new Set(['inError']));
    expect(Object.values(errors)).toEqual([BAD]);
    await recordHistory(product.temporal, onboardingId(product.name), 'onboard-customer-budget');
  },
  LONG ? 3_600_000 : 240_000,
);

// Shows: Onboarding / stop leaves a clean state: who is in stays in, newcomers wait, and a known person is reconnected all the same (samba)
test(
  'after a stop newcomers wait, except who is somebody known; the next one continues as new and takes them in',
  async () => {
    const before = await managed();
    const waves = join(folder, 'waves.yaml');
    await writeFile(waves, 'waves:\n  - { name: nobody, filter: (department=Nobody) }\n');
    expect(await itasca(product, 'onboard', 'start', '--waves', join(folder, 'none.yaml'))).toMatchObject({ code: 1 });
    expect(await itasca(product, 'onboard', 'start', '--waves', waves, '--no-check')).toMatchObject({ code: 0 });
    expect(await itasca(product, 'onboard', 'stop')).toMatchObject({ code: 0, err: '' });
    expect(await resultOf(product)).toMatchObject({ outcome: 'stopped' });
    expect(await itascaJson(product, 'onboard', 'stop')).toMatchObject({
      code: 1,
      value: { error: expect.stringMatching(/No onboarding of .* runs/) as string },
    });
    expect(await managed()).toBe(before);

    const alias = aliasesOf(product);
    await product.source.add('user', 'Newcomer', mailUser(alias('newcomer')));
    // B10 once more, with another objectGUID: the same address is evidence that is asked about.
    const again = await product.source.add('user', 'B10 again', mailUser(alias('B10')));
    // One that the onboarding had started may still run.
    while ((await product.cycle('delta')).outcome === 'skipped');
    expect(await managed()).toBe(before);
    const { value } = await itascaJson(product, 'cases', 'list');
    expect((value as { cases: { guid: string }[] }).cases.map(({ guid }) => guid)).toEqual([again]);

    const { name: customer, taskQueue } = product;
    const wrong = await product.temporal.workflow.execute<typeof onboardCustomer>('onboardCustomer', {
      args: [{ customer, forest: 'corp', check: false }],
      taskQueue,
      workflowId: `${onboardingId(customer)}-beside`,
    });
    expect(wrong).toMatchObject({ outcome: 'refused' });
    const plan = await planOnboarding(product.database, product.forest, [{ name: 'rest' }], null);
    const handle = await product.temporal.workflow.start<typeof onboardCustomer>('onboardCustomer', {
      args: [{ customer, forest: 'corp', plan, check: false, lookEvery: 200, historyLimit: 20 }],
      taskQueue,
      workflowId: onboardingId(customer),
    });
    expect(await handle.result()).toMatchObject({ outcome: 'completed', counts: { admitted: 1, provisioned: 1 } });
    const { firstExecutionRunId } = handle;
    const { runId } = await product.temporal.workflow.getHandle(onboardingId(customer)).describe();
    expect(runId).not.toBe(firstExecutionRunId);
    expect(await managed()).toBe(before + 1);
    await recordHistory(product.temporal, onboardingId(product.name), 'onboard-customer-continued');
  },
  LONG ? 600_000 : 120_000,
);

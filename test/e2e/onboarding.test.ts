import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerProcess } from '../../scripts/start/worker-process.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { WAITS_RULE } from '../../rules/onboarding.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { itasca, itascaJson, run, variablesFor, type CommandResult } from '../support/command.ts';
import {
  changedWorkflows,
  doubled,
  fill,
  LONG,
  progressOf,
  resultOf,
  until,
  USERS,
  workerProcess,
  type Person,
} from '../support/onboarding.ts';
import { keyFile, listed, signer, type Signer } from '../support/operators.ts';
import { openProduct, startWorker, type Product } from '../support/product.ts';

const PILOT = USERS / 10;
const SALES = (USERS * 2) / 5;

let product: Product;
let folder: string;
let waves: string;
let killed: WorkerProcess;
const ann = signer('ann');
const ben = signer('ben');
let stopWorker: (() => Promise<void>) | undefined;

beforeAll(
  async () => {
    product = await openProduct({ worker: false });
    folder = await mkdtemp(join(tmpdir(), 'itasca-waves-'));
    waves = join(folder, 'waves.yaml');
    const people = Array.from({ length: USERS }, (_, index): Person => ({
      name: `P${String(index)}`,
      ou: index < PILOT ? 'Pilot' : 'Others',
      ...(index >= PILOT && index < PILOT + SALES ? { department: 'Sales' } : {}),
    }));
    await fill(product, people);
    await writeFile(
      waves,
      `waves:\n  - { name: pilot, under: ['OU=Pilot,${product.source.ou}'] }\n  - { name: sales, filter: '(department=Sales)' }\n  - { name: rest }\n`,
    );
    killed = await workerProcess(product);
  },
  LONG ? 600_000 : 120_000,
);

afterAll(
  async () => {
    await stopWorker?.();
    await killed.stop();
    await product.dispose();
    await rm(folder, { recursive: true });
  },
  LONG ? 600_000 : 60_000,
);

/** Kills the worker in the middle of what it does, and starts another one. */
async function kill(): Promise<void> {
  await killed.kill();
  killed = await workerProcess(product);
}

/** Runs the command as an operator who signs. */
async function signedBy(one: Signer, ...words: readonly string[]): Promise<CommandResult> {
  const key = await keyFile(folder, one);
  return run({ ...variablesFor(product), ITASCA_OPERATOR: one.name, ITASCA_OPERATOR_KEY_FILE: key }, words);
}

// Shows: Onboarding / preflight, then a pilot wave by organizational unit, and an approval before the rest (samba)
test(
  'the pilot comes in alone, and the rest waits for an approval',
  async () => {
    const started = await itasca(
      product,
      ...['onboard', 'start', '--waves', waves, '--rate', '60000', '--page', String(Math.ceil(USERS / 12))],
      ...['--window', String(Math.ceil(USERS / 2))],
    );
    expect(started).toMatchObject({ code: 0, err: '' });
    expect(started.out).toContain('pilot, sales, rest');
    const again = await itasca(product, 'onboard', 'start');
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toContain('runs already');

    // The sample has a region whose database was never made.
    const { paused } = await until(product, (progress) => progress.paused !== null);
    expect(paused).toMatch(/^the preflight failed in 1 of \d+ lines/);
    const { exchange, ...others } = product.configuration;
    const { AP: _neverMade, ...regions } = exchange.regions;
    const operators = { list: listed(ann, ben), unsigned: 'refuse', second: ['pilot'] };
    await applyConfiguration(
      product.database,
      configurationSchema.parse({ ...others, exchange: { ...exchange, regions }, operators }),
    );
    expect(await itasca(product, 'onboard', 'resume')).toMatchObject({ code: 0, err: '' });

    const asked = await until(product, ({ waitsForApproval }) => waitsForApproval);
    expect(asked.waves).toEqual([
      expect.objectContaining({ name: 'pilot', waiting: 0, admitted: PILOT, provisioned: PILOT, open: 0 }),
      expect.objectContaining({ name: 'sales', waiting: SALES, admitted: 0 }),
      expect.objectContaining({ name: 'rest', waiting: USERS - PILOT - SALES, admitted: 0 }),
    ]);
    expect((await product.managedObjects([])).size).toBe(PILOT);
    const { code, value } = await itascaJson(product, 'onboard', 'status');
    expect(code).toBe(2);
    expect(value).toMatchObject({ running: true, waitsForApproval: true, counts: { waiting: USERS - PILOT } });
    const shown = await itasca(product, 'onboard', 'status', '--watch');
    expect(shown).toMatchObject({ code: 2, err: '' });
    expect(shown.out).toContain('itasca onboard approve');
    const rules = await product.database.query<{ rule: string }>(
      "SELECT DISTINCT scope_rule AS rule FROM evaluation JOIN source_object o USING (forest_id, guid) WHERE NOT in_scope AND o.dn LIKE '%OU=Others,' || $1 AND o.kind = 'user'",
      [product.source.ou],
    );
    expect(rules).toEqual([{ rule: WAITS_RULE }]);
  },
  LONG ? 900_000 : 120_000,
);

// Shows: Onboarding / paused, resumed, slowed; killed (twice at 5,000) and replaced by a changed version: all provisioned once (samba)
test(
  'paused, slowed, and with its worker killed and replaced by a changed one, it provisions all of them once',
  async () => {
    expect(await itasca(product, 'onboard', 'pause')).toMatchObject({ code: 0, err: '' });
    expect((await itascaJson(product, 'onboard', 'pause')).value).toMatchObject({
      said: 'It is paused already: an operator paused it.',
    });
    expect(await itascaJson(product, 'onboard', 'approve')).toMatchObject({
      code: 1,
      value: { error: expect.stringContaining('an approval has to be signed') as string },
    });
    expect(await itasca(product, 'onboard', 'approve')).toMatchObject({
      code: 1,
      err: expect.stringContaining('an approval has to be signed') as string,
    });
    expect(await signedBy(ann, 'onboard', 'approve')).toMatchObject({
      code: 2,
      out: 'Recorded: approved by ann. Another operator has to approve it, too.\n',
    });
    expect(await signedBy(ben, 'onboard', 'approve')).toMatchObject({ code: 0, err: '' });
    const paused = await until(product, ({ waitsForApproval }) => !waitsForApproval);
    expect(paused.counts?.admitted).toBe(PILOT);
    await kill();
    expect(await progressOf(product)).toMatchObject({ paused: 'an operator paused it', counts: { admitted: PILOT } });
    expect(await itasca(product, 'onboard', 'rate', 'fast')).toMatchObject({ code: 1, out: '' });
    expect(await itasca(product, 'onboard', 'rate', String(USERS * 10))).toMatchObject({ code: 0, err: '' });
    expect(await itascaJson(product, 'onboard', 'rate', String(USERS * 20))).toMatchObject({ code: 0 });
    expect((await progressOf(product)).rate).toBe(USERS * 20);
    expect(await itasca(product, 'onboard', 'resume')).toMatchObject({ code: 0, err: '' });

    // Each kill costs the timeouts by which Temporal notices it.
    if (LONG) {
      await until(product, ({ wave, counts }) => wave > 0 && (counts?.admitted ?? 0) > PILOT);
      await kill();
    }
    await until(product, ({ wave, counts }) => wave > 0 && (counts?.provisioned ?? 0) > PILOT);
    await killed.stop();
    stopWorker = await startWorker(product.database, product.taskQueue, { workflowBundle: await changedWorkflows() });

    const result = await resultOf(product);
    expect(result).toMatchObject({
      outcome: 'completed',
      counts: { waiting: 0, admitted: USERS, written: USERS, open: 0, provisioned: USERS, inError: 0 },
    });
    const objects = await product.managedObjects(['msExchMailboxGuid']);
    expect(objects.size).toBe(USERS);
    expect([...objects.values()].filter((entry) => entry.attributes['msExchMailboxGuid'] !== undefined)).toHaveLength(
      USERS,
    );
    expect(await doubled(product)).toEqual([]);
  },
  LONG ? 3_600_000 : 240_000,
);

// Shows: Onboarding / its report: who, what, how long, what is left (samba)
test('its report says who had it come in, how long it took and what is left', async () => {
  const { code, value } = await itascaJson(product, 'onboard', 'report');
  expect(code).toBe(0);
  expect(value).toMatchObject({
    ...{ customer: product.name, forest: 'corp', operator: 'Olga Operator', state: 'completed', gate: false },
    ...{ counts: { provisioned: USERS }, left: [], errors: {} },
  });
  const { events, activeMs, startedAt, endedAt } = value as {
    events: { what: string; who: string | null }[];
    activeMs: number;
    startedAt: string;
    endedAt: string;
  };
  expect(activeMs).toBeGreaterThan(0);
  expect(activeMs).toBeLessThanOrEqual(Date.parse(endedAt) - Date.parse(startedAt));
  expect(events.find(({ what }) => what === 'the pilot was approved')?.who).toBe('ann and ben');
  expect(events.map(({ what }) => what)).toEqual([
    'started',
    expect.stringMatching(/^paused: the preflight failed/),
    'resumed',
    'nothing failed in the preflight',
    `wave pilot begins: ${String(PILOT)} wait`,
    'the pilot is through: the rest waits for an approval',
    'paused by an operator',
    'the pilot was approved once; another operator has to approve it, too',
    'the pilot was approved',
    `rate: ${String(USERS * 10)} objects a minute`,
    `rate: ${String(USERS * 20)} objects a minute`,
    'resumed',
    `wave sales begins: ${String(SALES)} wait`,
    `wave rest begins: ${String(USERS - PILOT - SALES)} wait`,
    'completed',
  ]);
  const shown = await itasca(product, 'onboard', 'report');
  expect(shown).toMatchObject({ code: 0, err: '' });
  expect(shown.out).toContain('by Olga Operator');
  expect(await itasca(product, 'onboard', 'status')).toMatchObject({ code: 0, out: shown.out });
  expect(await itasca(product, 'onboard', 'report', '999')).toMatchObject({ code: 1, out: '' });
  expect(await itasca(product, 'onboard', 'resume')).toMatchObject({
    code: 1,
    err: `No onboarding of ${product.name} runs.\n`,
  });
});

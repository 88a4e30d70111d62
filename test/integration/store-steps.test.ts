import { planForest } from '../../activities/plan.ts';
import type { Database } from '../../store/database.ts';
import { LockLost } from '../../store/locks.ts';
import { planSize, recordResults, unwritten } from '../../store/plan.ts';
import type { Run } from '../../store/runs.ts';
import { beginStep } from '../../store/steps.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { type CustomerStore, evaluated, useStore, staged } from '../support/store.ts';

const store = useStore();
let one: CustomerStore;
let run: Run;

beforeEach(async () => {
  one = await store.customer();
  run = await one.lockedRun('a');
});

let clock = 1_700_000_000_000;

/** An attempt that begins now; it was scheduled in the order of the calls, or when told. */
async function attempt(step = 'plan objects', scheduledAt = (clock += 1)): Promise<Database> {
  return store.database.fenced(await beginStep(store.database, run, step, scheduledAt));
}

const plan = (database: Database): Promise<unknown> =>
  planForest(database, run, { ...sampleConfiguration(), customer: one.customer }, 'corp', new AbortController().signal);

// Shows: Mistakes / an attempt of a step that was given up for dead and wakes up again changes nothing (postgresql)
test('an attempt that was begun again elsewhere writes nothing any more', async () => {
  await one.stage(run, staged(1));
  await one.evaluate(evaluated(1));
  const stalled = await attempt();
  const newer = await attempt();
  await expect(plan(stalled)).rejects.toThrow(LockLost);
  await expect(stalled.passFence()).rejects.toThrow(LockLost);
  expect(await planSize(store.database, run.id, 'objects')).toMatchObject({ changes: 0 });
  await plan(newer);
  expect(await planSize(store.database, run.id, 'objects')).toMatchObject({ changes: 1 });
});

test('an attempt that comes to the database after a later one does not take the step from it', async () => {
  const early = (clock += 1);
  const later = await attempt();
  await expect(attempt('plan objects', early)).rejects.toThrow(LockLost);
  await later.passFence();
});

test('a statement without a transaction passes the fence too, and reading is free', async () => {
  const stalled = await attempt();
  await attempt();
  const counts = JSON.stringify({ late: 1 });
  await expect(stalled.query('UPDATE run SET counts = $2 WHERE id = $1', [run.id, counts])).rejects.toThrow(LockLost);
  expect(await stalled.query('SELECT counts FROM run WHERE id = $1', [run.id])).toEqual([{ counts: {} }]);
});

test('steps of one run do not disturb each other', async () => {
  const page = await attempt('write objects 1');
  await attempt('write objects 2');
  await page.passFence();
});

test('what a transaction has begun to write is written before another attempt begins', async () => {
  const first = await attempt();
  const order: string[] = [];
  let second: Promise<unknown> = Promise.resolve();
  await first.transaction(async () => {
    second = attempt().then(() => order.push('second attempt'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    order.push('first transaction');
  });
  await second;
  expect(order).toEqual(['first transaction', 'second attempt']);
});

test('a run that has lost its forest begins nothing and writes nothing', async () => {
  const before = await attempt();
  await one.lockedRun('b', 'a');
  await expect(before.passFence()).rejects.toThrow(LockLost);
  await expect(attempt()).rejects.toThrow(LockLost);
});

test('a result that comes late does not replace the one that is recorded', async () => {
  await one.stage(run, staged(1));
  await one.evaluate(evaluated(1));
  await plan(await attempt());
  const [change] = await unwritten(store.database, run.id, 'objects', 0);
  const record = (ok: boolean): Promise<void> =>
    store.database.transaction((transaction) =>
      recordResults(transaction, [
        ok ? { id: change?.id ?? '', ok } : { id: change?.id ?? '', ok, answer: '68: refused the second time' },
      ]),
    );
  await record(true);
  await record(false);
  const [row] = await store.database.query<{ state: string; answer: string | null }>(
    'SELECT state, answer FROM planned_change WHERE id = $1',
    [change?.id],
  );
  expect(row).toEqual({ state: 'applied', answer: null });
});

import { LockLost, releaseForestLock, requireForestLock, takeForestLock, type LockAnswer } from '../../store/locks.ts';
import { endRun, latestRun, openRun } from '../../store/runs.ts';
import { ownWatermark, readWatermark, writeWatermark, type Watermark } from '../../store/watermarks.ts';
import { type CustomerStore, namingContext, useStore } from '../support/store.ts';

const store = useStore();
let one: CustomerStore;

beforeEach(async () => {
  one = await store.customer();
});

const cycle = (run: string): { workflowId: string; workflowRun: string } => ({ workflowId: 'cycle', workflowRun: run });
const take = (run: string, gone: string | null = null): Promise<LockAnswer> =>
  takeForestLock(store.database, one.forest, cycle(run), gone === null ? null : cycle(gone));

async function counterOf(answer: Promise<LockAnswer>): Promise<string> {
  const lock = await answer;
  if (!lock.taken) throw new Error(`held by ${lock.holder.workflowRun}`);
  return lock.counter;
}

test('of many who want a free forest at once one gets it, and the others are told by whom it is held', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => take(String(index))));
  const winner = answers.findIndex((answer) => answer.taken);
  expect(answers.filter((answer) => answer.taken)).toHaveLength(1);
  for (const answer of answers) if (!answer.taken) expect(answer.holder).toEqual(cycle(String(winner)));
});

test('who has the lock gets it again with the same counter, and who takes it over gets a higher one', async () => {
  const counter = await counterOf(take('a'));
  expect(await counterOf(take('a'))).toBe(counter);
  expect(Number(await counterOf(take('b', 'a')))).toBeGreaterThan(Number(counter));
});

test('only the holder that is known to be gone is taken over', async () => {
  await counterOf(take('a'));
  expect(await take('b', 'somebody else')).toEqual({ taken: false, holder: cycle('a') });
});

test('who has lost the lock may neither write nor give it back', async () => {
  const first = await counterOf(take('a'));
  const second = await counterOf(take('b', 'a'));
  await expect(requireForestLock(store.database, one.forest, first)).rejects.toThrow(LockLost);
  await releaseForestLock(store.database, one.forest, first);
  await requireForestLock(store.database, one.forest, second);
  await releaseForestLock(store.database, one.forest, second);
  await expect(requireForestLock(store.database, one.forest, second)).rejects.toThrow(LockLost);
});

test('nobody takes the lock over within a transaction that has checked it', async () => {
  const first = await counterOf(take('a'));
  let taken = false;
  let takeOver: Promise<void> = Promise.resolve();
  await store.database.transaction(async (transaction) => {
    await requireForestLock(transaction, one.forest, first);
    takeOver = counterOf(take('b', 'a')).then(() => {
      taken = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBe(false);
  });
  await takeOver;
  expect(taken).toBe(true);
});

test('a workflow run that asks twice has one run, and a run that ended keeps its outcome', async () => {
  const run = await one.run();
  const again = await openRun(store.database, {
    ...run,
    workflowId: `cycle/${one.customer}`,
    workflowRun: await lastWorkflowRun(),
  });
  expect(again).toBe(run.id);
  await endRun(store.database, run.id, 'completed');
  await endRun(store.database, run.id, 'failed');
  expect(await latestRun(store.database, one.forest)).toMatchObject({ id: run.id, outcome: 'completed' });
});

test('a run whose workflow was terminated is recorded as ended when the next one begins', async () => {
  const dead = await one.run();
  await one.run();
  const [row] = await store.database.query('SELECT outcome FROM run WHERE id = $1', [dead.id]);
  expect(row).toEqual({ outcome: 'failed' });
});

test('a watermark keeps the time of the last whole read over the deltas that follow', async () => {
  const mark = {
    controller: 'dc1',
    invocationId: '11111111-2222-4333-8444-555555555555',
    highestUsn: 9_007_199_254_740_993n,
    cookie: Buffer.from([1, 2]),
    asked: 'mail',
    seen: new Map([['11111111-2222-4333-8444-555555555555', 9_007_199_254_740_993n]]),
  };
  await writeWatermark(store.database, one.forest, namingContext, mark, true);
  const whole = await readWatermark(store.database, one.forest, namingContext.toUpperCase());
  expect(whole).toMatchObject(mark);
  await writeWatermark(store.database, one.forest, namingContext, { ...mark, cookie: Buffer.from([3]) }, false);
  const delta = await readWatermark(store.database, one.forest, namingContext);
  expect(delta).toMatchObject({ cookie: Buffer.from([3]), wholeAt: whole?.wholeAt });
});

test('of each controller its own cookie is kept, until a whole read may have led back behind it', async () => {
  const mark = (digit: number): Watermark => ({
    controller: `dc${String(digit)}`,
    invocationId: `${String(digit).repeat(8)}-2222-4333-8444-555555555555`,
    highestUsn: 7n,
    cookie: Buffer.from([digit]),
    asked: 'mail',
    seen: null,
  });
  const own = async (digit: number): Promise<Buffer | null> =>
    (await ownWatermark(store.database, one.forest, namingContext.toUpperCase(), mark(digit).invocationId))?.cookie ??
    null;
  await writeWatermark(store.database, one.forest, namingContext, mark(1), true);
  await writeWatermark(store.database, one.forest, namingContext, mark(2), false);
  expect(await readWatermark(store.database, one.forest, namingContext)).toMatchObject(mark(2));
  expect([await own(1), await own(2), await own(3)]).toEqual([Buffer.from([1]), Buffer.from([2]), null]);
  await writeWatermark(store.database, one.forest, namingContext, mark(3), true);
  expect([await own(1), await own(2), await own(3)]).toEqual([null, null, Buffer.from([3])]);
});

async function lastWorkflowRun(): Promise<string> {
  const [row] = await store.database.query<{ workflow_run: string }>(
    'SELECT workflow_run FROM run WHERE forest_id = $1 ORDER BY id DESC LIMIT 1',
    [one.forest],
  );
  return row?.workflow_run ?? '';
}

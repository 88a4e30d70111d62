import type { Alert } from '../../rules/alerts.ts';
import {
  listAlerts,
  openNotices,
  putOffNotice,
  settleAlerts,
  tellNotice,
  tryAlerts,
  type Notice,
} from '../../store/alerts.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
const targets = [
  { way: 'mail', target: 'ops@fabrikam.test' },
  { way: 'webhook', target: '' },
] as const;

function alert(content: string, weight: number, key = 'list/1'): Alert {
  return { key, kind: 'approval', content, weight, subject: `${content} waits`, text: content };
}

function look(customer: string, ...now: readonly Alert[]): Promise<void> {
  return store.database.transaction((transaction) => settleAlerts(transaction, customer, now, targets));
}

/** Tells everything that is to be told. */
async function told(customer: string): Promise<readonly string[]> {
  const notices: Notice[] = [];
  for (const { id } of await openNotices(store.database, customer))
    await tellNotice(store.database, id, (notice) => {
      notices.push(notice);
      return Promise.resolve();
    });
  return notices.map(({ way, subject }) => `${way}: ${subject}`).sort();
}

// Shows: Alerts / each is told once to each target until it changes for the worse; when it is over and comes back it is told again (postgresql)
test('an alert is told once, and again when it is another', async () => {
  const { customer } = await store.customer();
  await look(customer, alert('three', 3));
  expect(await told(customer)).toEqual(['mail: three waits', 'webhook: three waits']);
  await look(customer, alert('three', 3));
  expect(await told(customer)).toEqual([]);
  await look(customer, alert('five', 5));
  expect(await told(customer)).toEqual(['mail: five waits', 'webhook: five waits']);
  await look(customer, alert('four', 4));
  expect(await told(customer)).toEqual([]);
  // What is less is what the next one is compared with.
  await look(customer, alert('five again', 5));
  expect(await told(customer)).toHaveLength(2);
  await look(customer);
  expect(await told(customer)).toEqual([]);
  expect(await listAlerts(store.database, customer, false, 10)).toEqual([]);
  await look(customer, alert('three', 3));
  expect(await told(customer)).toHaveLength(2);
  expect(await listAlerts(store.database, customer, true, 10)).toHaveLength(2);
});

// Shows: Alerts / a notice that can not be told stays with its id, a newer one takes its place, and what is over is not told (postgresql)
test('what was not told yet is told later by the same id, unless it is over', async () => {
  const { customer } = await store.customer();
  await look(customer, alert('one', 1), alert('other', 1, 'list/2'));
  const first = await openNotices(store.database, customer);
  expect(first).toHaveLength(4);
  for (const { id } of first)
    await expect(tellNotice(store.database, id, () => Promise.reject(new Error('killed')))).rejects.toThrow('killed');
  expect(await openNotices(store.database, customer)).toEqual(first);
  await look(customer, alert('two', 2), alert('other', 1, 'list/2'));
  expect(await told(customer)).toEqual([
    'mail: other waits',
    'mail: two waits',
    'webhook: other waits',
    'webhook: two waits',
  ]);
  await look(customer, alert('three', 3));
  await look(customer);
  expect(await told(customer)).toEqual([]);
  const row = (await listAlerts(store.database, customer, true, 10)).find(({ key }) => key === 'list/1');
  expect(row?.notices.map(({ reason }) => reason)).toContain('it is over');
});

// Shows: Alerts / a notice that is refused is put off for longer and longer, told when that has passed or after the next trial, as long as it is so (postgresql)
test('what is refused is told later, or when somebody has tried the way again', async () => {
  const { customer } = await store.customer();
  const refuse = async (): Promise<void> => {
    for (const { id } of await openNotices(store.database, customer))
      await putOffNotice(store.database, id, 'no such webhook');
  };
  const hours = async (): Promise<readonly number[]> => {
    const [row] = await listAlerts(store.database, customer, false, 1);
    return (row?.notices ?? []).map(({ notBefore }) =>
      Math.round((Date.parse(notBefore ?? '') - Date.now()) / 3_600_000),
    );
  };
  const passes = (): Promise<unknown> =>
    store.database.query(
      "UPDATE alert_notice SET not_before = now() - interval '1 second' WHERE not_before IS NOT NULL",
    );
  await look(customer, alert('one', 1));
  await refuse();
  expect(await told(customer)).toEqual([]);
  for (const next of [2, 4, 8, 16, 24, 24]) {
    await passes();
    await refuse();
    expect(await hours()).toEqual([next, next]);
  }
  const [row] = await listAlerts(store.database, customer, false, 1);
  expect(row?.notices).toMatchObject([
    { refusal: 'no such webhook', reason: null },
    { refusal: 'no such webhook', reason: null },
  ]);
  await store.database.transaction((transaction) => tryAlerts(transaction, customer, targets, 'run'));
  expect(await told(customer)).toHaveLength(4);
  // A trial is not repeated.
  await store.database.transaction((transaction) => tryAlerts(transaction, customer, targets, 'another run'));
  await refuse();
  await passes();
  expect(await told(customer)).toEqual([]);
});

// Shows: Alerts / two looks at once tell nothing twice (postgresql)
test('two looks at the same time tell once', async () => {
  const { customer } = await store.customer();
  await Promise.all(Array.from({ length: 5 }, () => look(customer, alert('x', 1))));
  expect(await openNotices(store.database, customer)).toHaveLength(2);
  const [notice] = await openNotices(store.database, customer);
  let times = 0;
  const slow = async (): Promise<void> => {
    times += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await Promise.all([1, 2, 3].map(() => tellNotice(store.database, notice?.id ?? '', slow)));
  expect(times).toBe(1);
});

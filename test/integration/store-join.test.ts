import { joinForest, type JoinCounts } from '../../activities/join.ts';
import { planForest } from '../../activities/plan.ts';
import { indexManaged } from '../../store/join-index.ts';
import { countUnmatched } from '../../store/join-matches.ts';
import { stageManagedDelta } from '../../store/managed-space.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import type { Attributes } from '../support/source-object.ts';
import { anchorAttribute, CustomerStore, evaluated, guid, openStore, outOfScope, staged } from '../support/store.ts';

let store: Awaited<ReturnType<typeof openStore>>;
let customers = 0;
let one: CustomerStore;

const sid = (number: number): string => `S-1-5-21-1-2-3-${String(number)}`;
const mailbox = (number: number): Attributes => ({
  [anchorAttribute]: [],
  userAccountControl: '514',
  msExchMasterAccountSid: sid(number),
});

beforeAll(async () => {
  store = await openStore();
});

afterAll(() => store.dispose());

beforeEach(async () => {
  customers += 1;
  one = await CustomerStore.open(store.database, `c${String(customers)}`);
});

/** Stages a source account and has the rules look at it; up to its search in the Managed Forest. */
async function account(number: number): Promise<void> {
  const run = await one.run();
  await one.stage(run, staged(number, 'user', { objectSid: sid(number) }));
  await one.save(run, evaluated(number));
}

/** Reads managed objects as a cycle does; `null` has lost the SID. */
async function see(objects: Readonly<Record<number, Attributes>>): Promise<void> {
  const numbers = Object.keys(objects).map(Number);
  await one.seeManaged(...numbers.map((number) => ({ number, attributes: objects[number] ?? {} })));
  await index(numbers);
}

async function index(numbers: readonly number[]): Promise<void> {
  await store.database.transaction((transaction) =>
    indexManaged(
      transaction,
      one.managed,
      numbers.map((number) => ({ guid: one.managedGuid(number), residents: [one.customer] })),
      ['msExchMasterAccountSid'],
    ),
  );
}

async function remove(number: number): Promise<void> {
  await store.database.transaction((transaction) =>
    stageManagedDelta(transaction, one.managed, anchorAttribute, [
      {
        guid: one.managedGuid(number),
        dn: '',
        deleted: true,
        changed: {},
        linkAdds: [],
        linkRemoves: [],
        linkSets: [],
        kind: null,
      },
    ]),
  );
  await index([number]);
}

const ou = (): string => `OU=${one.customer},DC=mgd,DC=fabrikam,DC=test`;
const settings = (): ReturnType<typeof sampleConfiguration> => {
  const sample = sampleConfiguration();
  return { ...sample, customer: one.customer, managed: { ...sample.managed, name: 'mgd', ou: ou() } };
};

async function search(): Promise<JoinCounts> {
  return joinForest(store.database, await one.run(), settings(), 'corp');
}

async function managedOf(number: number): Promise<string | null | undefined> {
  const [row] = await store.database.query<{ managed_guid: string | null }>(
    'SELECT managed_guid FROM identity WHERE source_forest = $1 AND source_guid = $2',
    [one.forest, guid(number)],
  );
  return row?.managed_guid;
}

async function plan(): Promise<readonly string[]> {
  const run = await one.run();
  await planForest(store.database, run, settings(), 'corp', new AbortController().signal);
  const rows = await store.database.query<{ operation: string }>(
    'SELECT operation FROM planned_change WHERE run_id = $1',
    [run.id],
  );
  return rows.map((row) => row.operation);
}

// Shows: Join / an object that waits to be created is looked for again (postgresql)
test('an object that was planned and has not been created is looked for again: what turns up meanwhile is adopted', async () => {
  await account(1);
  expect(await search()).toMatchObject({ joined: 0, adopted: 0 });
  await one.settle(await one.run());
  expect(await plan()).toEqual(['add']);
  await see({ 1: mailbox(1) });
  expect(await search()).toMatchObject({ joined: 0, adopted: 1 });
  expect(await managedOf(1)).toBe(one.managedGuid(1));
  expect(await plan()).toEqual(['modify']);
});

test('while something contested matches an object that was to be created, its creation is not planned', async () => {
  await account(1);
  await one.settle(await one.run());
  await see({ 1: mailbox(1), 2: mailbox(1) });
  expect(await search()).toMatchObject({ joined: 0, adopted: 0 });
  await one.settle(await one.run());
  expect(await plan()).toEqual([]);
  expect(await one.errors()).toMatchObject([{ guid: guid(1), code: 'SE811' }]);
  await remove(2);
  expect(await search()).toMatchObject({ joined: 0, adopted: 1 });
  expect(await one.errors()).toEqual([]);
});

test('an object that was created once is not looked for again when its managed object is gone', async () => {
  await account(1);
  await one.settle(await one.run());
  expect(await plan()).toEqual(['add']);
  await store.database.query("UPDATE planned_change SET state = 'confirmed' WHERE configuration = 1");
  await see({ 7: mailbox(1) });
  expect(await search()).toMatchObject({ joined: 0, adopted: 0 });
});

test('what is looked up follows the changes of the managed objects', async () => {
  await see({ 1: mailbox(1), 2: mailbox(2) });
  await see({ 1: { ...mailbox(1), msExchMasterAccountSid: [] }, 2: mailbox(3) });
  await account(1);
  await account(2);
  await account(3);
  expect(await search()).toMatchObject({ joined: 0, adopted: 1 });
  expect(await managedOf(3)).toBe(one.managedGuid(2));
});

test('two source accounts that match one managed object are both in error, until one of them leaves scope', async () => {
  await see({ 1: mailbox(1) });
  await account(1);
  const run = await one.run();
  await one.stage(run, staged(2, 'user', { objectSid: sid(2), sIDHistory: sid(1) }));
  await one.save(run, evaluated(2));
  expect(await search()).toMatchObject({ joined: 0, adopted: 0 });
  expect(await one.errors()).toMatchObject([
    { guid: guid(1), code: 'SE812', other: guid(2) },
    { guid: guid(2), code: 'SE812', other: guid(1) },
  ]);
  await one.save(await one.run(), outOfScope(2));
  expect(await search()).toMatchObject({ joined: 0, adopted: 1 });
  expect(await managedOf(1)).toBe(one.managedGuid(1));
  expect(await one.errors()).toEqual([]);
});

// Shows: Join / unmatched managed objects are counted without looking for them (postgresql)
test('managed objects without a source object are kept count of as they come, are joined and go', async () => {
  const count = (): Promise<number> => countUnmatched(store.database, one.managed, one.customer);
  await see({ 1: mailbox(1), 2: mailbox(2), 3: mailbox(3) });
  expect(await count()).toBe(3);
  await account(1);
  await search();
  expect(await count()).toBe(2);
  await remove(2);
  expect(await count()).toBe(1);
});

test('after a loss of the database two managed objects with one anchor are an error, not a guess', async () => {
  await one.seeManaged({ number: 1 }, { number: 2, attributes: { [anchorAttribute]: one.anchor(1) } });
  await account(1);
  expect(await search()).toMatchObject({ joined: 0, adopted: 0 });
  expect(await one.errors()).toMatchObject([{ guid: guid(1), code: 'SE811' }]);
});

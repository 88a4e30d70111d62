import { joinForest, type JoinCounts } from '../../activities/join.ts';
import { planForest } from '../../activities/plan.ts';
import { settleClaims } from '../../store/claims.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { identityKeys } from '../../rules/reconnection.ts';
import { settleIdentities } from '../../store/identities.ts';
import { approveMap, checkMap, giveMap, mapLines, mapProgress } from '../../store/migration-maps.ts';
import { approvePairs, rejectCase } from '../../store/reconnection-cases.ts';
import { undoReconnection } from '../../store/reconnection-progress.ts';
import { markTombstones } from '../../store/source-delta.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { image } from '../support/source-object.ts';
import {
  address,
  CustomerStore,
  evaluated,
  guid,
  namingContext,
  openStore,
  outOfScope,
  staged,
} from '../support/store.ts';

let store: Awaited<ReturnType<typeof openStore>>;
let customers = 0;
let one: CustomerStore;
let settings: Configuration;

beforeAll(async () => {
  store = await openStore();
});

afterAll(() => store.dispose());

beforeEach(async () => {
  customers += 1;
  one = await CustomerStore.open(store.database, `c${String(customers)}`);
  const sample = sampleConfiguration();
  settings = { ...sample, customer: one.customer, managed: { ...sample.managed, name: 'mgd' } };
});

const sid = (number: number): string => `S-1-5-21-1-2-3-${String(number)}`;
const mail = (person: number): string => `p${String(person)}@${one.customer}.example`;

/** Reads and evaluates accounts: their numbers with the persons whose they are, who have an employeeID and a mail address. */
async function read(accounts: Readonly<Record<number, number>>): Promise<void> {
  const run = await one.run();
  for (const [text, person] of Object.entries(accounts)) {
    const number = Number(text);
    const attributes = { objectSid: sid(number), employeeID: `E${String(person)}`, mail: mail(person) };
    await one.stage(run, staged(number, 'user', attributes));
    await one.save(
      run,
      evaluated(number, {
        claims: [address(mail(person))],
        keys: identityKeys({ guid: guid(number), attributes: image(attributes) }, settings.reconnection.rules),
        service: {
          mail: { recipient: 'linked', quotaBytes: null, region: 'EU', sourceSid: sid(number), hidden: false },
        },
      }),
    );
  }
}

/** Accounts that have their managed objects. */
async function provisioned(...numbers: readonly number[]): Promise<void> {
  await read(Object.fromEntries(numbers.map((number) => [number, number])));
  await one.seeManaged(...numbers.map((number) => ({ number })));
  await search();
  expect(await owner(numbers[0] ?? 0)).toBe(numbers[0]);
}

async function gone(...numbers: readonly number[]): Promise<void> {
  await markTombstones(store.database, one.forest, namingContext, numbers.map(guid));
  const run = await one.run();
  await one.save(run, ...numbers.map(outOfScope));
}

/** The part of a cycle that decides whose services are whose. */
async function search(): Promise<JoinCounts> {
  const run = await one.run();
  const counts = await joinForest(store.database, run, settings, 'corp');
  await one.settle(run);
  return counts;
}

/** The account that has the managed object of the account `number` of before. */
async function owner(number: number): Promise<number | undefined> {
  const [row] = await store.database.query<{ source_guid: string }>(
    'SELECT source_guid FROM identity WHERE managed_guid = $1',
    [one.managedGuid(number)],
  );
  return row === undefined ? undefined : Number(row.source_guid.slice(-12));
}

async function identityOf(number: number): Promise<string> {
  const [row] = await store.database.query<{ id: string }>('SELECT id FROM identity WHERE managed_guid = $1', [
    one.managedGuid(number),
  ]);
  return row?.id ?? '';
}

async function codes(): Promise<readonly string[]> {
  return (await one.errors()).map((error) => `${String(Number(error.guid.slice(-12)))} ${error.code}`);
}

test('an address goes over with the services, and is nobody else’s for a moment', async () => {
  await provisioned(1);
  await gone(1);
  await read({ 2: 1 });
  expect(await search()).toMatchObject({ reconnected: 1 });
  expect(await owner(1)).toBe(2);
  expect(await one.holder(mail(1))).toBe(guid(2));
  expect(await codes()).toEqual([]);
  const [service] = await store.database.query<{ wanted: { sourceSid: string } }>(
    'SELECT wanted FROM service s JOIN identity i ON i.id = s.identity_id WHERE i.source_forest = $1',
    [one.forest],
  );
  expect(service?.wanted.sourceSid).toBe(sid(2));
});

// Shows: Reconnection / more automatic ones in a cycle than the limit: all wait for an operator (postgresql)
test('more than the limit are all asked about; what an operator approves is made, and counts no more', async () => {
  settings = { ...settings, reconnection: { ...settings.reconnection, limit: 1 } };
  await provisioned(1, 2);
  await gone(1, 2);
  await read({ 11: 1, 12: 2 });
  expect(await search()).toMatchObject({ reconnected: 0 });
  expect(await codes()).toEqual(['11 SE824', '12 SE824']);
  const pair = { source: one.forest, guid: guid(11), identityId: await identityOf(1) };
  await store.database.transaction((transaction) => approvePairs(transaction, [pair], 'ann', 1));
  expect(await search()).toMatchObject({ reconnected: 2 });
  expect([await owner(1), await owner(2)]).toEqual([11, 12]);
  expect(await codes()).toEqual([]);
});

// Shows: Reconnection / a second operator's approval can be required (postgresql)
test('where two have to approve, the same one twice is not enough', async () => {
  await provisioned(1);
  await read({ 2: 1 });
  await search();
  const pair = { source: one.forest, guid: guid(2), identityId: await identityOf(1) };
  const approve = (operator: string): Promise<number> =>
    store.database.transaction((transaction) => approvePairs(transaction, [pair], operator, 2));
  expect(await approve('ann')).toBe(0);
  expect(await approve('ann')).toBe(0);
  expect(await search()).toMatchObject({ reconnected: 0 });
  expect(await approve('ben')).toBe(1);
  expect(await search()).toMatchObject({ reconnected: 1 });
  const [row] = await store.database.query('SELECT state, decided_by FROM reconnection WHERE forest_id = $1', [
    one.forest,
  ]);
  expect(row).toEqual({ state: 'linked', decided_by: 'ann and ben' });
});

// Shows: Reconnection / a rejection is remembered and not asked again (postgresql)
test('what was rejected is not asked again: the object is somebody new, and has no claim on the address', async () => {
  await provisioned(1);
  await read({ 2: 1 });
  await search();
  expect(await codes()).toEqual(['2 SE823']);
  await store.database.transaction((transaction) => rejectCase(transaction, one.forest, guid(2), 'ann'));
  await search();
  expect(await codes()).toEqual(['2 SE303']);
  await gone(1);
  await read({ 2: 1 });
  expect(await search()).toMatchObject({ reconnected: 0 });
  expect(await owner(1)).toBe(1);
});

test('a source object whose services another one has comes back when that goes, and gets them again', async () => {
  await provisioned(1);
  await gone(1);
  await read({ 2: 1 });
  await search();
  expect(await owner(1)).toBe(2);
  // The administrator takes the old account out of the recycle bin, and deletes the new one.
  await read({ 1: 1 });
  await gone(2);
  expect(await search()).toMatchObject({ reconnected: 1 });
  expect(await owner(1)).toBe(1);
});

// Shows: Reconnection / undone: the old source object has its services again, the new one is not asked about again (postgresql)
test('an undone reconnection stays undone', async () => {
  await provisioned(1);
  await gone(1);
  await read({ 2: 1 });
  await search();
  const [row] = await store.database.query<{ id: string }>('SELECT id FROM reconnection WHERE forest_id = $1', [
    one.forest,
  ]);
  const undo = (): Promise<boolean> =>
    store.database.transaction((transaction) =>
      undoReconnection(transaction, { id: row?.id ?? '', forest: one.forest, guid: guid(2) }, 'ann'),
    );
  expect(await undo()).toBe(true);
  expect(await undo()).toBe(false);
  expect(await owner(1)).toBe(1);
  await read({ 2: 1 });
  expect(await search()).toMatchObject({ reconnected: 0 });
  expect(await owner(1)).toBe(1);
});

// Shows: Reconnection / while a case is open the services stay as they are: nothing ends (postgresql)
test('who may be the new object keeps the services until that is decided', async () => {
  settings = { ...settings, reconnection: { ...settings.reconnection, alwaysReview: [mail(1)] } };
  await provisioned(1);
  await gone(1);
  await read({ 2: 1 });
  await search();
  expect(await codes()).toEqual(['2 SE821']);
  expect(await planned()).toEqual([]);
  await store.database.transaction((transaction) => rejectCase(transaction, one.forest, guid(2), 'ann'));
  await search();
  expect(await planned()).toEqual(['disconnect']);
});

async function planned(): Promise<readonly string[]> {
  const run = await one.run();
  await planForest(store.database, run, settings, 'corp', new AbortController().signal);
  const rows = await store.database.query<{ operation: string }>(
    "SELECT operation FROM planned_change WHERE run_id = $1 AND operation <> 'modify' AND state = 'planned'",
    [run.id],
  );
  return rows.map((row) => row.operation);
}

test('what was planned for the old source object is not written any more', async () => {
  await provisioned(1);
  await gone(1);
  await store.database.transaction(async (transaction) => {
    await settleClaims(transaction, one.managed, (await one.run()).id);
    await settleIdentities(transaction, one.forest);
  });
  const run = await one.run();
  await planForest(store.database, run, settings, 'corp', new AbortController().signal);
  await read({ 2: 1 });
  expect(await search()).toMatchObject({ reconnected: 1 });
  const rows = await store.database.query('SELECT operation, state FROM planned_change WHERE run_id = $1', [run.id]);
  expect(rows).toEqual([{ operation: 'disconnect', state: 'dropped' }]);
});

// Shows: Reconnection / a migration map is checked line by line, shown side by side, and approved as one list (postgresql)
test('a map is checked line by line; what is right is approved as one list, the same list that was seen', async () => {
  await provisioned(1, 2, 3);
  await read({ 11: 91, 12: 92, 13: 93 });
  const lines = [
    [guid(1), guid(11)],
    [sid(2), `CN=Object 12,OU=People,${namingContext}`],
    [guid(3), guid(3)],
    ['CN=Nobody,DC=a', guid(13)],
  ].map(([old = '', next = ''], index) => ({ line: index + 1, old, new: next }));
  const map = await giveMap(store.database, one.customer, lines);
  const check = () => store.database.transaction((transaction) => checkMap(transaction, map, one.customer));
  const checked = await check();
  expect(checked).toMatchObject({ state: 'open', lines: 4, faults: 2 });
  expect((await mapLines(store.database, map, 10)).map(({ line, fault, oldIs }) => ({ line, fault, oldIs }))).toEqual([
    { line: 3, fault: 'the old and the new one are the same object', oldIs: 'there' },
    { line: 4, fault: 'there is no such old source object', oldIs: null },
    { line: 1, fault: null, oldIs: 'there' },
    { line: 2, fault: null, oldIs: 'there' },
  ]);
  const approve = (hash: string) =>
    store.database.transaction((transaction) => approveMap(transaction, map, one.customer, hash, 'ann', 1));
  expect(await approve('another')).toBeNull();
  expect(await approve(checked?.hash ?? '')).toEqual({ pairs: 2, approved: 2 });
  expect(await approve(checked?.hash ?? '')).toBeNull();
  expect(await mapProgress(store.database, map)).toEqual({ approved: 2, linked: 0, reconnected: 0, left: 0 });
  expect(await search()).toMatchObject({ reconnected: 2 });
  expect([await owner(1), await owner(2), await owner(3)]).toEqual([11, 12, 3]);
  expect(await mapProgress(store.database, map)).toEqual({ approved: 0, linked: 2, reconnected: 0, left: 0 });
});

test('nobody sees or gets what another customer has', async () => {
  await provisioned(1);
  const other = await CustomerStore.open(store.database, `c${String(customers)}x`);
  const id = await identityOf(1);
  const mine = one;
  one = other;
  await read({ 2: 1 });
  expect(await search()).toMatchObject({ reconnected: 0 });
  const map = await giveMap(store.database, other.customer, [{ line: 1, old: sid(1), new: guid(2) }]);
  expect(await store.database.transaction((t) => checkMap(t, map, other.customer))).toMatchObject({ faults: 1 });
  one = mine;
  expect(await identityOf(1)).toBe(id);
  expect(await owner(1)).toBe(1);
});

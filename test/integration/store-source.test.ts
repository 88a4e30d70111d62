import { stageContainers, currentUnits } from '../../store/source-tree.ts';
import { markTombstones, replaceBackLinks } from '../../store/source-delta.ts';
import { applyLinkDelta } from '../../store/source-links.ts';
import { dirtySources, finishSourceRead, stageSourcePage } from '../../store/source-space.ts';
import { type CustomerStore, evaluated, guid, member, namingContext, useStore, staged } from '../support/store.ts';

const store = useStore();
let one: CustomerStore;

beforeEach(async () => {
  one = await store.customer();
});

const group = (number: number, ...members: readonly number[]): ReturnType<typeof staged> =>
  staged(number, 'group', {}, members.map(member));

/** Row versions of the link values of a holder, by target: a value that was not touched keeps its own. */
async function versions(holder: number): Promise<ReadonlyMap<string, string>> {
  const rows = await store.database.query<{ target: string; version: string }>(
    'SELECT coalesce(target::text, target_dn) AS target, xmin::text AS version FROM source_link WHERE forest_id = $1 AND holder = $2',
    [one.forest, guid(holder)],
  );
  return new Map(rows.map((row) => [row.target, row.version]));
}

async function waiting(): Promise<string[]> {
  return (await dirtySources(store.database, one.forest, null, 100)).map((row) => row.guid);
}

// Shows: Evaluation / a change of members touches only the values that differ (postgresql)
test('of a group whose members changed only the values that differ are touched', async () => {
  await one.stage(await one.run(), group(9, 1, 2, 3));
  const before = await versions(9);
  expect(await one.stage(await one.run(), group(9, 2, 3, 4))).toBe(1);
  const after = await versions(9);
  expect([...after.keys()].sort()).toEqual([guid(2), guid(3), guid(4)]);
  expect(after.get(guid(2))).toBe(before.get(guid(2)));
  expect(after.get(guid(3))).toBe(before.get(guid(3)));
});

test('a link value without objectGUID is kept by its DN, and gives way when the GUID is known', async () => {
  const foreign = { attribute: 'member', target: null, targetDn: 'CN=Elsewhere,DC=other,DC=test' };
  await one.stage(await one.run(), staged(9, 'group', {}, [member(1), foreign]));
  expect([...(await versions(9)).keys()].sort()).toEqual([guid(1), foreign.targetDn]);
  await one.stage(await one.run(), group(9, 1, 2));
  expect([...(await versions(9)).keys()].sort()).toEqual([guid(1), guid(2)]);
});

// Shows: Evaluation / a read that holds nothing new marks nothing (postgresql)
test('a read that holds nothing new touches no link value and marks nothing', async () => {
  await one.stage(await one.run(), group(9, 1, 2), staged(1));
  await one.evaluate(evaluated(1), evaluated(9));
  const before = await versions(9);
  expect(await one.stage(await one.run(), group(9, 1, 2), staged(1))).toBe(0);
  expect(await versions(9)).toEqual(before);
  expect(await waiting()).toEqual([]);
});

// Shows: Connector / link values that came and went, one row each (postgresql)
test('a delta adds and takes away single values, and the next whole read compares the values themselves', async () => {
  await one.stage(await one.run(), group(9, 1, 2, 3));
  const delta = { holder: guid(9), adds: [member(4)], removes: [member(1)], sets: [] };
  await store.database.transaction((transaction) => applyLinkDelta(transaction, one.forest, [delta]));
  const before = await versions(9);
  expect([...before.keys()].sort()).toEqual([guid(2), guid(3), guid(4)]);
  await one.stage(await one.run(), group(9, 2, 3, 4));
  expect(await versions(9)).toEqual(before);
});

// Shows: Connector / without a tombstone deletes wait for two complete reads (postgresql)
test('an object is gone only when two complete reads in a row did not hold it', async () => {
  await one.stage(await one.run(), staged(1), staged(2));
  await one.evaluate(evaluated(1), evaluated(2));
  for (const expected of [
    { absent: 1, gone: 0 },
    { absent: 1, gone: 1 },
  ]) {
    const run = await one.run('full');
    await one.stage(run, staged(1));
    expect(await finishSourceRead(store.database, one.forest, run.id, namingContext)).toEqual(expected);
    // A step that is tried again counts nothing twice.
    expect(await finishSourceRead(store.database, one.forest, run.id, namingContext)).toEqual({ absent: 0, gone: 0 });
  }
  expect(await waiting()).toEqual([guid(2)]);
});

// Shows: Connector / an absence counts from the beginning after the object was read (postgresql)
test('an object that one complete read held counts from the beginning again', async () => {
  const reads: readonly (readonly ReturnType<typeof staged>[])[] = [[staged(1)], [], [staged(1)], []];
  for (const page of reads) {
    const run = await one.run('full');
    await one.stage(run, ...page);
    expect(await finishSourceRead(store.database, one.forest, run.id, namingContext)).toMatchObject({ gone: 0 });
  }
});

test('an object that comes back is evaluated again, though nothing in it has changed', async () => {
  await one.stage(await one.run(), staged(1));
  await one.evaluate(evaluated(1));
  expect(await markTombstones(store.database, one.forest, namingContext, [guid(1)])).toBe(1);
  await one.evaluate(evaluated(1, { inScope: false, wanted: {} }));
  expect(await waiting()).toEqual([]);
  expect(await one.stage(await one.run(), staged(1))).toBe(1);
  expect(await waiting()).toEqual([guid(1)]);
});

// Shows: Connector / moves between domains: a tombstone counts only in the domain where the object was last seen (postgresql)
test('a tombstone counts only in the domain where the object was last seen', async () => {
  await one.stage(await one.run(), staged(1));
  expect(await markTombstones(store.database, one.forest, `DC=emea,${namingContext}`, [guid(1)])).toBe(0);
});

// Shows: Connector / paths of what is below a renamed OU, and the scope held by its objectGUID (postgresql)
test('what is below a renamed organizational unit moves with it, and the scope follows the unit', async () => {
  const unit = { guid: guid(50), dn: `OU=People,${namingContext}` };
  const inner = { guid: guid(51), dn: `OU=Sales,${unit.dn}` };
  const run = await one.run();
  await one.stage(run, staged(1));
  const contain = (containers: readonly (typeof unit)[]): Promise<void> =>
    store.database.transaction((transaction) =>
      stageContainers(transaction, one.forest, run.id, namingContext, containers),
    );
  const units = (): Promise<readonly string[]> =>
    store.database.transaction((transaction) => currentUnits(transaction, one.forest, [inner.dn]));
  await contain([unit, inner]);
  expect(await units()).toEqual([inner.dn]);
  await one.evaluate(evaluated(1));
  await contain([{ ...unit, dn: `OU=Staff,${namingContext}` }]);
  expect(await units()).toEqual([`OU=Sales,OU=Staff,${namingContext}`]);
  const [object] = await dirtySources(store.database, one.forest, null, 10);
  expect(object?.dn).toBe(`CN=Object 1,OU=Staff,${namingContext}`);
});

// Shows: Evaluation / a read that holds nothing new writes no attributes (postgresql)
test('a read that holds nothing new does not write the attributes of an object anew', async () => {
  const photo = Array.from({ length: 400 }, (_, index) => Math.sin(index).toString(36))
    .join('')
    .repeat(8);
  const big = staged(1, 'user', { thumbnailPhoto: photo });
  await one.stage(await one.run(), big);
  const written = async (): Promise<string[]> => {
    const rows = await store.database.query<{ chunk: string }>(
      `SELECT DISTINCT pg_column_size(attributes)::text AS chunk FROM source_object WHERE forest_id = $1`,
      [one.forest],
    );
    const [toast] = await store.database.query<{ name: string }>(
      "SELECT reltoastrelid::regclass::text AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = 'source_object'",
    );
    const chunks = await store.database.query<{ id: string }>(
      `SELECT DISTINCT chunk_id::text AS id FROM ${toast?.name ?? ''} ORDER BY 1`,
    );
    return [...rows.map((row) => row.chunk), ...chunks.map((row) => row.id)];
  };
  const before = await written();
  expect(before.length).toBeGreaterThan(1);
  await one.stage(await one.run(), big);
  expect(await written()).toEqual(before);
});

/** How long it takes, in ms: only ever compared with something else that takes place right before, under the same load. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

// Shows: Evaluation / a change of one member of a large group costs by the change (postgresql)
test('the cost of a change of one member grows with the change, not with the square of the group', async () => {
  const size = 20_000;
  const members = Array.from({ length: size }, (_, index) => index + 1000);
  const whole = await timed(async () => one.stage(await one.run(), group(9, ...members)));
  const change = await timed(async () => one.stage(await one.run(), group(9, ...members.slice(1))));
  expect(change).toBeLessThan(5 * whole);
});

// Shows: Evaluation / many members that go by a delta cost by the change (postgresql)
test('taking many members away by a delta does not read the group once for each of them', async () => {
  const members = Array.from({ length: 20_000 }, (_, index) => index + 1000);
  const whole = await timed(async () => one.stage(await one.run(), group(9, ...members)));
  const removes = members.slice(0, 4_000).map(member);
  const change = await timed(() =>
    store.database.transaction((transaction) =>
      applyLinkDelta(transaction, one.forest, [{ holder: guid(9), adds: [], removes, sets: [] }]),
    ),
  );
  expect((await versions(9)).size).toBe(16_000);
  expect(change).toBeLessThan(5 * whole);
});

describe('a forest of several domains', () => {
  const elsewhere = 'DC=emea,DC=corp,DC=contoso,DC=test';

  /** Stages in the other domain. */
  async function stageElsewhere(...page: readonly ReturnType<typeof staged>[]): Promise<void> {
    const run = await one.run();
    await store.database.transaction((transaction) =>
      stageSourcePage(transaction, one.forest, run.id, elsewhere, page),
    );
  }

  // Shows: Connector / moves between domains: the tombstone in the old domain is not one of the object (postgresql)
  test('an object that moved is not gone when its old domain tells of a tombstone, in any order', async () => {
    await one.stage(await one.run(), staged(1), staged(2));
    await stageElsewhere(staged(1));
    expect(await markTombstones(store.database, one.forest, namingContext, [guid(1), guid(2)])).toBe(1);
    await stageElsewhere(staged(2));
    const rows = await store.database.query(
      'SELECT guid FROM source_object WHERE forest_id = $1 AND tombstone_at IS NULL',
      [one.forest],
    );
    expect(rows).toHaveLength(2);
  });

  // Shows: Objects / members from other domains of the forest stay when the member moves (postgresql)
  test('what the new domain tells of who has the object as a member says nothing of groups in other domains', async () => {
    await one.stage(await one.run(), group(9, 1), staged(1));
    await stageElsewhere(group(8, 1), group(7, 1));
    await store.database.transaction((transaction) =>
      replaceBackLinks(transaction, one.forest, elsewhere, guid(1), [{ holder: guid(8), attribute: 'member' }]),
    );
    expect([...(await versions(9)).keys()]).toEqual([guid(1)]);
    expect([...(await versions(8)).keys()]).toEqual([guid(1)]);
    expect([...(await versions(7)).keys()]).toEqual([]);
  });
});

interface Change {
  readonly attribute: string;
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
}

async function history(): Promise<readonly Change[]> {
  return store.database.query<Change>(
    'SELECT attribute, before, after FROM source_change WHERE forest_id = $1 ORDER BY at, attribute, after IS NULL',
    [one.forest],
  );
}

// Shows: Command / object explain: the timeline keeps each source change, nothing of the first load (postgresql)
test('what a later read changes is kept attribute by attribute, and a read without a change keeps nothing', async () => {
  const person = staged(1, 'user', { title: ['Engineer'], mail: ['one@contoso.test'] });
  await one.stage(await one.run(), person, staged(2));
  await one.stage(await one.run(), person, staged(2));
  expect(await history()).toEqual([]);
  const changed = staged(1, 'user', { title: ['Director'], telephoneNumber: ['1'], description: ['x'.repeat(5000)] });
  await one.stage(await one.run(), { ...changed, dn: `CN=Elsewhere,${namingContext}` }, staged(2));
  const expected = [
    { attribute: 'description', before: null, after: [expect.stringMatching(/^\(5\d+ characters, not kept\)$/)] },
    { attribute: 'distinguishedName', before: [person.dn], after: [`CN=Elsewhere,${namingContext}`] },
    { attribute: 'mail', before: ['one@contoso.test'], after: null },
    { attribute: 'telephoneNumber', before: null, after: ['1'] },
    { attribute: 'title', before: ['Engineer'], after: ['Director'] },
  ];
  expect(await history()).toEqual(expected);
  // A page that is staged again keeps nothing twice.
  await one.stage(await one.run(), { ...changed, dn: `CN=Elsewhere,${namingContext}` }, staged(2));
  expect(await history()).toEqual(expected);
});

// Shows: Command / object explain: the timeline keeps that an object was gone and came back (postgresql)
test('an object that comes back keeps when it was gone', async () => {
  await one.stage(await one.run(), staged(1));
  await markTombstones(store.database, one.forest, namingContext, [guid(1)]);
  await one.stage(await one.run(), staged(1));
  expect(await history()).toEqual([
    { attribute: 'isDeleted', before: null, after: ['TRUE'] },
    { attribute: 'isDeleted', before: ['TRUE'], after: null },
  ]);
});

test('what is below a renamed organizational unit keeps where it was', async () => {
  const unit = { guid: guid(50), dn: `OU=People,${namingContext}` };
  const stageUnit = async (dn: string): Promise<void> => {
    const run = await one.run();
    await store.database.transaction((transaction) =>
      stageContainers(transaction, one.forest, run.id, namingContext, [{ ...unit, dn }]),
    );
  };
  await stageUnit(unit.dn);
  await one.stage(await one.run(), staged(1));
  await stageUnit(`OU=Staff,${namingContext}`);
  expect(await history()).toEqual([
    {
      attribute: 'distinguishedName',
      before: [`CN=Object 1,OU=People,${namingContext}`],
      after: [`CN=Object 1,OU=Staff,${namingContext}`],
    },
  ]);
});

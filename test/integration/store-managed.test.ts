import { joinByAnchor } from '../../store/joining.ts';
import { markDeleted, noteAbsent, notHeld } from '../../store/managed-deletions.ts';
import { beginManagedRead, stageManagedDelta, stageManagedPage } from '../../store/managed-space.ts';
import { image } from '../support/source-object.ts';
import { anchorAttribute, type CustomerStore, evaluated, guid, member, useStore, staged } from '../support/store.ts';

const store = useStore();
let one: CustomerStore;

beforeEach(async () => {
  one = await store.customer();
});

async function identities(): Promise<
  { source: number; managed: string | null; dirty: boolean; linksDirty: boolean }[]
> {
  const rows = await store.database.query<{
    source_guid: string;
    managed_guid: string | null;
    plan_dirty: boolean;
    links_dirty: boolean;
  }>(
    'SELECT source_guid, managed_guid, plan_dirty, links_dirty FROM identity WHERE source_forest = $1 ORDER BY source_guid',
    [one.forest],
  );
  return rows.map((row) => ({
    source: Number(row.source_guid.slice(-6)),
    managed: row.managed_guid,
    dirty: row.plan_dirty,
    linksDirty: row.links_dirty,
  }));
}

function settled(): Promise<unknown> {
  return store.database.query('UPDATE identity SET plan_dirty = false, links_dirty = false');
}

async function gone(number: number): Promise<void> {
  const delta = { dn: '', deleted: true, changed: {}, linkAdds: [], linkRemoves: [], linkSets: [], kind: null };
  await store.database.transaction((transaction) =>
    stageManagedDelta(transaction, one.managed, anchorAttribute, [{ ...delta, guid: one.managedGuid(number) }]),
  );
}

// Shows: Confirmation / what was added is confirmed by reading it, and who refers to it is looked at again (postgresql)
test('an added object is joined to its identity when it is read, and who refers to it is looked at again', async () => {
  await one.stage(await one.run(), staged(1), staged(9, 'group', {}, [member(1)]));
  await one.evaluate(evaluated(1), evaluated(9));
  await settled();
  await one.seeManaged({ number: 1 });
  expect(await identities()).toEqual([
    { source: 1, managed: one.managedGuid(1), dirty: true, linksDirty: true },
    { source: 9, managed: null, dirty: false, linksDirty: true },
  ]);
});

// Shows: Join / our own anchor (postgresql)
test('after a loss of the database objects are joined by their anchors, and none is to be added', async () => {
  await one.seeManaged({ number: 1 }, { number: 2 });
  await one.stage(await one.run(), staged(1), staged(2), staged(3));
  await one.evaluate(evaluated(1), evaluated(2), evaluated(3));
  expect((await identities()).map((row) => row.managed)).toEqual([one.managedGuid(1), one.managedGuid(2), null]);
});

// Shows: Drift / a managed object deleted by hand is built anew with the same mailbox (postgresql)
test('a managed object that is deleted by hand leaves its identity without one, to be added again with the same mailbox', async () => {
  await one.stage(await one.run(), staged(1));
  await one.evaluate(evaluated(1, { service: { mail: wish } }));
  await one.seeManaged({ number: 1 });
  const facts = JSON.stringify({ mailboxGuid: guid(77) });
  await store.database.query("UPDATE service SET state = 'provisioned', facts = $1", [facts]);
  await settled();
  await gone(1);
  expect(await identities()).toEqual([{ source: 1, managed: null, dirty: true, linksDirty: false }]);
  const [service] = await store.database.query(
    'SELECT s.state, s.facts FROM service s JOIN identity i ON i.id = s.identity_id WHERE i.source_forest = $1',
    [one.forest],
  );
  expect(service).toEqual({ state: 'wanted', facts: { mailboxGuid: guid(77) } });
});

const wish = {
  recipient: 'linked',
  quotaBytes: null,
  region: 'EU',
  sourceSid: 'S-1-5-21-1-2-3-4',
  hidden: false,
} as const;

// Shows: Guard / a delete needs a tombstone or two complete reads, on the managed side too (postgresql)
test('what two complete reads do not hold is gone, and nothing refers to it any more', async () => {
  await one.stage(await one.run(), staged(1), staged(9, 'group'));
  await one.evaluate(evaluated(1), evaluated(9));
  await one.seeManaged({ number: 1 }, { number: 9, members: [1] });
  const object = {
    guid: one.managedGuid(9),
    kind: 'group' as const,
    dn: 'CN=Object 9,DC=mgd,DC=fabrikam,DC=test',
    anchor: one.anchor(9),
    sam: 'object9',
    attributes: image({ name: 'Object 9' }),
    links: [],
  };
  const wholeRead = async (run: string): Promise<void> =>
    store.database.transaction(async (transaction) => {
      const read = await beginManagedRead(transaction);
      await stageManagedPage(transaction, one.managed, read, [object]);
      const missing = await notHeld(transaction, one.managed, read);
      const gone = await noteAbsent(transaction, one.managed, missing, run);
      await markDeleted(transaction, one.managed, gone, 'absent twice');
    });
  const { id } = await one.run();
  await wholeRead(id);
  // Read again by the same cycle it is still one reader's word.
  await wholeRead(id);
  expect((await identities()).map((row) => row.managed)).toEqual([one.managedGuid(1), one.managedGuid(9)]);
  await wholeRead((await one.run()).id);
  expect((await identities()).map((row) => row.managed)).toEqual([null, one.managedGuid(9)]);
  const links = await store.database.query('SELECT 1 FROM managed_link WHERE holder = $1', [one.managedGuid(9)]);
  expect(links).toEqual([]);
});

test('of an object that a delta tells in part the rest stays; a cleared attribute is gone', async () => {
  await one.seeManaged({ number: 1, attributes: { title: 'Chief', displayName: 'One' } });
  const part = { dn: 'CN=One', deleted: false, linkAdds: [], linkRemoves: [], linkSets: [], kind: null };
  await store.database.transaction((transaction) =>
    stageManagedDelta(transaction, one.managed, anchorAttribute, [
      { ...part, guid: one.managedGuid(1), changed: { title: [] } },
      // Neither known nor with its classes: none that is kept.
      { ...part, guid: one.managedGuid(500), changed: { displayName: ['Elsewhere'] } },
    ]),
  );
  const rows = await store.database.query<{ attributes: Record<string, string[]>; anchor: string }>(
    'SELECT attributes, anchor FROM managed_object WHERE guid = ANY($1)',
    [[one.managedGuid(1), one.managedGuid(500)]],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.anchor).toBe(one.anchor(1));
  expect(rows[0]?.attributes).toMatchObject({ displayName: ['One'] });
  expect(rows[0]?.attributes).not.toHaveProperty('title');
});

test('values of a reference that came and went are applied to the value', async () => {
  await one.seeManaged({ number: 1 }, { number: 2 }, { number: 9, members: [1] });
  const change = { dn: 'CN=Nine', deleted: false, changed: {}, linkSets: [], kind: null, guid: one.managedGuid(9) };
  const link = (number: number): { attribute: string; target: string } => ({
    attribute: 'member',
    target: one.managedGuid(number),
  });
  await store.database.transaction((transaction) =>
    stageManagedDelta(transaction, one.managed, anchorAttribute, [
      { ...change, linkAdds: [link(2)], linkRemoves: [link(1)] },
    ]),
  );
  const rows = await store.database.query('SELECT target FROM managed_link WHERE holder = $1', [one.managedGuid(9)]);
  expect(rows).toEqual([{ target: one.managedGuid(2) }]);
});

test("an anchor that somebody wrote on another's object stops no read", async () => {
  await one.stage(await one.run(), staged(1), staged(2));
  await one.evaluate(evaluated(1), evaluated(2));
  await one.seeManaged({ number: 1 });
  // By hand the anchor of 2, which is not in the managed forest yet, is put on the object of 1.
  await one.seeManaged({ number: 1, attributes: { [anchorAttribute]: one.anchor(2) } });
  expect((await identities()).map((row) => row.managed)).toContain(one.managedGuid(1));
});

test("an anchor that somebody wrote on another's object stops no evaluation", async () => {
  await one.stage(await one.run(), staged(1), staged(2));
  await one.evaluate(evaluated(1));
  await one.seeManaged({ number: 1 });
  await one.seeManaged({ number: 1, attributes: { [anchorAttribute]: one.anchor(2) } });
  const run = await one.run();
  await one.save(run, evaluated(2));
  await store.database.transaction((transaction) =>
    joinByAnchor(transaction, { source: one.forest, managed: one.managed }, run.id),
  );
  const holders = (await identities()).filter((row) => row.managed === one.managedGuid(1));
  expect(holders).toHaveLength(1);
});

test('after a loss of the database two objects of one name in two containers are joined both', async () => {
  await one.seeManaged({ number: 1, attributes: { name: 'Ann' } }, { number: 2, attributes: { name: 'Ann' } });
  await one.stage(await one.run(), staged(1), staged(2));
  await one.evaluate(evaluated(1), evaluated(2));
  expect((await identities()).map((row) => row.managed)).toEqual([one.managedGuid(1), one.managedGuid(2)]);
});

// Shows: Join / a copied anchor does not take the place of the original (postgresql)
test('a copy of an object with its anchor does not take the place of the original', async () => {
  await one.stage(await one.run(), staged(1));
  await one.evaluate(evaluated(1));
  await one.seeManaged({ number: 1 });
  await one.seeManaged({ number: 500, attributes: { [anchorAttribute]: one.anchor(1) } });
  expect((await identities()).map((row) => row.managed)).toEqual([one.managedGuid(1)]);
});

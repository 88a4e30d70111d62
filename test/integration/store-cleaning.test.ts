import type { CleanedPart } from '../../rules/keeping.ts';
import { cleanBatch } from '../../store/cleaning.ts';
import { knownSources, markTombstones } from '../../store/source-delta.ts';
import type { Run } from '../../store/runs.ts';
import { keepReport, openDeliveries } from '../../store/reports.ts';
import {
  evaluated,
  guid,
  member,
  namingContext,
  outOfScope,
  staged,
  useStore,
  type CustomerStore,
} from '../support/store.ts';

const store = useStore();
const YEAR_MS = 365 * 86_400_000;
/** What is older than a year is deleted. */
const before = new Date(Date.now() - YEAR_MS);

function clean(one: CustomerStore, part: CleanedPart, limit = 100): Promise<number | null> {
  return cleanBatch(one.database, part, { customer: one.customer, before, historyFrom: before, limit });
}

/** A customer whose first objects were made in a cycle two years ago, with a change of each that was written then. */
async function withHistory(...numbers: readonly number[]): Promise<{ readonly one: CustomerStore; readonly run: Run }> {
  const one = await store.customer();
  await one.stage(await one.run(), ...numbers.map((number) => staged(number)));
  const run = await one.evaluate(...numbers.map((number) => evaluated(number)));
  await one.seeManaged(...numbers.map((number) => ({ number })));
  for (const number of numbers) await change(one, run, number, 'confirmed');
  await age(one);
  return { one, run };
}

/** A change of an object as it was settled; its rule is the object's number and state. */
async function change(one: CustomerStore, run: Run, number: number, state: string, more = ''): Promise<string> {
  const [row] = await one.database.query<{ id: string }>(
    `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, before, after, rule, state, applied_at)
     SELECT $1, 1, id, 'objects', 0, 'modify', managed_guid, '{}', '{"title": ["Then"]}', $4, $3, now() FROM identity WHERE source_forest = $5 AND source_guid = $2 RETURNING id`,
    [run.id, guid(number), state, `${String(number)} ${state}${more}`, one.forest],
  );
  if (row === undefined) throw new Error('no identity');
  return row.id;
}

/** Everything that the customer has on record was two years ago. */
async function age(one: CustomerStore): Promise<void> {
  const then = "now() - interval '2 years'";
  await one.database.query(`UPDATE run SET started_at = ${then}, ended_at = ${then} WHERE forest_id = $1`, [
    one.forest,
  ]);
  await one.database.query(
    `UPDATE planned_change SET planned_at = ${then}, applied_at = ${then} WHERE run_id IN (SELECT id FROM run WHERE forest_id = $1)`,
    [one.forest],
  );
}

async function rules(one: CustomerStore): Promise<readonly string[]> {
  const rows = await one.database.query<{ rule: string }>(
    'SELECT rule FROM planned_change WHERE run_id IN (SELECT id FROM run WHERE forest_id = $1) ORDER BY rule',
    [one.forest],
  );
  return rows.map((row) => row.rule);
}

/** The objects are gone since two years, and so are their managed ones; nothing of them is under way. */
async function gone(one: CustomerStore, ...numbers: readonly number[]): Promise<void> {
  const guids = numbers.map(guid);
  await markTombstones(one.database, one.forest, namingContext, guids);
  await one.database.query(
    "UPDATE source_object SET tombstone_at = now() - interval '2 years', dirty = false WHERE forest_id = $1 AND guid = ANY($2)",
    [one.forest, guids],
  );
  await one.database.query(
    "UPDATE identity SET state = 'disconnected', managed_guid = NULL, plan_dirty = false WHERE source_forest = $1 AND source_guid = ANY($2)",
    [one.forest, guids],
  );
}

async function known(one: CustomerStore, ...numbers: readonly number[]): Promise<readonly number[]> {
  const rows = await knownSources(one.database, one.forest, numbers.map(guid));
  return numbers.filter((number) => rows.has(guid(number)));
}

// Shows: Keeping / written values are deleted when they have been kept long enough, by batches, and newer ones stay (postgresql)
test('what was written long ago is deleted by batches, and what was written since stays', async () => {
  const { one } = await withHistory(1, 2, 3);
  await change(one, await one.run(), 1, 'confirmed', ' lately');
  expect(await clean(one, 'changes', 2)).toBe(2);
  expect(await clean(one, 'changes', 2)).toBe(1);
  expect(await clean(one, 'changes', 2)).toBe(0);
  expect(await rules(one)).toEqual(['1 confirmed lately']);
});

// Shows: Keeping / what a running deprovisioning, a pin, a pending undo, an open case or an unconfirmed write needs stays however old (postgresql)
test('what something that is open needs is not deleted', async () => {
  const { one, run } = await withHistory(1, 2, 3, 4, 5, 6, 7);
  const identity = (number: number): Promise<{ id: string }[]> =>
    one.database.query('SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2', [
      one.forest,
      guid(number),
    ]);
  const [first] = await identity(1);
  const [second] = await identity(2);
  const [third] = await identity(3);
  await one.database.query('INSERT INTO deprovisioning (identity_id) VALUES ($1)', [first?.id]);
  const pinned = await change(one, run, 2, 'undone');
  await one.database.query(
    "INSERT INTO pin (identity_id, operation, attribute, answers, change_id, reason, operator) VALUES ($1, 'modify', 'title', '[]', $2, 'undone', 'Olga')",
    [second?.id, pinned],
  );
  // Its undo waits for an answer since yesterday.
  const undoing = await change(one, await one.run(), 3, 'planned');
  await one.database.query(
    'UPDATE planned_change SET undoes = (SELECT id FROM planned_change WHERE rule = $2 AND identity_id = $3) WHERE id = $1',
    [undoing, '3 confirmed', third?.id],
  );
  await one.database.query(
    `INSERT INTO reconnection (forest_id, guid, state, code, candidates, identity_id) VALUES ($1, $2, 'open', 'SE820', '[]', (SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $3))`,
    [one.forest, guid(7), guid(4)],
  );
  await change(one, run, 5, 'applied');
  await one.database.query('UPDATE identity SET managed_guid = NULL WHERE source_forest = $1 AND source_guid = $2', [
    one.forest,
    guid(6),
  ]);
  await age(one);
  await clean(one, 'changes');
  // Of 5 what was confirmed is gone, and of 2 what nobody pinned; that 6 was made by us is still known.
  expect(await rules(one)).toEqual([
    '1 confirmed',
    '2 undone',
    '3 confirmed',
    '3 planned',
    '4 confirmed',
    '5 applied',
    '6 confirmed',
  ]);
});

// Shows: Keeping / cycles and the lists that they asked about go with the last thing on record of them; the newest of a forest stays (postgresql)
test('a cycle is deleted when nothing is on record of it', async () => {
  const { one, run } = await withHistory(1);
  await one.database.query(
    "INSERT INTO hold (run_id, hash, changes, reasons, state, operator, decided_at) VALUES ($1, 'abc', 1, '[]', 'approved', 'Olga', now())",
    [run.id],
  );
  const newest = await one.run();
  await age(one);
  const runs = async (): Promise<readonly string[]> =>
    (await one.database.query<{ id: string }>('SELECT id FROM run WHERE forest_id = $1 ORDER BY id', [one.forest])).map(
      (row) => row.id,
    );
  // The first only staged.
  expect(await clean(one, 'cycles')).toBe(1);
  expect(await runs()).toEqual([run.id, newest.id]);
  await clean(one, 'changes');
  expect(await clean(one, 'cycles')).toBe(1);
  expect(await runs()).toEqual([newest.id]);
});

// Shows: Keeping / an object that is gone is deleted with all that is known of it once nothing written for it is on record; it never takes a living one along (postgresql)
test('an object that is gone is deleted when nothing is on record of it any more', async () => {
  const { one } = await withHistory(1, 2, 3);
  await one.stage(await one.run(), staged(4), staged(5), staged(6, 'group', {}, [member(1), member(4)]));
  await one.evaluate(outOfScope(4), outOfScope(5), evaluated(6));
  await gone(one, 1, 2, 4);
  await markTombstones(one.database, one.forest, namingContext, [guid(5)]);
  // The services of 2 are not over yet.
  await one.database.query(
    'INSERT INTO deprovisioning (identity_id) SELECT id FROM identity WHERE source_forest = $1 AND source_guid = $2',
    [one.forest, guid(2)],
  );
  expect(await clean(one, 'sourceObjects')).toBe(1);
  expect(await known(one, 1, 2, 3, 4, 5, 6)).toEqual([1, 2, 3, 5, 6]);
  await clean(one, 'changes');
  expect(await clean(one, 'sourceObjects')).toBe(1);
  expect(await known(one, 1, 2, 3, 4, 5, 6)).toEqual([2, 3, 5, 6]);
  for (const table of ['evaluation', 'claim', 'wanted_claim', 'object_error'])
    expect(
      await one.database.query(`SELECT 1 FROM ${table} WHERE forest_id = $1 AND guid = ANY($2)`, [
        one.forest,
        [guid(1), guid(4)],
      ]),
    ).toEqual([]);
  // The next read finds nothing new.
  expect(await one.stage(await one.run(), staged(3), staged(6, 'group', {}, [member(1), member(4)]))).toBe(0);
});

// Shows: Keeping / while a cycle runs its objects are left alone (postgresql)
test('objects are not deleted while a cycle of the customer runs', async () => {
  const one = await store.customer();
  await one.stage(await one.run(), staged(1));
  await one.evaluate(outOfScope(1));
  await gone(one, 1);
  await one.lockedRun('a cycle');
  expect(await clean(one, 'sourceObjects')).toBeNull();
  expect(await known(one, 1)).toEqual([1]);
});

// Shows: Keeping / who was reconnected is known by the former source object as long as that is on record (postgresql)
test('the source object that a reconnection leads from stays as long as the reconnection is on record', async () => {
  const one = await store.customer();
  await one.stage(await one.run(), staged(1), staged(2));
  await one.evaluate(outOfScope(1), evaluated(2));
  await one.database.query(
    `INSERT INTO reconnection (forest_id, guid, state, candidates, identity_id, decided_by, decided_at, former_forest, former_guid)
     SELECT $1, $2, 'reconnected', '[]', id, 'rule', now(), $1, $3 FROM identity WHERE source_forest = $1 AND source_guid = $2`,
    [one.forest, guid(2), guid(1)],
  );
  await one.database.query(
    "UPDATE source_object SET tombstone_at = now() - interval '2 years', dirty = false WHERE forest_id = $1 AND guid = $2",
    [one.forest, guid(1)],
  );
  expect(await clean(one, 'sourceObjects')).toBe(0);
  await one.database.query(
    "UPDATE reconnection SET decided_at = now() - interval '2 years' WHERE former_guid = $1 AND forest_id = $2",
    [guid(1), one.forest],
  );
  expect(await clean(one, 'sourceObjects')).toBe(1);
  expect(await known(one, 1, 2)).toEqual([2]);
});

// Shows: Keeping / reports that are delivered or given up are deleted, one that is still on its way is not (postgresql)
test('a report is deleted when it is old and none of its deliveries is open', async () => {
  const one = await store.customer();
  const report = (subject: string): ReturnType<typeof keepReport> =>
    keepReport(one.database, {
      customer: one.customer,
      subject,
      fileName: 'a.zip',
      totals: {} as never,
      content: Buffer.from('zip'),
    });
  const [delivered, open] = [await report('day/1'), await report('day/2')];
  await report('day/3');
  await openDeliveries(one.database, delivered.id, [{ way: 'mail', target: 'a@b' }]);
  await one.database.query('UPDATE report_delivery SET delivered_at = now() WHERE report_id = $1', [delivered.id]);
  await openDeliveries(one.database, open.id, [{ way: 'mail', target: 'a@b' }]);
  await one.database.query("UPDATE report SET made_at = now() - interval '2 years' WHERE id = ANY($1)", [
    [delivered.id, open.id],
  ]);
  expect(await clean(one, 'reports')).toBe(1);
  const left = await one.database.query('SELECT subject FROM report WHERE customer = $1 ORDER BY subject', [
    one.customer,
  ]);
  expect(left).toEqual([{ subject: 'day/2' }, { subject: 'day/3' }]);
});

// Shows: Keeping / changes read of source objects, and managed objects that are gone, by their time; another customer's stay (postgresql)
test('source changes and managed objects that are gone are deleted, of one customer only', async () => {
  const [one, other] = [(await withHistory(1)).one, (await withHistory(1)).one];
  for (const each of [one, other]) {
    await each.database.query(
      "INSERT INTO source_change (forest_id, guid, at, attribute) VALUES ($1, $2, now() - interval '2 years', 'title'), ($1, $2, now(), 'sn')",
      [each.forest, guid(1)],
    );
    await each.database.query(
      "UPDATE managed_object SET deleted_at = now() - interval '2 years' WHERE forest_id = $1 AND guid = $2",
      [each.managed, each.managedGuid(1)],
    );
  }
  expect(await clean(one, 'sourceChanges')).toBe(1);
  // An identity still has it.
  expect(await clean(one, 'managedObjects')).toBe(0);
  await gone(one, 1);
  await gone(other, 1);
  expect(await clean(one, 'managedObjects')).toBe(1);
  const rows = (each: CustomerStore): Promise<unknown[]> =>
    each.database.query('SELECT 1 FROM managed_object WHERE forest_id = $1 AND guid = $2', [
      each.managed,
      each.managedGuid(1),
    ]);
  expect([await rows(one), await rows(other)]).toEqual([[], [expect.anything()]]);
  const changes = await one.database.query(
    'SELECT attribute FROM source_change WHERE forest_id = ANY($1) ORDER BY forest_id, attribute',
    [[one.forest, other.forest]],
  );
  expect(changes).toEqual([{ attribute: 'sn' }, { attribute: 'sn' }, { attribute: 'title' }]);
});

test('what an operator has signed is deleted by its time, but not while its list waits', async () => {
  const { one, run } = await withHistory(1);
  const [hold] = await one.database.query<{ id: string }>(
    "INSERT INTO hold (run_id, hash, changes, reasons) VALUES ($1, 'ff', 1, '[]') RETURNING id",
    [run.id],
  );
  const answered = (hold: string, step: string, ago: string): Promise<unknown> =>
    one.database.query(
      "INSERT INTO operator_answer (customer, hold_id, action, subject, said, decides, step, at) VALUES ($1, $2, 'approve', 'list', 'Olga', false, $3, now() - $4::interval)",
      [one.customer, hold, `${one.customer} ${step}`, ago],
    );
  await answered(hold?.id ?? '', 'waits', '2 years');
  await answered('0', 'old', '2 years');
  await answered('0', 'new', '1 day');
  expect(await clean(one, 'answers')).toBe(1);
  const left = await one.database.query<{ step: string }>(
    'SELECT step FROM operator_answer WHERE customer = $1 ORDER BY step',
    [one.customer],
  );
  expect(left.map(({ step }) => step)).toEqual([`${one.customer} new`, `${one.customer} waits`]);
});

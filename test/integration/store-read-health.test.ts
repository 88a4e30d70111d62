import { settleWarnings, standingWarnings } from '../../store/forest-warnings.ts';
import { chooseSentinels, sampleHolders, sentinelsOf } from '../../store/sentinels.ts';
import { settleVanished, vanishedAttributes } from '../../store/vanished-values.ts';
import { type CustomerStore, evaluated, guid, member, namingContext, useStore, staged } from '../support/store.ts';

const store = useStore();
let one: CustomerStore;

beforeEach(async () => {
  one = await store.customer();
});

async function attributesOf(number: number): Promise<unknown> {
  const [row] = await store.database.query<{ attributes: unknown }>(
    'SELECT attributes FROM source_object WHERE forest_id = $1 AND guid = $2',
    [one.forest, guid(number)],
  );
  return row?.attributes;
}

async function links(): Promise<readonly string[]> {
  const rows = await store.database.query<{ link: string }>(
    "SELECT attribute || ' ' || target AS link FROM source_link WHERE forest_id = $1 ORDER BY 1",
    [one.forest],
  );
  return rows.map((row) => row.link);
}

const vanished = (): Promise<unknown> => vanishedAttributes(store.database, one.forest, namingContext);

const settle = (unreadable: readonly string[]): Promise<number> =>
  store.database.transaction((transaction) => settleVanished(transaction, one.forest, namingContext, unreadable));

// Shows: Guard / an attribute that became unreadable in the middle of a read keeps its values (postgresql)
test('values and references that objects show no more are given back where the right was lost', async () => {
  const people = [staged(1, 'user', { title: ['Dr'], mail: ['a@b.c'] }), staged(2, 'user', { title: ['Prof'] })];
  await one.stage(await one.run(), ...people, staged(9, 'group', { title: ['Team'] }, [member(1), member(2)]));
  // The read tells no title and no member any more, and of one no mail either.
  await one.stage(await one.run(), staged(1), staged(2), staged(9, 'group'));
  expect(await vanished()).toEqual([
    { attribute: 'mail', objects: 1, guids: [guid(1)] },
    { attribute: 'member', objects: 1, guids: [guid(9)] },
    { attribute: 'title', objects: 3, guids: [guid(1), guid(2), guid(9)] },
  ]);
  expect(await links()).toEqual([]);
  // Tried again after a crash, the read finds nothing that vanished; what did before is still known.
  await one.stage(await one.run(), staged(1), staged(2), staged(9, 'group'));
  expect(await settle(['title', 'member'])).toBe(4);
  expect(await attributesOf(1)).toMatchObject({ title: ['Dr'] });
  expect(await attributesOf(1)).not.toHaveProperty('mail');
  expect(await attributesOf(2)).toMatchObject({ title: ['Prof'] });
  expect(await links()).toEqual([`member ${guid(1)}`, `member ${guid(2)}`]);
  expect(await vanished()).toEqual([]);
  // Only what was cleared in truth is kept as a change.
  const changes = await store.database.query(
    'SELECT guid, attribute, before FROM source_change WHERE forest_id = $1 AND after IS NULL',
    [one.forest],
  );
  expect(changes).toEqual([{ guid: guid(1), attribute: 'mail', before: ['a@b.c'] }]);
});

test('a value that comes back before the end of the read is left as it came', async () => {
  await one.stage(await one.run(), staged(1, 'user', { title: ['Dr'] }), staged(9, 'group', {}, [member(1)]));
  await one.stage(await one.run(), staged(1), staged(9, 'group'));
  await one.stage(await one.run(), staged(1, 'user', { title: ['Prof'] }), staged(9, 'group', {}, [member(2)]));
  expect(await settle(['title', 'member'])).toBe(0);
  expect(await attributesOf(1)).toMatchObject({ title: ['Prof'] });
  expect(await links()).toEqual([`member ${guid(2)}`]);
});

// Shows: Guard / sentinels for each attribute that is common, and none for others (postgresql)
test('sentinels are chosen for what is common, of lists the shortest', async () => {
  const people = [1, 2, 3, 4].map((number) => staged(number, 'user', number < 4 ? { title: ['Dr'] } : { info: ['x'] }));
  const groups = [
    staged(7, 'group', {}, [member(1)]),
    staged(8, 'group', {}, [member(1), member(2), member(3)]),
    staged(9, 'group', {}, [member(1), member(2)]),
  ];
  await one.stage(await one.run(), ...people, ...groups);
  const choice = { attributes: ['title', 'info', 'member'], kept: [], perAttribute: 2, common: 3 };
  await store.database.transaction((transaction) => chooseSentinels(transaction, one.forest, namingContext, choice));
  const chosen = new Map(
    (await sentinelsOf(store.database, one.forest, namingContext)).map(({ attribute, guids }) => [attribute, guids]),
  );
  expect([...chosen.keys()].sort()).toEqual(['member', 'title']);
  expect(chosen.get('title')).toHaveLength(2);
  expect(chosen.get('member')).toEqual([guid(7), guid(9)]);
});

test('a sample is of objects that have the attribute, or that are in scope, and goes round', async () => {
  await one.stage(
    await one.run(),
    staged(1, 'user', { title: ['Dr'] }),
    staged(2),
    staged(3, 'user', { title: ['Dr'] }),
  );
  await one.evaluate(evaluated(2), evaluated(3));
  const sample = (attribute: string, from: number): Promise<readonly string[]> =>
    sampleHolders(store.database, one.forest, namingContext, attribute, { limit: 5, from: guid(from) });
  expect([...(await sample('title', 2))].sort()).toEqual([guid(1), guid(3)]);
  expect([...(await sample('', 3))].sort()).toEqual([guid(2), guid(3)]);
});

test('warnings stand while they are found, are counted, and clear themselves', async () => {
  const lost = (attribute: string): Parameters<typeof settleWarnings>[3][number] => ({
    code: 'FW201',
    attribute,
    details: {},
  });
  const find = (...attributes: readonly string[]): Promise<void> =>
    settleWarnings(store.database, one.forest, namingContext, attributes.map(lost));
  await find('title', 'mail');
  await find('title');
  expect(await standingWarnings(store.database, one.forest)).toMatchObject([{ attribute: 'title', count: 2 }]);
  await settleWarnings(store.database, one.forest, 'DC=other,DC=test', []);
  expect(await standingWarnings(store.database, one.forest)).toHaveLength(1);
  await find();
  expect(await standingWarnings(store.database, one.forest)).toEqual([]);
});

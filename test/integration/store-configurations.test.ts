import {
  applyConfiguration,
  configurationVersion,
  currentConfiguration,
  DomainTaken,
} from '../../store/configurations.ts';
import { migrate } from '../../store/migrate.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { openStore } from '../support/store.ts';

let store: Awaited<ReturnType<typeof openStore>>;

beforeEach(async () => {
  store = await openStore();
});

afterEach(() => store.dispose());

const configuration = { ...sampleConfiguration(), customer: 'one', domains: ['one.example'] };

test('a configuration is numbered, and applying it again changes nothing', async () => {
  expect(await applyConfiguration(store.database, configuration)).toMatchObject({ number: 1, isNew: true });
  expect(await applyConfiguration(store.database, configuration)).toMatchObject({ number: 1, isNew: false });
  const more = { ...configuration, domains: ['one.example', 'uno.example'] };
  expect(await applyConfiguration(store.database, more)).toMatchObject({ number: 2, isNew: true });
  expect(await currentConfiguration(store.database, 'one')).toEqual({ number: 2, configuration: more });
  expect(await configurationVersion(store.database, 'one', 1)).toEqual(configuration);
});

test('configurations that are applied at once get a number each', async () => {
  const numbers = await Promise.all(
    Array.from({ length: 5 }, (_, index) =>
      applyConfiguration(store.database, { ...configuration, domains: [`d${String(index)}.example`] }),
    ),
  );
  expect(numbers.map((version) => version.number).sort()).toEqual([1, 2, 3, 4, 5]);
});

test('a version can neither be changed nor deleted', async () => {
  await applyConfiguration(store.database, configuration);
  for (const sql of ["UPDATE configuration_version SET document = '{}'", 'DELETE FROM configuration_version'])
    await expect(store.database.query(sql)).rejects.toThrow('a configuration version is immutable');
});

test('the versions can not be emptied all at once either', async () => {
  await applyConfiguration(store.database, configuration);
  await expect(store.database.query('TRUNCATE configuration_version CASCADE')).rejects.toThrow('immutable');
});

test('a domain belongs to one customer until that customer gives it up', async () => {
  await applyConfiguration(store.database, configuration);
  const other = { ...configuration, customer: 'two' };
  await expect(applyConfiguration(store.database, other)).rejects.toThrow(DomainTaken);
  expect(await currentConfiguration(store.database, 'two')).toBeNull();
  await applyConfiguration(store.database, { ...configuration, domains: ['uno.example'] });
  expect(await applyConfiguration(store.database, other)).toMatchObject({ number: 1 });
});

test('two processes that start together migrate once', async () => {
  await store.database.query(`DROP SCHEMA ${store.database.schema} CASCADE`);
  const [first, second] = await Promise.all([migrate(store.database), migrate(store.database)]);
  expect([first.length, second.length].sort()[0]).toBe(0);
  expect(first.length + second.length).toBeGreaterThan(0);
  expect(await migrate(store.database)).toEqual([]);
});

test('a database of a changed or a newer program is refused, with a sentence that says what to do', async () => {
  const [row] = await store.database.query<{ name: string }>('SELECT name FROM migration ORDER BY name LIMIT 1');
  await store.database.query("UPDATE migration SET checksum = 'other' WHERE name = $1", [row?.name]);
  await expect(migrate(store.database)).rejects.toThrow(/differs from the one that was applied.*Restore the file/);
  await store.database.query("UPDATE migration SET name = '9999-later.sql' WHERE name = $1", [row?.name]);
  await expect(migrate(store.database)).rejects.toThrow(/newer Itasca \(9999-later\.sql\)/);
});

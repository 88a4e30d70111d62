import { setTimeout as sleep } from 'node:timers/promises';
import type { DirectoryEntry } from '../../directory/entries.ts';
import { present } from '../../directory/filter.ts';
import { openWriter, type DirectoryWriter } from '../../directory/writer.ts';
import { forestId } from '../../store/forests.ts';
import { listNotices, type NoticeReport } from '../../store/managed-notices.ts';
import { done, endpointOf } from '../support/directory-sandbox.ts';
import { MoreForests, type ControllerPair } from '../support/more-forests.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let forests: MoreForests;
let pair: ControllerPair;
let product: Product;
/** An administrator's hand on the second controller. */
let second: DirectoryWriter;
let alias: (name: string) => string;

beforeAll(async () => {
  forests = await MoreForests.open();
  pair = await forests.startPair('managed');
  product = await openProduct({ managed: pair.dc1 });
  alias = aliasesOf(product);
  second = openWriter(endpointOf(pair.dc2, 'administrator'));
  expect((await product.cycle()).counts).toMatchObject({ planned: 0, failed: 0 });
  await pair.replicate('dc1', 'dc2');
  // Joining the second controller, the first time on a machine, takes some seconds where nothing else runs.
}, 240_000);

afterAll(async () => {
  await second.close();
  await product.dispose();
  await forests.dispose();
});

/** Adds to the second controller what the first has, or will have, too. */
async function addTwin(name: string, sourceGuid: string): Promise<void> {
  const twin = { sAMAccountName: [`twin-${name}`], msExchImmutableId: [`${product.name}/corp/${sourceGuid}`] };
  await done(second.add(`CN=${name},${product.managedOu}`, { objectClass: ['user'], ...twin, title: ['Twin'] }));
}

async function replicateBoth(): Promise<void> {
  await pair.replicate('dc2', 'dc1');
  await pair.replicate('dc1', 'dc2');
}

/** The objects of that name, with the one that has lost it. */
async function named(name: string): Promise<readonly DirectoryEntry[]> {
  const found: DirectoryEntry[] = [];
  const query = { base: product.managedOu, scope: 'one', filter: present('objectClass'), pageSize: 100 } as const;
  for await (const page of product.managed.reader.pages({ ...query, attributes: ['name', 'title'] }))
    found.push(...page.filter((entry) => entry.attributes['name']?.[0]?.startsWith(name)));
  return found;
}

async function own(name: string): Promise<string> {
  const [row] = await product.database.query<{ guid: string }>(
    'SELECT managed_guid AS guid FROM identity WHERE cn = $1',
    [name],
  );
  return row?.guid ?? '';
}

async function conflicts(): Promise<readonly NoticeReport[]> {
  const forest = await forestId(product.database, { side: 'managed', name: product.configuration.managed.name });
  return (await listNotices(product.database, forest, 10)).filter((notice) => notice.code === 'conflict');
}

async function errors(): Promise<readonly string[]> {
  const rows = await product.database.query<{ code: string }>('SELECT code FROM object_error');
  return rows.map((row) => row.code);
}

async function setTitle(name: string, title: string): Promise<void> {
  await done(
    product.source.writer.modify({ dn: product.source.dn(name) }, [
      { operation: 'replace', attribute: 'title', values: [title] },
    ]),
  );
}

// Shows: Confirmation / objects in a replication conflict are found and told, never joined nor written (samba, second controller)
test('a twin that has lost its name is told and left alone; the identity keeps its own object', async () => {
  const source = await product.source.add('user', 'Ada', mailUser(alias('ada'), { title: ['Engineer'] }));
  await addTwin('Ada', source);
  await sleep(1100);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  const mine = await own('Ada');
  await replicateBoth();
  const twin = (await named('Ada')).find((entry) => entry.guid !== mine);
  expect(twin?.attributes['name']?.[0]).toContain('CNF:');
  await setTitle('Ada', 'Chief');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  expect(await conflicts()).toMatchObject([{ guid: twin?.guid }]);
  expect(await own('Ada')).toBe(mine);
  const titles = new Map((await named('Ada')).map((entry) => [entry.guid, entry.attributes['title']]));
  expect(titles).toEqual(
    new Map([
      [mine, ['Chief']],
      [twin?.guid ?? '', ['Twin']],
    ]),
  );
  await done(product.managed.remove({ guid: twin?.guid ?? '' }));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0 });
  expect(await conflicts()).toEqual([]);
});

// Shows: Confirmation / an identity whose own object has lost its name to a twin waits for an operator (samba, second controller)
test('an own object that has lost its name is not written until the operator has solved it', async () => {
  const source = await product.source.add('user', 'Ben', mailUser(alias('ben'), { title: ['Engineer'] }));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0 });
  const mine = await own('Ben');
  await sleep(1100);
  await addTwin('Ben', source);
  await replicateBoth();
  const twin = (await named('Ben')).find((entry) => entry.guid !== mine)?.guid ?? '';
  await setTitle('Ben', 'Chief');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, failed: 0 });
  expect(await conflicts()).toMatchObject([{ guid: mine }]);
  expect(await errors()).toEqual(['SE914']);
  // Read whole, with its anchor on both, the twin does not take its place either.
  await product.database.query('UPDATE watermark SET cookie = NULL WHERE mode IS NULL');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, failed: 0 });
  expect(await own('Ben')).toBe(mine);
  const titles = new Map((await named('Ben')).map((entry) => [entry.guid, entry.attributes['title']]));
  expect(titles).toEqual(
    new Map([
      [mine, ['Engineer']],
      [twin, ['Twin']],
    ]),
  );
  await done(product.managed.remove({ guid: twin }));
  await done(product.managed.rename({ guid: mine }, 'Ben', product.managedOu));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  expect((await named('Ben')).map((entry) => [entry.guid, entry.attributes['title']])).toEqual([[mine, ['Chief']]]);
  expect([await errors(), await conflicts()]).toEqual([[], []]);
});

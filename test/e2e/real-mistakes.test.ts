import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { DirectoryEntry } from '../../directory/entries.ts';
import type { ForestHandle } from '../../scripts/stack/forest.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { rejectUpdate } from '../../workflows/messages.ts';
import { startCycle, waitingList } from '../support/approval.ts';
import { done } from '../support/directory-sandbox.ts';
import { MoreForests } from '../support/more-forests.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { backUp } from '../support/schema-backup.ts';

/** What the peers' operators have lived through, each on a forest that is the test's own: nothing may come of it. */
let forests: MoreForests;
let customer: ForestHandle;
let product: Product;
let alias: (name: string) => string;
const operator = 'Olga Operator';
const mailbox = { extensionAttribute9: ['MBX=50GB;Type=EP2D;REG=EU;'] };

beforeAll(async () => {
  forests = await MoreForests.open();
  customer = await forests.start('subsidiary');
  product = await openProduct({ source: customer });
  alias = aliasesOf(product);
  const { source } = product;
  await done(source.writer.add(`OU=Team,${source.ou}`, { objectClass: ['organizationalUnit'] }));
  const guids: string[] = [];
  for (const name of ['Ada', 'Ben', 'Cem'])
    guids.push(
      await source.add('user', name, mailUser(alias(name.toLowerCase()), { ...mailbox, title: ['Engineer'] })),
    );
  for (const name of ['Dag', 'Eva', 'Fay', 'Gus', 'Hal', 'Ida'])
    await done(
      source.writer.add(`CN=${name},OU=Team,${source.ou}`, {
        objectClass: ['user'],
        sAMAccountName: [`${name}-${product.name}`],
        ...mailUser(alias(name.toLowerCase())),
      }),
    );
  await source.add('group', 'All', mailGroup(alias('all'), { member: guids.map((guid) => `<GUID=${guid}>`) }));
  expect((await product.cycle()).counts).toMatchObject({ planned: 10, failed: 0, unconfirmed: 0, open: 0 });
});

// Each by itself: what one leaves when it fails, the next still ends.
afterAll(() => product.dispose());
afterAll(() => forests.dispose());

/** All that Itasca has made, and what it looks like. */
function managed(): Promise<ReadonlyMap<string, DirectoryEntry>> {
  return product.managedObjects([
    ...['title', 'mobile', 'proxyAddresses', 'member', 'mail', 'legacyExchangeDN', 'msExchMailboxGuid'],
    ...['msExchImmutableId', 'homeMDB', 'sAMAccountName'],
  ]);
}

async function disconnected(): Promise<string[]> {
  const rows = await product.database.query<{ cn: string }>("SELECT cn FROM identity WHERE state = 'disconnected'");
  return rows.map((row) => row.cn);
}

async function set(name: string, attribute: string, ...values: readonly string[]): Promise<void> {
  const target = { dn: product.source.dn(name) };
  await done(product.source.writer.modify(target, [{ operation: 'replace', attribute, values }]));
}

/** The directory's database; its files are sparse. */
const DATABASE = ['sam.ldb', 'sam.ldb.d'];

async function copy(from: string, to: string): Promise<void> {
  const files = DATABASE.map((name) => join(from, name));
  await promisify(execFile)('cp', ['--archive', '--sparse=always', ...files, to]);
}

// Shows: Mistakes / the domain controller unreachable (samba)
test('the domain controller is unreachable: the cycle waits and says so, and nothing has happened when it goes on', async () => {
  const before = await managed();
  await customer.stop();
  const handle = await startCycle(product);
  const problem = async (): Promise<string> => {
    const [row] = await product.database.query<{ problem: string | null }>(
      'SELECT problem FROM source_domain WHERE forest_id = $1',
      [product.forest],
    );
    return row?.problem ?? '';
  };
  for (let tries = 0; tries < 200 && (await problem()) === ''; tries += 1) await sleep(100);
  expect(await problem()).toContain('nothing listens there');
  await customer.start();
  expect(await handle.result()).toMatchObject({ outcome: 'completed', counts: { whole: 0, planned: 0, stale: 0 } });
  expect(await managed()).toEqual(before);
});

// Shows: Mistakes / an OU dropped from the configuration (samba)
test('an organizational unit is dropped from the configuration: its people wait with the guard, and stay when it is back', async () => {
  const before = await managed();
  const [forest] = product.configuration.forests;
  if (forest === undefined) throw new Error('no forest');
  const without = {
    ...product.configuration,
    forests: [
      { ...forest, scope: { ...forest.scope, exclude: [...forest.scope.exclude, `OU=Team,${product.source.ou}`] } },
    ],
  };
  await applyConfiguration(product.database, without);
  const handle = await startCycle(product);
  const list = await waitingList(handle);
  expect(list).toMatchObject({ changes: 6, whole: false });
  expect(list.reasons).toEqual([expect.stringContaining('users to be disconnected: 6 of 9')]);
  await applyConfiguration(product.database, product.configuration);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, failed: 0 });
  // Nothing is left of the list that waited.
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(await disconnected()).toEqual([]);
  expect(await managed()).toEqual(before);
});

// Shows: Mistakes / the customer forest restored from an old backup (samba)
test('the customer forest is put back from an old backup: what it has lost stays until an operator has seen it', async () => {
  const { source } = product;
  await customer.stop();
  const live = join(customer.directory, 'private');
  const backup = join(customer.directory, 'backup');
  await mkdir(backup);
  await copy(live, backup);
  await customer.start();
  await set('Ada', 'title', 'Chief');
  await set('Ben', 'mobile', '+49 170 1');
  const newcomer = await source.add('user', 'Joe', mailUser(alias('joe'), mailbox));
  await done(
    source.writer.modify({ dn: source.dn('All') }, [
      { operation: 'add', attribute: 'member', values: [`<GUID=${newcomer}>`] },
    ]),
  );
  expect((await product.cycle('delta')).counts).toMatchObject({ whole: 0, planned: 3, failed: 0, open: 0 });
  const before = await managed();
  expect(before.get('All')?.links['member']).toHaveLength(4);

  await customer.stop();
  for (const name of DATABASE) await rm(join(live, name), { recursive: true });
  await copy(backup, live);
  await customer.start();
  const handle = await startCycle(product);
  const list = await waitingList(handle);
  expect(list.reasons).toEqual(
    expect.arrayContaining([expect.stringContaining('the domain controller was put back from a backup')]),
  );
  const after = await managed();
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  expect(after.get('Ben')).toEqual(before.get('Ben'));
  expect(after.get('All')).toEqual(before.get('All'));
  expect(after.get('Joe')).toEqual(before.get('Joe'));
  expect(await disconnected()).toEqual([]);
  await handle.executeUpdate(rejectUpdate, { args: [{ operator, hash: list.hash }] });
  expect(await handle.result()).toMatchObject({ outcome: 'completed', counts: { whole: 1, absent: 1, gone: 0 } });

  // The customer writes again what was lost; from then on all is as it was.
  await set('Ben', 'mobile', '+49 170 1');
  await set('Ada', 'title', 'Chief');
  expect((await product.cycle('delta')).counts).toMatchObject({ whole: 0, failed: 0 });
  expect(await managed()).toEqual(before);
});

// Shows: Mistakes / PostgreSQL restored from an old backup (samba)
test('the database is put back from an old backup: what was made since is found again, and nothing is made twice', async () => {
  const { source } = product;
  const restore = await backUp(product.database);
  await set('Ada', 'title', 'Director');
  await set('Cem', 'mobile', '+49 170 2');
  // The controller that was put back gives out relative identifiers again, which a real one does not: it discards its pool.
  // With the SID of a person who was lost, Kim would be an error of his own, and rightly.
  for (let spent = 0; spent < 5; spent += 1) await source.add('user', `Nobody ${String(spent)}`);
  await source.add('user', 'Kim', mailUser(alias('kim'), mailbox));
  await done(
    source.writer.modify({ dn: source.dn('All') }, [
      { operation: 'add', attribute: 'member', values: [source.dn('Kim')] },
      { operation: 'delete', attribute: 'member', values: [source.dn('Cem')] },
    ]),
  );
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 3, plannedReferences: 1, failed: 0, open: 0 });
  const before = await managed();
  await restore();
  expect((await product.cycle('delta')).counts).toMatchObject({
    planned: 0,
    plannedReferences: 0,
    joined: 1,
    failed: 0,
  });
  expect(await managed()).toEqual(before);
  expect((await product.cycle()).counts).toMatchObject({ planned: 0, plannedReferences: 0 });
  expect(await managed()).toEqual(before);
});

import type { DirectoryEntry } from '../../directory/entries.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { aliasesOf, mailContact, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let alias: (name: string) => string;

const KEPT = [
  ...['objectSid', 'sAMAccountName', 'userAccountControl', 'displayName', 'title', 'mail', 'proxyAddresses'],
  ...['mailNickname', 'targetAddress', 'groupType', 'legacyExchangeDN', 'msExchMailboxGuid', 'msExchMasterAccountSid'],
  ...['msExchRecipientTypeDetails', 'msExchImmutableId', 'msExchHomeServerName', 'mDBStorageQuota', 'homeMDB'],
  ...['manager', 'member'],
];

beforeAll(async () => {
  product = await openProduct();
  alias = aliasesOf(product);
  const { source } = product;
  const boss = await source.add('user', 'Boss', mailUser(alias('boss')));
  const mailbox = { extensionAttribute9: ['MBX=50GB;Type=EP2D;REG=EU;'] };
  const ada = await source.add(
    'user',
    'Ada',
    mailUser(alias('ada'), { title: ['Engineer'], mobile: ['+49 170 1'], manager: [`<GUID=${boss}>`], ...mailbox }),
  );
  const ben = await source.add('user', 'Ben', mailUser(alias('ben'), mailbox));
  const con = await source.add('contact', 'Con', mailContact(alias('con')));
  const members = [ada, ben, con].map((guid) => `<GUID=${guid}>`);
  await source.add('group', 'All', mailGroup(alias('all'), { member: members }));
  await source.add('user', 'Again', mailUser(alias('again')));
  expect((await product.cycle()).counts).toMatchObject({ planned: 6, failed: 0, unconfirmed: 0, provisioned: 2 });
});

afterAll(() => product.dispose());

async function managed(name: string): Promise<DirectoryEntry> {
  const entry = (await product.managedObjects(KEPT)).get(name);
  if (entry === undefined) throw new Error(`${name} is not in the managed forest`);
  return entry;
}

async function operations(): Promise<readonly string[]> {
  const rows = await product.database.query<{ operation: string }>(
    'SELECT operation FROM planned_change WHERE run_id = (SELECT max(id) FROM run) AND stage <> $1 ORDER BY id',
    ['services'],
  );
  return rows.map((row) => row.operation);
}

async function errorsOf(name: string): Promise<readonly string[]> {
  const rows = await product.database.query<{ code: string }>(
    'SELECT x.code FROM object_error x JOIN source_object o USING (forest_id, guid) WHERE o.dn = $1',
    [product.source.dn(name)],
  );
  return rows.map((row) => row.code);
}

// Shows: Drift / a managed object deleted by hand is undeleted, and what its tombstone lost is written again (samba)
test.each(['Ada', 'Con', 'All'])(
  '%s, deleted by hand, is the same object again, with all that it had',
  async (name) => {
    const before = await managed(name);
    const groupBefore = await managed('All');
    await done(product.managed.remove({ guid: before.guid }));
    const { counts } = await product.cycle('delta');
    expect(counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
    expect(await operations()).toEqual(
      name === 'All' ? ['undelete', 'link'] : name === 'Ada' ? ['undelete', 'link', 'link'] : ['undelete', 'link'],
    );
    expect(await managed(name)).toEqual(before);
    expect((await managed('All')).links).toEqual(groupBefore.links);
    expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, plannedReferences: 0, started: 0 });
  },
);

// Shows: Drift / a managed object undeleted by somebody else is taken up again, and what it lost is written (samba)
test('what an administrator undeletes is the same identity, although its tombstone has lost the anchor', async () => {
  const before = await managed('Ada');
  await done(product.managed.remove({ guid: before.guid }));
  const tombstone = await found(product.managed.reader.read({ guid: before.guid }, [], { showDeleted: true }));
  await done(product.managed.reanimate(tombstone.dn, before.dn));
  const { counts } = await product.cycle('delta');
  expect(counts).toMatchObject({ failed: 0, unconfirmed: 0 });
  expect((await operations()).filter((operation) => operation !== 'link')).toEqual(['modify']);
  expect(await managed('Ada')).toEqual(before);
});

// Shows: Drift / undeleted with another logon name where somebody has taken its own (samba)
test('one whose logon name somebody has taken meanwhile comes back with another', async () => {
  const before = await managed('Ben');
  await done(product.managed.remove({ guid: before.guid }));
  const thief = `CN=Thief,${product.managedOu}`;
  const sAMAccountName = before.attributes['sAMAccountName'] ?? [];
  await done(product.managed.add(thief, { objectClass: ['user'], sAMAccountName }));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 1 });
  expect(await errorsOf('Ben')).toEqual(['SE902']);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  const after = await managed('Ben');
  expect(after.attributes['sAMAccountName']).not.toEqual(sAMAccountName);
  expect(after).toEqual({
    ...before,
    attributes: { ...before.attributes, sAMAccountName: after.attributes['sAMAccountName'] },
  });
  expect(await errorsOf('Ben')).toEqual([]);
  await done(product.managed.remove({ dn: thief }));
});

// Shows: Drift / undeleting is guarded against loops (samba)
test('one that somebody deletes again and again is left to an operator, and taken up when that ends', async () => {
  const { guid } = await managed('Again');
  for (let time = 1; time <= 3; time += 1) {
    await done(product.managed.remove({ guid }));
    expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0 });
  }
  await done(product.managed.remove({ guid }));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0 });
  expect(await errorsOf('Again')).toEqual(['SE912']);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0 });
  await product.database.query("UPDATE identity SET deletions = ARRAY[now() - interval '2 days'] WHERE cn = 'Again'");
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0 });
  expect((await managed('Again')).guid).toBe(guid);
  expect(await errorsOf('Again')).toEqual([]);
});

// Shows: Confirmation / one complete managed read without an object is not a delete; its tombstone is (samba)
test('a complete read finds the tombstone of what it does not hold', async () => {
  const before = await managed('Boss');
  await done(product.managed.remove({ guid: before.guid }));
  await product.database.query('UPDATE watermark SET cookie = NULL WHERE mode IS NULL');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  expect(await managed('Boss')).toEqual(before);
});

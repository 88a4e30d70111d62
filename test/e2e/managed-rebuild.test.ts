import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DirectoryEntry } from '../../directory/entries.ts';
import type { ForestHandle } from '../../scripts/stack/forest.ts';
import { forestId } from '../../store/forests.ts';
import { markDeleted } from '../../store/managed-deletions.ts';
import { done } from '../support/directory-sandbox.ts';
import { MoreForests } from '../support/more-forests.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let forests: MoreForests;
let forest: ForestHandle;
let product: Product;

beforeAll(async () => {
  forests = await MoreForests.open();
  forest = await forests.start('managed');
  product = await openProduct({ managed: forest });
  const alias = aliasesOf(product);
  const { source } = product;
  const mailbox = { extensionAttribute9: ['MBX=50GB;Type=EP2D;REG=EU;'] };
  const ben = await source.add('user', 'Ben', mailUser(alias('ben'), { title: ['Engineer'], ...mailbox }));
  await source.add('group', 'All', mailGroup(alias('all'), { member: [`<GUID=${ben}>`] }));
  expect((await product.cycle()).counts).toMatchObject({ planned: 2, failed: 0, unconfirmed: 0, provisioned: 1 });
});

afterAll(async () => {
  await product.dispose();
  await forests.dispose();
});

const KEPT = [
  ...['objectSid', 'sAMAccountName', 'title', 'mail', 'proxyAddresses', 'mailNickname', 'legacyExchangeDN', 'homeMDB'],
  ...['msExchMailboxGuid', 'msExchMasterAccountSid', 'msExchRecipientTypeDetails', 'msExchImmutableId', 'member'],
];

async function managed(name: string): Promise<DirectoryEntry> {
  const entry = (await product.managedObjects(KEPT)).get(name);
  if (entry === undefined) throw new Error(`${name} is not in the managed forest`);
  return entry;
}

/** Lets the directory forget what was deleted, as it does when the tombstone lifetime has passed. */
async function expunge(): Promise<void> {
  const settings = `--configfile=${join(forest.directory, 'etc', 'smb.conf')}`;
  const which = ['domain', 'tombstones', 'expunge', '--tombstone-lifetime=0', forest.namingContext];
  await promisify(execFile)('/usr/bin/samba-tool', [...which, settings]);
}

/** What shall be the same in an object that was built anew. */
function lasting(entry: DirectoryEntry): unknown {
  const { objectSid: _sid, ...attributes } = entry.attributes;
  return { dn: entry.dn, attributes, links: entry.links };
}

// Shows: Drift / built anew with its mailbox GUID, legacyExchangeDN, addresses and memberships where it can't be undeleted (samba)
test('one whose tombstone is gone is built anew with its mailbox, addresses and memberships', async () => {
  const before = await managed('Ben');
  await done(product.managed.remove({ guid: before.guid }));
  await expunge();
  // The change log knows nothing of it: two complete reads of two cycles have to miss it.
  const whole = 'UPDATE watermark SET cookie = NULL WHERE mode IS NULL';
  await product.database.query(whole);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, failed: 0 });
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  const after = await managed('Ben');
  expect(after.guid).not.toBe(before.guid);
  expect(lasting(after)).toEqual(lasting(before));
  expect((await managed('All')).links['member']?.map((target) => target.guid)).toEqual([after.guid]);
});

// Shows: Drift / built anew where undeleting is refused or its tombstone went meanwhile (samba)
test('one whose tombstone goes before it is brought back is built anew by the next cycle', async () => {
  const before = await managed('Ben');
  await done(product.managed.remove({ guid: before.guid }));
  // A cycle has read that it was deleted, and ended before it could plan.
  const forestOfIt = await forestId(product.database, { side: 'managed', name: product.configuration.managed.name });
  await product.database.transaction((transaction) => markDeleted(transaction, forestOfIt, [before.guid], 'tombstone'));
  await expunge();
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 1 });
  const rows = await product.database.query<{ code: string }>('SELECT code FROM object_error');
  expect(rows.map((row) => row.code)).toEqual(['SE911']);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  expect(lasting(await managed('Ben'))).toEqual(lasting(before));
  expect(await product.database.query('SELECT code FROM object_error')).toEqual([]);
});

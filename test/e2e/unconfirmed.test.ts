import { present } from '../../directory/filter.ts';
import { mailUser, aliasesOf } from '../support/people.ts';
import { done } from '../support/directory-sandbox.ts';
import { openProduct, type Product } from '../support/product.ts';
import {
  plainAccount,
  REPLICATING_DIRECTORY_CHANGES,
  RIGHT,
  schemaGuid,
  type PlainAccount,
} from '../support/rights.ts';
import { testStack } from '../support/stack.ts';

/** Everything but changing rights and owner (MS-ADTS 5.1.3.2). */
const FULL_CONTROL = 0x000f01ff;
let account: PlainAccount;
let product: Product;

beforeAll(async () => {
  const { managed } = testStack();
  account = await plainAccount(managed);
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      managed: { ...configuration.managed, account: account.account, passwordFile: account.passwordFile },
    }),
  });
  const about = REPLICATING_DIRECTORY_CHANGES;
  await account.grant(managed.namingContext, { effect: 'allow', rights: RIGHT.controlAccess, about });
  await account.grant(product.managedOu, { effect: 'allow', rights: FULL_CONTROL, inherited: true });
  const alias = aliasesOf(product);
  for (const name of ['Ada', 'Ben'])
    await product.source.add('user', name, mailUser(alias(name.toLowerCase()), { title: ['Engineer'] }));
  expect((await product.cycle()).counts).toMatchObject({ planned: 2, failed: 0, unconfirmed: 0 });
});

afterAll(async () => {
  await account.revoke(testStack().managed.namingContext);
  await product.dispose();
  await account.dispose();
});

async function setTitle(name: string, title: string): Promise<void> {
  await done(
    product.source.writer.modify({ dn: product.source.dn(name) }, [
      { operation: 'replace', attribute: 'title', values: [title] },
    ]),
  );
}

async function errors(): Promise<readonly { code: string; details: string }[]> {
  return product.database.query('SELECT code, details FROM object_error ORDER BY code');
}

async function names(): Promise<readonly string[]> {
  const found: string[] = [];
  const query = { base: product.managedOu, scope: 'one', filter: present('objectClass'), pageSize: 100 } as const;
  for await (const page of product.managed.reader.pages({ ...query, attributes: ['name'] }))
    found.push(...page.flatMap((entry) => entry.attributes['name'] ?? []));
  return found.sort();
}

// Shows: Confirmation / a change that the controller took and does not show is told and planned again (samba)
test('a change that no read shows is an error of its object and is planned again, until one does', async () => {
  const about = await schemaGuid(testStack().managed, 'title');
  const dn = `CN=Ada,${product.managedOu}`;
  await account.grant(dn, { effect: 'deny', rights: RIGHT.readProperty, about });
  await setTitle('Ada', 'Chief');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 1 });
  expect(await errors()).toEqual([{ code: 'SE913', details: 'written, but not shown: title' }]);
  expect((await product.managedObjects(['title'])).get('Ada')?.attributes['title']).toEqual(['Chief']);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 1 });
  await account.revoke(dn);
  // Nobody is told when a right is given back: the object is looked at because its change is not confirmed.
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  expect(await errors()).toEqual([]);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, unconfirmed: 0 });
});

// Shows: Confirmation / a new object that the account can not read is not made a second time (samba)
test('a new object that no read shows is not made again under another name', async () => {
  const alias = aliasesOf(product);
  await account.grant(product.managedOu, {
    effect: 'deny',
    rights: RIGHT.readProperty | RIGHT.listChildren | RIGHT.listObject,
    inherited: true,
  });
  await product.source.add('user', 'Cem', mailUser(alias('cem')));
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 1 });
  for (let again = 0; again < 2; again += 1)
    expect((await product.cycle('delta')).counts).toMatchObject({ planned: 1, failed: 1 });
  expect(await errors()).toMatchObject([{ code: 'SE913' }]);
  expect(await names()).toEqual(['Ada', 'Ben', 'Cem']);
  await account.revoke(product.managedOu);
  await account.grant(product.managedOu, { effect: 'allow', rights: FULL_CONTROL, inherited: true });
  expect((await product.cycle('delta')).counts).toMatchObject({ failed: 0, unconfirmed: 0 });
  expect(await names()).toEqual(['Ada', 'Ben', 'Cem']);
  expect(await errors()).toEqual([]);
});

// Shows: Confirmation / what was written and not recorded, because the process was killed, heals by itself (samba)
test('objects that were written by a process that could not record it are found, and nothing is made twice', async () => {
  const before = await product.managedObjects(['title', 'msExchImmutableId']);
  const alias = aliasesOf(product);
  await product.source.add('user', 'Dag', mailUser(alias('dag'), { title: ['Engineer'] }));
  await setTitle('Ben', 'Deputy');
  const { run } = await product.cycle('delta');
  // As if the worker had died after the directory took the page, and PostgreSQL had not heard of it.
  await product.database.query(
    `WITH unrecorded AS (UPDATE planned_change SET state = 'planned', applied_at = NULL, answer = NULL WHERE run_id = $1 RETURNING identity_id)
     UPDATE identity i SET managed_guid = CASE WHEN cn = 'Dag' THEN NULL ELSE managed_guid END, plan_dirty = true, written = '{}' FROM unrecorded u WHERE i.id = u.identity_id`,
    [run],
  );
  await product.database.query("DELETE FROM managed_object WHERE dn LIKE 'CN=Dag,%'");
  await product.database.query('UPDATE watermark SET cookie = NULL WHERE mode IS NULL');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, failed: 0, unconfirmed: 0 });
  expect(await names()).toEqual(['Ada', 'Ben', 'Cem', 'Dag']);
  const after = await product.managedObjects(['title', 'msExchImmutableId']);
  expect(after.get('Ada')).toEqual(before.get('Ada'));
  expect(after.get('Ben')?.attributes['title']).toEqual(['Deputy']);
});

import { present } from '../../directory/filter.ts';
import { done, found } from '../support/directory-sandbox.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
/** Where the engine before has put its objects. */
let old: string;
let alias: (name: string) => string;

const ANCHOR = 'adminDescription';

beforeAll(async () => {
  const { namingContext } = testStack().managed;
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      join: {
        ...configuration.join,
        containers: [`OU=old-${configuration.customer},OU=contoso,OU=Customers,${namingContext}`],
        rules: [
          { by: 'masterAccountSid', mode: 'auto' },
          { by: 'attributes', source: 'objectGUID', managed: ANCHOR, mode: 'auto' },
          { by: 'attributes', source: 'employeeID', managed: 'employeeID', mode: 'review' },
          { by: 'addresses', mode: 'review' },
        ],
      },
    }),
  });
  alias = aliasesOf(product);
  old = product.configuration.join.containers[0] ?? '';
  await done(product.managed.add(old, { objectClass: ['organizationalUnit'] }));
});

afterAll(async () => {
  for await (const page of product.managed.reader.pages({
    base: old,
    scope: 'one',
    filter: present('objectClass'),
    attributes: [],
    pageSize: 1000,
  }))
    for (const { dn } of page) await product.managed.remove({ dn });
  await product.managed.remove({ dn: old });
  await product.dispose();
});

// Shows: Join / msExchMasterAccountSid equal to the source objectSid: adopted where it is, anchored, nothing created (samba)
test('a mailbox of the source account is adopted as it is, and gets our anchor', async () => {
  const guid = await product.source.add('user', 'Ann', mailUser(alias('ann')));
  const { attributes } = await found(product.source.reader.read({ guid }, ['objectSid']));
  const dn = `CN=mbx-1,${old}`;
  const sam = [`o1${product.name}`];
  await done(
    product.managed.add(dn, {
      objectClass: ['user'],
      sAMAccountName: sam,
      userAccountControl: ['514'],
      msExchMasterAccountSid: attributes['objectSid'] ?? [],
    }),
  );
  const result = await product.cycle();
  expect(result.counts).toMatchObject({ adopted: 1, toCreate: 0, planned: 1, failed: 0, unconfirmed: 0 });
  const adopted = await found(
    product.managed.reader.read({ dn }, ['msExchImmutableId', 'displayName', 'sAMAccountName']),
  );
  expect(adopted.attributes).toEqual({
    displayName: [alias('ann')],
    msExchImmutableId: [`${product.name}/corp/${guid}`],
    sAMAccountName: sam,
  });
  expect((await product.cycle()).counts).toMatchObject({ adopted: 0, toCreate: 0, planned: 0 });
});

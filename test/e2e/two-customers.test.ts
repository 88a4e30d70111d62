import type { DirectoryEntry } from '../../directory/entries.ts';
import { present } from '../../directory/filter.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { childDn } from '../../rules/dn.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { listErrors } from '../../store/errors.ts';
import { forestId } from '../../store/forests.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import { done } from '../support/directory-sandbox.ts';
import { mailContact, mailGroup, mailUser } from '../support/people.ts';
import { configurationFor, openProduct, type Product } from '../support/product.ts';

let product: Product;
/** The second customer: its objects are in the first one's excluded OU, its domain is its own. */
let second: { readonly customer: string; readonly domain: string; readonly ou: string; readonly managedOu: string };
let cycles = 0;

beforeAll(async () => {
  product = await openProduct();
  const customer = `${product.name}-b`;
  second = {
    customer,
    domain: `${customer}.example`,
    ou: `OU=Excluded,${product.source.ou}`,
    managedOu: `OU=B,${product.managedOu}`,
  };
  await done(product.managed.add(second.managedOu, { objectClass: ['organizationalUnit'] }));
  const { source, name } = product;
  const bob = `bob@${second.domain}`;
  await source.add('contact', 'Bob elsewhere', mailContact('bob', toward(bob)));
  await source.add('contact', 'Partner', mailContact('partner', toward(`partner.${name}@partner.example`)));
  await source.add('group', 'Info', mailGroup('info', { mail: [`info.${name}@contoso.test`] }));
  await addSecond('user', 'Bob', { ...mailUser('bob'), mail: [bob], proxyAddresses: [`SMTP:${bob}`] });
  await addSecond('group', 'Info', mailGroup('info', { mail: [`info@${second.domain}`] }));
  await addSecond('contact', 'Partner', mailContact('partner', toward(`partner.${name}@partner.example`)));
});

afterAll(() => product.dispose());

function toward(address: string): AttributeImage {
  return { mail: [address], targetAddress: [`SMTP:${address}`], proxyAddresses: [`SMTP:${address}`] };
}

async function addSecond(objectClass: string, name: string, attributes: AttributeImage): Promise<void> {
  const sam = objectClass === 'contact' ? {} : { sAMAccountName: [`${name}.${second.customer}`.slice(0, 20)] };
  const dn = childDn('CN', name, second.ou) ?? '';
  await done(product.source.writer.add(dn, { objectClass: [objectClass], ...sam, ...attributes }));
}

async function onboardSecond(): Promise<void> {
  const configuration = configurationFor(second.customer, second.ou, second.managedOu);
  await applyConfiguration(product.database, { ...configuration, domains: [second.domain] });
}

async function cycleOfSecond(): Promise<Readonly<Record<string, number>>> {
  cycles += 1;
  const result = await product.temporal.workflow.execute<typeof syncCycle>('syncCycle', {
    args: [{ customer: second.customer, forest: 'corp', profile: 'full' }],
    taskQueue: product.taskQueue,
    workflowId: `cycle/${second.customer}/corp-${String(cycles)}`,
  });
  return result.counts;
}

async function ofSecond(attributes: readonly string[]): Promise<ReadonlyMap<string, DirectoryEntry>> {
  const found = new Map<string, DirectoryEntry>();
  const query = { base: second.managedOu, scope: 'one', filter: present('objectClass'), pageSize: 100 } as const;
  for await (const page of product.managed.reader.pages({ ...query, attributes: [...attributes, 'name'] }))
    for (const entry of page) found.set(entry.attributes['name']?.[0] ?? '', entry);
  return found;
}

async function errors(): Promise<readonly string[]> {
  const forest = await forestId(product.database, { side: 'source', customer: second.customer, name: 'corp' });
  const lists = [
    await listErrors(product.database, product.forest, 10),
    await listErrors(product.database, forest, 10),
  ];
  return lists.flat().map(({ code, dn }) => `${code} ${dn}`);
}

test('a customer alone in its managed forest has contacts with the addresses of others', async () => {
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, errors: 0, unconfirmed: 0 });
  const contact = (await product.managedObjects(['proxyAddresses'])).get('Bob elsewhere');
  expect(contact?.attributes['proxyAddresses']).toEqual([`SMTP:bob@${second.domain}`]);
});

// Shows: Validation / a contact's address elsewhere neither blocks its owner nor is blocked (samba)
// Shows: Validation / nicknames are unique among a customer's objects (samba)
test('a second customer comes with the owner of such an address, an own Info and the same partner: nobody is in error', async () => {
  await onboardSecond();
  expect(await cycleOfSecond()).toMatchObject({ failed: 0, errors: 0, unconfirmed: 0 });
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, errors: 0, unconfirmed: 0 });
  expect(await errors()).toEqual([]);

  const theirs = await ofSecond(['proxyAddresses', 'mailNickname', 'targetAddress']);
  expect(theirs.get('Bob')?.attributes['proxyAddresses']).toEqual([`SMTP:bob@${second.domain}`]);
  expect(theirs.get('Info')?.attributes['mailNickname']).toEqual(['info']);
  expect(theirs.get('Partner')?.attributes['proxyAddresses']).toBeUndefined();
  const ours = await product.managedObjects(['proxyAddresses', 'mailNickname', 'targetAddress', 'mail']);
  expect(ours.get('Info')?.attributes['mailNickname']).toEqual(['info']);
  for (const [name, address] of [
    ['Bob elsewhere', `bob@${second.domain}`],
    ['Partner', `partner.${product.name}@partner.example`],
  ] as const) {
    expect(ours.get(name)?.attributes).toMatchObject({ mail: [address], targetAddress: [`SMTP:${address}`] });
    expect(ours.get(name)?.attributes['proxyAddresses']).toBeUndefined();
  }
});

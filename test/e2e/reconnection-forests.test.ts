import type { DirectoryEntry } from '../../directory/entries.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { first } from '../../rules/objects.ts';
import { setFormerSids } from '../../scripts/seed/former-sids.ts';
import type { ForestHandle } from '../../scripts/stack/forest.ts';
import { done, found, openSandbox, type Sandbox } from '../support/directory-sandbox.ts';
import { MoreForests } from '../support/more-forests.ts';
import { mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { caseOf, errorsOf, lasting, mailboxes, mailboxOf } from '../support/reconnecting.ts';

let forests: MoreForests;
let second: ForestHandle;
let emea: Sandbox;
let product: Product;
const people = ['mover', 'stayer', 'leaver'] as const;
const before = new Map<string, readonly (string | undefined)[]>();

const value = { extensionAttribute9: ['MBX=5GB;TYPE=EP2D;REG=EU'] };
const mailOf = (person: string): string => `${person}.${product.name}@contoso.test`;

beforeAll(async () => {
  forests = await MoreForests.open();
  second = await forests.start('subsidiary');
  emea = await openSandbox(second);
  product = await openProduct({ change: withSecondForest });
  for (const person of people) await product.source.add('user', person, mailUser(`${person}.${product.name}`, value));
  await product.source.add('group', 'team', mailGroup(`team.${product.name}`));
  await done(
    product.source.writer.modify({ dn: product.source.dn('team') }, [
      { operation: 'add', attribute: 'member', values: people.map((person) => product.source.dn(person)) },
    ]),
  );
  expect((await product.cycle()).counts).toMatchObject({ provisioned: people.length, failed: 0 });
  await product.cycle('full', 'emea');
  for (const person of people) before.set(person, lasting(await mailboxOf(product, mailOf(person))));
});

afterAll(() => product.dispose());
afterAll(() => emea.dispose());
afterAll(() => forests.dispose());

function withSecondForest(configuration: Configuration): Configuration {
  const [corp] = configuration.forests;
  if (corp === undefined) throw new Error('no forest');
  return {
    ...configuration,
    deprovisioning: { ...configuration.deprovisioning, grace: '1s', retention: '1d', lookAgainEvery: '1s' },
    forests: [
      corp,
      {
        ...corp,
        name: 'emea',
        domains: [{ namingContext: second.namingContext, controllers: [second.url] }],
        account: second.service.account,
        passwordFile: second.service.passwordFile,
        tls: { caFile: second.caFile },
        scope: { ...corp.scope, include: [emea.ou], exclude: [] },
      },
    ],
  };
}

async function sidOf(sandbox: Sandbox, name: string): Promise<string> {
  const entry = await found(sandbox.reader.read({ dn: sandbox.dn(name) }, ['objectSid']));
  return first(entry.attributes, 'objectSid') ?? '';
}

/** Makes the account in the other forest, as ADMT does: with the SID that it had in its sIDHistory. */
async function migrate(person: string): Promise<string> {
  const sid = await sidOf(product.source, person);
  const guid = await emea.add('user', person, mailUser(`${person}.${product.name}`, value));
  await setFormerSids(second, [{ dn: emea.dn(person), sid }]);
  return guid;
}

async function expectOwner(person: string, guid: string, sandbox: Sandbox, forest: string): Promise<DirectoryEntry> {
  const mailbox = await mailboxOf(product, mailOf(person));
  expect(lasting(mailbox)).toEqual(before.get(person));
  expect(first(mailbox?.attributes ?? {}, 'msExchMasterAccountSid')).toBe(await sidOf(sandbox, person));
  expect(first(mailbox?.attributes ?? {}, 'msExchImmutableId')).toBe(`${product.name}/${forest}/${guid}`);
  expect(await mailboxes(product)).toBe(people.length);
  return found(Promise.resolve(mailbox));
}

async function members(): Promise<readonly string[]> {
  const objects = await product.managedObjects(['member']);
  const names = new Map([...objects].map(([name, { guid }]) => [guid, name]));
  return (objects.get('team')?.links['member'] ?? []).map(({ guid }) => names.get(guid ?? '') ?? '?').sort();
}

// Shows: Reconnection / moved to another forest of the customer, by sIDHistory: the same mailbox (samba, two forests)
test('who is moved to the other forest finds the mailbox there by the SID of before', async () => {
  const guid = await migrate('mover');
  await done(product.source.writer.remove({ dn: product.source.dn('mover') }));
  // The forest that the account has left is read first: it is disconnected, and found again.
  expect((await product.cycle('delta')).counts).toMatchObject({ disconnected: 1, reconnected: 0 });
  expect((await product.cycle('delta', 'emea')).counts).toMatchObject({ reconnected: 1, toCreate: 0 });
  expect(await caseOf(product, guid, 'emea').result()).toEqual({ outcome: 'reconnected' });
  await expectOwner('mover', guid, emea, 'emea');
});

// Shows: Reconnection / moved between forests, the new one read before the old one goes: waits, memberships stay (samba, two forests)
test('an account that exists in both forests waits; the group keeps its member, and it follows when the old account goes', async () => {
  const guid = await migrate('stayer');
  expect((await product.cycle('delta', 'emea')).counts).toMatchObject({
    reconnected: 0,
    toCreate: 0,
    reconnectionCases: 1,
  });
  expect(await errorsOf(product, guid)).toEqual(['SE823']);
  const old = await found(product.source.reader.read({ dn: product.source.dn('stayer') }, []));
  await expectOwner('stayer', old.guid, product.source, 'corp');
  await caseOf(product, guid, 'emea').executeUpdate<string, [{ operator: string }]>('approve', {
    args: [{ operator: 'ann' }],
  });
  expect((await product.cycle('delta', 'emea')).counts).toMatchObject({ reconnected: 1 });
  await expectOwner('stayer', guid, emea, 'emea');
  // The group still names the old account, which is the same person.
  await product.cycle('full');
  expect(await members()).toContain('stayer');
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, toCreate: 0 });
});

// Shows: Reconnection / a mailbox that was taken off is brought back from its previous pointers (samba, two forests)
test('a mailbox that was taken off in the meantime is brought back as it was', async () => {
  const sid = await sidOf(product.source, 'leaver');
  await done(product.source.writer.remove({ dn: product.source.dn('leaver') }));
  await product.cycle('delta');
  await until(async () => (await mailboxOf(product, mailOf('leaver')))?.links['homeMDB'] === undefined);
  const guid = await emea.add('user', 'leaver', mailUser(`leaver.${product.name}`, value));
  await setFormerSids(second, [{ dn: emea.dn('leaver'), sid }]);
  expect((await product.cycle('delta', 'emea')).counts).toMatchObject({ reconnected: 1, toCreate: 0 });
  expect(await caseOf(product, guid, 'emea').result()).toEqual({ outcome: 'reconnected' });
  await expectOwner('leaver', guid, emea, 'emea');
  await product.cycle('delta', 'emea');
  await expectOwner('leaver', guid, emea, 'emea');
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries > 200) throw new Error('it has not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

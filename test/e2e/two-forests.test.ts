import { first } from '../../rules/objects.ts';
import type { ForestHandle } from '../../scripts/stack/forest.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { done, found, openSandbox, type Sandbox } from '../support/directory-sandbox.ts';
import { MoreForests } from '../support/more-forests.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let forests: MoreForests;
/** The customer's second forest, provisioned for itself. */
let second: ForestHandle;
let emea: Sandbox;
let product: Product;
let alias: (name: string) => string;

beforeAll(async () => {
  forests = await MoreForests.open();
  second = await forests.start('subsidiary');
  emea = await openSandbox(second);
  product = await openProduct({ change: (configuration) => withSecondForest(configuration) });
  alias = aliasesOf(product);
});

// Each by itself: what one leaves when it fails, the next still ends.
afterAll(() => product.dispose());
afterAll(() => emea.dispose());
afterAll(() => forests.dispose());

function withSecondForest(configuration: Configuration): Configuration {
  const [corp] = configuration.forests;
  if (corp === undefined) throw new Error('no forest');
  return {
    ...configuration,
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
  return (
    first((await found(sandbox.reader.read({ dn: sandbox.dn(name) }, ['objectSid']))).attributes, 'objectSid') ?? ''
  );
}

/** The CNs of a managed group's members. */
async function members(group: string): Promise<string[]> {
  const objects = await product.managedObjects(['member']);
  const names = new Map([...objects].map(([name, { guid }]) => [guid, name]));
  return (objects.get(group)?.links['member'] ?? []).map(({ guid }) => names.get(guid ?? '') ?? '?').sort();
}

function addMember(group: string, ...values: readonly string[]): Promise<void> {
  const change = { operation: 'add', attribute: 'member', values } as const;
  return done(product.source.writer.modify({ dn: product.source.dn(group) }, [change]));
}

// Shows: Objects / members from other forests of the customer: foreignSecurityPrincipals, resolved by SID (samba, two forests)
test('a member from the other forest is left out until that is read, then it is in the group; nobody else comes with it', async () => {
  const { source } = product;
  await source.add('user', 'Ada', mailUser(alias('ada')));
  await emea.add('user', 'Ben', mailUser(alias('ben')));
  await source.add('group', 'All', mailGroup(alias('all')));
  await addMember('All', source.dn('Ada'));
  await addMember('All', `<SID=${await sidOf(emea, 'Ben')}>`);
  // Everyone who is authenticated, and somebody of a forest that is not the customer's.
  await addMember('All', `CN=S-1-5-11,CN=ForeignSecurityPrincipals,${source.namingContext}`);
  await addMember('All', '<SID=S-1-5-21-1004336348-1177238915-682003330-1104>');
  expect((await product.cycle('full', 'corp')).counts).toMatchObject({ planned: 2, failed: 0, unconfirmed: 0 });
  expect(await members('All')).toEqual(['Ada']);
  expect((await product.cycle('full', 'emea')).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
  expect((await product.cycle('delta', 'corp')).counts).toMatchObject({ whole: 0, plannedReferences: 1, failed: 0 });
  expect(await members('All')).toEqual(['Ada', 'Ben']);
  expect((await product.cycle('delta', 'corp')).counts).toMatchObject({ planned: 0, plannedReferences: 0 });
});

// Shows: Objects / a foreign member that is added later, by a delta, and removed (samba, two forests)
test('one that is read already comes with the next delta of the group, and goes when it is removed', async () => {
  await emea.add('user', 'Cem', mailUser(alias('cem')));
  await product.cycle('delta', 'emea');
  await addMember('All', `<SID=${await sidOf(emea, 'Cem')}>`);
  expect((await product.cycle('delta', 'corp')).counts).toMatchObject({ whole: 0, planned: 0, plannedReferences: 1 });
  expect(await members('All')).toEqual(['Ada', 'Ben', 'Cem']);
  const { source } = product;
  const principal = `CN=${await sidOf(emea, 'Cem')},CN=ForeignSecurityPrincipals,${source.namingContext}`;
  const change = { operation: 'delete', attribute: 'member', values: [principal] } as const;
  await done(source.writer.modify({ dn: source.dn('All') }, [change]));
  expect((await product.cycle('delta', 'corp')).counts).toMatchObject({ whole: 0, plannedReferences: 1 });
  expect(await members('All')).toEqual(['Ada', 'Ben']);
  expect((await product.cycle('full', 'corp')).counts).toMatchObject({ planned: 0, plannedReferences: 0 });
});

// Shows: Connector / several forests of a customer: names and addresses are one space (samba, two forests)
test('people of the same name in both forests are two people; an address belongs to who had it first', async () => {
  await emea.add('user', 'Ada', mailUser(alias('ada.emea')));
  await emea.add('user', 'Thief', mailUser(alias('thief'), { proxyAddresses: [`SMTP:${alias('ada')}@contoso.test`] }));
  await product.cycle('delta', 'emea');
  const objects = await product.managedObjects(['mail']);
  expect([...objects.values()].map((object) => first(object.attributes, 'mail'))).toEqual(
    expect.arrayContaining([`${alias('ada')}@contoso.test`, `${alias('ada.emea')}@contoso.test`]),
  );
  expect([...objects.keys()]).not.toContain('Thief');
  const errors = await product.database.query<{ code: string; name: string }>(
    `SELECT x.code, g.name FROM object_error x JOIN source_object o USING (forest_id, guid) JOIN forest g ON g.id = x.other_forest
     WHERE o.attributes -> 'name' ->> 0 = 'Thief'`,
  );
  // It may be the same person, who is about to be moved: nothing is taken over, and nothing made, as long as the other is there.
  expect(errors).toEqual([{ code: 'SE823', name: 'corp' }]);
  await done(emea.writer.remove({ dn: emea.dn('Thief') }));
  await product.cycle('delta', 'emea');
});

// Shows: Connector / several forests of a customer: one that is down stops only itself (samba, two forests)
test('a forest that is down stops only itself, and its people stay', async () => {
  await second.stop();
  await product.source.add('user', 'Dag', mailUser(alias('dag')));
  expect((await product.cycle('delta', 'corp')).counts).toMatchObject({ planned: 1, failed: 0 });
  expect(await members('All')).toEqual(['Ada', 'Ben']);
  await second.start();
  expect((await product.cycle('full', 'emea')).counts).toMatchObject({ planned: 0, absent: 0, gone: 0 });
});

// Shows: Mistakes / a lost database: groups keep their members of a forest that is read later (samba, two forests)
test('the database is lost: groups keep their members from the other forest until that is read, and after', async () => {
  await product.loseDatabase();
  expect((await product.cycle('full', 'corp')).counts).toMatchObject({ planned: 0, plannedReferences: 0 });
  expect(await members('All')).toEqual(['Ada', 'Ben']);
  expect((await product.cycle('full', 'emea')).counts).toMatchObject({ planned: 0, plannedReferences: 0 });
  expect((await product.cycle('delta', 'corp')).counts).toMatchObject({ planned: 0, plannedReferences: 0 });
  expect(await members('All')).toEqual(['Ada', 'Ben']);
});

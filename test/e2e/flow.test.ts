import type { AttributeImage } from '../../rules/attributes.ts';
import { flowSchema } from '../../rules/flow-settings.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { listErrors } from '../../store/errors.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

const flow = {
  user: {
    drop: ['pager'],
    clear: ['info'],
    rules: [
      { target: 'displayName', expression: '[value.sn, value.givenName].present().join(", ")' },
      { target: 'telephoneNumber', from: 'ipPhone' },
      { target: 'telephoneNumber', from: 'telephoneNumber' },
      { target: 'msDS-PhoneticDisplayName', from: 'employeeID' },
      { target: 'title', expression: 'value.title == "" ? "" : value.title.split("|")[1]' },
      { target: 'proxyAddresses', expression: 'values.proxyAddresses.filter(v, !v.lower().startsWith("fax:"))' },
      { target: 'publicDelegates', from: 'authOrig' },
    ],
  },
  group: { drop: ['managedBy'] },
};

let product: Product;
let alias: (name: string) => string;
const guids = new Map<string, string>();

beforeAll(async () => {
  product = await openProduct({ change: (configuration) => ({ ...configuration, flow: flowSchema.parse(flow) }) });
  alias = aliasesOf(product);
  const add = async (kind: 'user' | 'group', name: string, attributes: AttributeImage): Promise<void> => {
    guids.set(name, await product.source.add(kind, name, attributes));
  };
  await add(
    'user',
    'Ann',
    mailUser(alias('ann'), {
      givenName: ['Ann'],
      sn: ['Doe'],
      ipPhone: ['+1 1'],
      telephoneNumber: ['+1 2'],
      pager: ['+1 3'],
      info: ['secret'],
      employeeID: ['E-1'],
      middleName: ['Mia'],
      title: ['en|Engineer'],
      legacyExchangeDN: [`/o=Old/ou=Site/cn=Recipients/cn=${alias('ann')}`],
      proxyAddresses: [`SMTP:${alias('ann')}@contoso.test`, 'FAX:Ann@+1 555'],
    }),
  );
  await add('user', 'Bob', mailUser(alias('bob'), { sn: ['Roe'], telephoneNumber: ['+1 4'], title: ['Boss'] }));
  await add('user', 'Cid', mailUser(alias('cid'), { sn: ['Poe'], authOrig: [link('Ann')] }));
  await add('group', 'Few', mailGroup(alias('few'), { member: [link('Ann')] }));
  await add(
    'group',
    'All',
    mailGroup(alias('all'), {
      managedBy: [link('Ann')],
      authOrig: [link('Ann'), link('Cid')],
      unauthOrig: [link('Bob')],
      dLMemSubmitPerms: [link('Few')],
      dLMemRejectPerms: [link('Few')],
      msExchRequireAuthToSendTo: ['TRUE'],
    }),
  );
});

afterAll(() => product.dispose());

function link(name: string): string {
  return `<GUID=${guids.get(name) ?? ''}>`;
}

const ASKED = [
  ...['displayName', 'telephoneNumber', 'msDS-PhoneticDisplayName', 'title', 'pager', 'info', 'department', 'initials'],
  ...['proxyAddresses', 'managedBy', 'publicDelegates', 'authOrig', 'unauthOrig', 'dLMemSubmitPerms'],
  ...['dLMemRejectPerms', 'msExchRequireAuthToSendTo', 'member'],
];

async function managed(name: string): Promise<{ attributes: AttributeImage; links: Record<string, string[]> }> {
  const objects = await product.managedObjects(ASKED);
  const names = new Map([...objects].map(([cn, entry]) => [entry.guid, cn]));
  const entry = objects.get(name);
  if (entry === undefined) throw new Error(`${name} is not in the managed forest`);
  const links = Object.entries(entry.links).map(
    ([attribute, targets]) => [attribute, targets.map((target) => names.get(target.guid ?? '') ?? '').sort()] as const,
  );
  return { attributes: entry.attributes, links: Object.fromEntries(links) };
}

async function errors(): Promise<string[]> {
  const found = await listErrors(product.database, product.forest, 10);
  return found.map(({ code, dn, attribute }) => `${code} ${attribute} ${dn.split(',')[0] ?? ''}`);
}

function replace(name: string, values: AttributeImage): Promise<void> {
  return done(
    product.source.writer.modify(
      { dn: product.source.dn(name) },
      Object.entries(values).map(([attribute, list]) => ({ operation: 'replace', attribute, values: list })),
    ),
  );
}

// Shows: Flow / extended, dropped, cleared, reordered and transformed attributes flow; legacyExchangeDN becomes X500 (samba)
test('attributes flow as the configuration says', async () => {
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, unconfirmed: 0 });
  const { attributes } = await managed('Ann');
  expect(attributes).toMatchObject({
    displayName: ['Doe, Ann'],
    telephoneNumber: ['+1 1'],
    'msDS-PhoneticDisplayName': ['E-1'],
    title: ['Engineer'],
  });
  expect(attributes).not.toHaveProperty('pager');
  expect(attributes).not.toHaveProperty('info');
  expect([...(attributes['proxyAddresses'] ?? [])].sort()).toEqual([
    `SMTP:${alias('ann')}@contoso.test`,
    `X500:/o=Old/ou=Site/cn=Recipients/cn=${alias('ann')}`,
  ]);
  expect((await managed('Cid')).attributes).toMatchObject({ displayName: ['Poe'] });
});

// Shows: Flow / a failing expression is that object's error, and stops only it (samba)
test('an expression that fails stops its object and no other', async () => {
  expect(await errors()).toEqual(['SE701 title CN=Bob']);
  expect([...(await product.managedObjects([])).keys()].sort()).toEqual(['All', 'Ann', 'Cid', 'Few']);
});

// Shows: Flow / delivery restrictions flow as references (samba)
test('delivery restrictions flow as references, and a target that is not there is left out', async () => {
  const { links, attributes } = await managed('All');
  expect(links).toEqual({
    authOrig: ['Ann', 'Cid'],
    dLMemSubmitPerms: ['Few'],
    dLMemRejectPerms: ['Few'],
  });
  expect(attributes['msExchRequireAuthToSendTo']).toEqual(['TRUE']);
  const cid = await managed('Cid');
  expect(cid.links).toEqual({ authOrig: ['Ann'], publicDelegates: ['Ann'] });
});

// Shows: Flow / an error of an expression clears itself, and references to its object come (samba)
test('the failing expression’s error goes when the customer has corrected the value', async () => {
  await replace('Bob', { title: ['en|Boss'] });
  await done(
    product.source.writer.modify({ dn: product.source.dn('All') }, [
      { operation: 'delete', attribute: 'authOrig', values: [link('Cid')] },
    ]),
  );
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, unconfirmed: 0, errors: 0 });
  expect(await errors()).toEqual([]);
  expect((await managed('Bob')).attributes).toMatchObject({ title: ['Boss'], telephoneNumber: ['+1 4'] });
  expect((await managed('All')).links).toMatchObject({ authOrig: ['Ann'], unauthOrig: ['Bob'] });
});

// Shows: Flow / an object whose expression fails later keeps what it had until it is corrected (samba)
test('what an object had stays while its expression fails', async () => {
  await replace('Bob', { title: ['Boss'], telephoneNumber: ['+1 5'] });
  await product.cycle();
  expect(await errors()).toEqual(['SE701 title CN=Bob']);
  expect((await managed('Bob')).attributes).toMatchObject({ title: ['Boss'], telephoneNumber: ['+1 4'] });
  await replace('Bob', { title: ['en|Chief'] });
  await product.cycle();
  expect((await managed('Bob')).attributes).toMatchObject({ title: ['Chief'], telephoneNumber: ['+1 5'] });
});

// Shows: Flow / a new version of the configuration evaluates all anew; what is dropped is no longer owned (samba)
test('another version of the flow is evaluated for every object, and what it drops is left alone', async () => {
  const next = {
    ...flow,
    user: {
      drop: ['pager', 'info', 'department'],
      rules: [
        { target: 'displayName', expression: '[value.givenName, value.sn.upper()].present().join(" ")' },
        { target: 'wWWHomePage', expression: '"https://people.contoso.test/" + value.mail' },
        // A source attribute that was not read until now.
        { target: 'middleName', from: 'initials' },
        { target: 'initials', from: 'middleName' },
      ],
    },
    group: { drop: ['managedBy'], clear: ['dLMemRejectPerms'] },
  };
  const ann = (await product.managedObjects([])).get('Ann');
  const byHand = (attribute: string, value: string): Promise<void> =>
    done(product.managed.modify({ guid: ann?.guid ?? '' }, [{ operation: 'replace', attribute, values: [value] }]));
  await byHand('info', 'of the managed side');
  await byHand('department', 'of the managed side');
  // An attribute that nobody owned and nobody read until now.
  await byHand('wWWHomePage', 'https://old.example');
  await applyConfiguration(product.database, { ...product.configuration, flow: flowSchema.parse(next) });
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, unconfirmed: 0, errors: 0 });
  const { attributes, links } = await managed('Ann');
  expect(attributes).toMatchObject({
    displayName: ['Ann DOE'],
    telephoneNumber: ['+1 2'],
    title: ['en|Engineer'],
    info: ['of the managed side'],
    department: ['of the managed side'],
    'msDS-PhoneticDisplayName': ['E-1'],
    initials: ['Mia'],
  });
  expect(links).toEqual({});
  expect((await managed('All')).links).toEqual({ authOrig: ['Ann'], unauthOrig: ['Bob'], dLMemSubmitPerms: ['Few'] });
  const homes = await product.managedObjects(['wWWHomePage']);
  expect(homes.get('Ann')?.attributes['wWWHomePage']).toEqual([
    `https://people.contoso.test/${alias('ann')}@contoso.test`,
  ]);
  // Delegates are no longer owned either: they stay.
  expect((await managed('Cid')).links).toEqual({ authOrig: ['Ann'], publicDelegates: ['Ann'] });
  expect((await product.cycle()).counts).toMatchObject({ planned: 0, plannedReferences: 0 });
});

// Shows: Flow / the managed forest is read for what any of its customers owns there (samba)
test('what another customer of the managed forest adds to its flow is read by this customer’s cycle too', async () => {
  const asked = async (): Promise<string[]> => {
    const rows = await product.database.query<{ asked: string }>(
      "SELECT asked FROM watermark JOIN forest f ON f.id = forest_id WHERE f.side = 'managed'",
    );
    return rows.flatMap((row) => row.asked.split(' '));
  };
  expect(await asked()).not.toContain('employeeID');
  await applyConfiguration(product.database, {
    ...product.configuration,
    customer: 'tailspin',
    domains: ['tailspin.test'],
    flow: flowSchema.parse({ contact: { rules: [{ target: 'employeeID', from: 'extensionAttribute1' }] } }),
  });
  expect((await product.cycle()).counts).toMatchObject({ failed: 0, planned: 0 });
  expect(await asked()).toContain('employeeID');
});

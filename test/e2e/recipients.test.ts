import type { DirectoryEntry } from '../../directory/entries.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { configurationSchema } from '../../rules/configuration.ts';
import { countRecipients } from '../../store/recipients.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailContact, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let alias: (name: string) => string;
let lists: { readonly user: string; readonly contact: string; readonly group: string; readonly byHand: string };

const RECIPIENT = [
  ...['userAccountControl', 'groupType', 'mail', 'mailNickname', 'proxyAddresses', 'targetAddress', 'legacyExchangeDN'],
  ...['msExchRecipientTypeDetails', 'msExchRecipientDisplayType', 'msExchHideFromAddressLists', 'showInAddressBook'],
  ...['msExchMailboxGuid', 'homeMDB', 'msExchMasterAccountSid', 'msExchHomeServerName', 'mDBUseDefaults'],
];
const SECURITY = '-2147483646';

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => {
      const list = (name: string): string =>
        (configuration.exchange.addressLists[1] ?? '').replace('CN=All Users', `CN=${name}`);
      lists = {
        user: list('All Users'),
        contact: list('All Contacts'),
        group: list('All Groups'),
        byHand: list('All Rooms'),
      };
      return configurationSchema.parse({
        ...configuration,
        validation: { routingDomain: 'mgd.contoso.test' },
        exchange: {
          ...configuration.exchange,
          addressLists: [lists.user],
          contactLists: [lists.contact],
          groupLists: [lists.group.toLowerCase()],
        },
        deprovisioning: { grace: '1s', retention: '1h', lookAgainEvery: '2s' },
      });
    },
  });
  alias = aliasesOf(product);
  const { source } = product;
  const hidden = { msExchHideFromAddressLists: ['TRUE'] };
  const elsewhere = (name: string): AttributeImage => ({ targetAddress: [`SMTP:${alias(name)}@elsewhere.example`] });
  await source.add('user', 'mail user', mailUser(alias('mu'), elsewhere('mu')));
  await source.add('user', 'hidden user', mailUser(alias('hu'), { ...elsewhere('hu'), ...hidden }));
  await source.add('user', 'nobody', mailUser(alias('nobody')));
  await source.add('contact', 'contact', mailContact(alias('mc')));
  await source.add('contact', 'hidden contact', mailContact(alias('hc'), hidden));
  await source.add('group', 'list', mailGroup(alias('dl')));
  await source.add('group', 'hidden list', mailGroup(alias('hl'), hidden));
  await source.add('group', 'security', mailGroup(alias('sg'), { groupType: [SECURITY] }));
  await source.add(
    'user',
    'mailbox',
    mailUser(alias('mb'), {
      extensionAttribute9: ['MBX=2GB;TYPE=KIOSK'],
      legacyExchangeDN: [`/o=Contoso/ou=First/cn=Recipients/cn=${alias('mb')}`],
    }),
  );
  expect((await product.cycle()).counts).toMatchObject({
    errors: 0,
    failed: 0,
    unconfirmed: 0,
    blocked: 0,
    provisioned: 1,
  });
});

afterAll(() => product.dispose());

async function shown(name: string): Promise<DirectoryEntry> {
  const entry = (await product.managedObjects(RECIPIENT)).get(name);
  if (entry === undefined) throw new Error(`${name} is not there`);
  return entry;
}

function imageOf({ attributes, links }: DirectoryEntry): AttributeImage {
  const dns = Object.entries(links).map(([name, targets]) => [name, targets.map((target) => target.dn)] as const);
  return Object.fromEntries([...Object.entries(attributes), ...dns].filter(([name]) => RECIPIENT.includes(name)));
}

async function legacyDnOf(name: string): Promise<string> {
  const [row] = await product.database.query<{ id: string }>('SELECT id FROM identity WHERE cn = $1', [name]);
  return `${product.configuration.exchange.recipientsDn}/cn=${(row?.id ?? '').replaceAll('-', '')}`;
}

const KINDS = {
  'mail user': ['mu', 'contoso.test', '128', '6', 'user'],
  'hidden user': ['hu', 'contoso.test', '128', '6', null],
  contact: ['mc', 'partner.example', '64', '6', 'contact'],
  'hidden contact': ['hc', 'partner.example', '64', '6', null],
  list: ['dl', 'contoso.test', '256', '1', 'group'],
  'hidden list': ['hl', 'contoso.test', '256', '1', null],
  security: ['sg', 'contoso.test', '1024', '1073741833', 'group'],
} as const;

// Shows: Kinds / mail user, mail contact, distribution group, mail-enabled security group, hidden when asked, attribute by attribute (samba)
test.each(Object.entries(KINDS))('%s', async (name, [nickname, domain, details, display, list]) => {
  const address = `${alias(nickname)}@${domain}`;
  const target = domain === 'partner.example' ? address : `${alias(nickname)}@elsewhere.example`;
  expect(imageOf(await shown(name))).toEqual({
    mail: [address],
    mailNickname: [alias(nickname)],
    proxyAddresses: [`SMTP:${address}`],
    legacyExchangeDN: [await legacyDnOf(name)],
    msExchRecipientTypeDetails: [details],
    msExchRecipientDisplayType: [display],
    ...(details === '128' ? { userAccountControl: ['514'] } : {}),
    ...(display === '6' ? { targetAddress: [`SMTP:${target}`] } : {}),
    ...(details === '256' ? { groupType: ['8'] } : {}),
    ...(details === '1024' ? { groupType: ['-2147483640'] } : {}),
    ...(list === null ? { msExchHideFromAddressLists: ['TRUE'] } : { showInAddressBook: [lists[list]] }),
  });
});

// Shows: Kinds / a user whose mail goes nowhere is no recipient (samba)
test('a user who neither asks for a mailbox nor says where mail goes is no recipient', async () => {
  expect(imageOf(await shown('nobody'))).toEqual({
    userAccountControl: ['514'],
    mail: [`${alias('nobody')}@contoso.test`],
    mailNickname: [alias('nobody')],
    proxyAddresses: [`SMTP:${alias('nobody')}@contoso.test`, `smtp:${alias('nobody')}@mgd.contoso.test`],
  });
});

// Shows: Kinds / a mailbox has the routing address and the X500 address of its source; address lists (samba)
test('a mailbox has a routing address and the X500 address of where it came from', async () => {
  const { proxyAddresses, showInAddressBook, targetAddress } = imageOf(await shown('mailbox'));
  expect(proxyAddresses).toEqual([
    `SMTP:${alias('mb')}@contoso.test`,
    `X500:/o=Contoso/ou=First/cn=Recipients/cn=${alias('mb')}`,
    `smtp:${alias('mb')}@mgd.contoso.test`,
  ]);
  expect(showInAddressBook).toEqual([lists.user]);
  expect(targetAddress).toBeUndefined();
});

test('an operator sees how many there are of each kind', async () => {
  const counted = await countRecipients(product.database, product.forest);
  expect(counted.map(({ kind, count }) => [kind, count])).toEqual([
    ['distributionGroup', 2],
    ['linked', 1],
    ['mailContact', 2],
    ['mailSecurityGroup', 1],
    ['mailUser', 2],
  ]);
  expect(counted.find(({ kind }) => kind === 'linked')?.example).toBe('mailbox');
});

// Shows: Kinds / a second cycle over recipients writes nothing (samba)
test('a second cycle finds nothing to do', async () => {
  expect((await product.cycle()).counts).toMatchObject({ planned: 0, plannedReferences: 0, started: 0 });
});

async function set(name: string, values: AttributeImage): Promise<void> {
  await done(
    product.source.writer.modify(
      { dn: product.source.dn(name) },
      Object.entries(values).map(([attribute, list]) => ({ operation: 'replace', attribute, values: list })),
    ),
  );
}

async function setManaged(name: string, values: AttributeImage): Promise<void> {
  const { guid } = await shown(name);
  await done(
    product.managed.modify(
      { guid },
      Object.entries(values).map(([attribute, list]) => ({ operation: 'add', attribute, values: list })),
    ),
  );
}

// Shows: Kinds / address lists and addresses that nobody of us wrote are left alone (samba)
test('an address list and an address that somebody else gave stay, whatever we change beside them', async () => {
  const names = ['mail user', 'contact', 'list', 'mailbox'];
  const byHand = (name: string): string => `smtp:by-hand.${name.replaceAll(' ', '')}.${product.name}@contoso.test`;
  for (const name of names)
    await setManaged(name, { showInAddressBook: [lists.byHand], proxyAddresses: [byHand(name)] });
  for (const name of names) await set(name, { msExchHideFromAddressLists: ['TRUE'] });
  expect((await product.cycle('delta')).counts).toMatchObject({ failed: 0, unconfirmed: 0, blocked: 0 });
  for (const name of names) {
    const { showInAddressBook, proxyAddresses } = imageOf(await shown(name));
    expect(showInAddressBook).toEqual([lists.byHand]);
    expect(proxyAddresses).toContain(byHand(name));
  }
  for (const name of names) await set(name, { msExchHideFromAddressLists: [] });
  await product.cycle('delta');
  for (const name of names) expect(imageOf(await shown(name))['showInAddressBook']).toHaveLength(2);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, started: 0 });
});

// Shows: Kinds / a mail user becomes a mailbox and a mail user again; legacyExchangeDN stays (samba)
test('a mail user who asks for a mailbox gets one, keeps the legacyExchangeDN, and becomes a mail user again', async () => {
  const before = imageOf(await shown('mail user'));
  await set('mail user', { extensionAttribute9: ['MBX=2GB;TYPE=KIOSK'] });
  expect((await product.cycle('delta')).counts).toMatchObject({ started: 1, blocked: 0, unconfirmed: 0 });
  const mailbox = imageOf(await shown('mail user'));
  expect(mailbox).toMatchObject({
    msExchRecipientTypeDetails: ['2'],
    msExchRecipientDisplayType: ['1073741824'],
    legacyExchangeDN: before['legacyExchangeDN'],
    showInAddressBook: before['showInAddressBook'],
  });
  expect(mailbox['targetAddress']).toBeUndefined();
  expect(mailbox['proxyAddresses']).toContain(`smtp:${alias('mu')}@mgd.contoso.test`);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, started: 0 });

  await set('mail user', { extensionAttribute9: ['RemoveMSOMbx'] });
  await product.cycle('delta');
  await until(async () => imageOf(await shown('mail user'))['homeMDB'] === undefined);
  await product.cycle('delta');
  expect(imageOf(await shown('mail user'))).toEqual(before);
  await set('mail user', { extensionAttribute9: [] });
  await product.cycle('delta');
  expect(imageOf(await shown('mail user'))).toEqual(before);
  expect((await product.cycle('delta')).counts).toMatchObject({ planned: 0, started: 0 });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come to it');
}

// Shows: Kinds / what somebody changed of a recipient is put right, and a legacyExchangeDN that is there is kept (samba)
test('a recipient type that somebody changed is put right; another legacyExchangeDN is kept', async () => {
  const { guid } = await shown('contact');
  await done(
    product.managed.modify({ guid }, [
      { operation: 'replace', attribute: 'msExchRecipientTypeDetails', values: ['32768'] },
      { operation: 'replace', attribute: 'legacyExchangeDN', values: ['/o=Other/cn=contact'] },
    ]),
  );
  await product.cycle('delta');
  expect(imageOf(await shown('contact'))).toMatchObject({
    msExchRecipientTypeDetails: ['64'],
    legacyExchangeDN: ['/o=Other/cn=contact'],
  });
});

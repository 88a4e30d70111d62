import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'ldapts';
import { bindAs, change, readEntry, resultCode } from '../support/stack-ldap.ts';
import { testStack } from '../support/stack.ts';

/** Both forests have the Exchange and Lync schema; the managed one has what its attributes point to. */

const { customer, managed } = testStack();
const configuration = `CN=Configuration,${managed.namingContext}`;
const organisation = `CN=Fabrikam,CN=Microsoft Exchange,CN=Services,${configuration}`;
const databases = `CN=Databases,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,${organisation}`;
const pools = `CN=Pools,CN=RTC Service,CN=Services,${configuration}`;
const suffix = randomBytes(4).toString('hex');
const ou = `OU=schema-${suffix},${managed.namingContext}`;
const ldif = readFileSync(join(import.meta.dirname, '../../scripts/stack/schema/exchange-lync.ldif'), 'utf8');
const names = [...ldif.matchAll(/^lDAPDisplayName: (.+)$/gm)].map(([, name = '']) => name);

let client: Client;

beforeAll(async () => {
  client = await bindAs(managed, 'administrator');
  await client.add(ou, { objectClass: 'organizationalUnit' });
  await client.add(`CN=user,${ou}`, { objectClass: 'user', sAMAccountName: `u${suffix}`, userAccountControl: '514' });
  await client.add(`CN=contact,${ou}`, { objectClass: 'contact' });
  await client.add(`CN=group,${ou}`, { objectClass: 'group', sAMAccountName: `g${suffix}` });
});

afterAll(async () => {
  for (const { dn } of (await client.search(ou, { scope: 'one', attributes: ['dn'] })).searchEntries)
    await client.del(dn);
  await client.del(ou);
  await client.unbind();
});

test.each(['user', 'contact', 'group'])('a %s may have every Exchange and Lync attribute', async (kind) => {
  const { allowedAttributes } = await readEntry(client, `CN=${kind},${ou}`, ['allowedAttributes']);
  const allowed = new Set([allowedAttributes ?? []].flat().map(String));
  expect(names.length).toBeGreaterThan(110);
  expect(names.filter((name) => !allowed.has(name))).toEqual([]);
});

test('the customer forest has the same attributes', async () => {
  const other = await bindAs(customer, 'service');
  const { allowedAttributes } = await readEntry(other, `CN=Guest,CN=Users,${customer.namingContext}`, [
    'allowedAttributes',
  ]);
  await other.unbind();
  const allowed = new Set([allowedAttributes ?? []].flat().map(String));
  expect(names.filter((name) => !allowed.has(name))).toEqual([]);
});

test('a mailbox points to its database, which points back', async () => {
  const database = `CN=EU-DB01,${databases}`;
  await client.modify(`CN=user,${ou}`, change('replace', 'homeMDB', [database]));
  expect(await readEntry(client, `CN=user,${ou}`, ['homeMDB'])).toMatchObject({ homeMDB: database });
  const { homeMDBBL } = await readEntry(client, database, ['homeMDBBL']);
  expect([homeMDBBL ?? []].flat()).toContain(`CN=user,${ou}`);
});

test('a database that does not exist is refused', async () => {
  const code = await resultCode(
    client.modify(`CN=user,${ou}`, change('replace', 'homeMDB', [`CN=XX-DB99,${databases}`])),
  );
  expect([19, 32]).toContain(code);
});

test('a linked room mailbox is found by its 64-bit type, its master account by SID', async () => {
  const sid = Buffer.from('010500000000000515000000c7d0b1f6f4c4e1fdcfb09ee5f4010000', 'hex');
  await client.modify(`CN=user,${ou}`, [
    change('replace', 'msExchRecipientTypeDetails', ['2199023255552']),
    change('replace', 'msExchMasterAccountSid', [sid]),
  ]);
  const entry = await readEntry(client, `CN=user,${ou}`, ['msExchRecipientTypeDetails', 'msExchMasterAccountSid']);
  expect(entry.msExchRecipientTypeDetails).toBe('2199023255552');
  expect(entry.msExchMasterAccountSid).toEqual(sid);
  for (const filter of [
    '(msExchRecipientTypeDetails=2199023255552)',
    '(msExchMasterAccountSid=S-1-5-21-4138848455-4259431668-3852382415-500)',
  ]) {
    const { searchEntries } = await client.search(ou, { scope: 'sub', filter, attributes: ['dn'] });
    expect({ filter, found: searchEntries.map(({ dn }) => dn) }).toEqual({ filter, found: [`CN=user,${ou}`] });
  }
});

test('links without a published number follow a rename and a deletion of their target', async () => {
  await client.add(`CN=moderator,${ou}`, { objectClass: 'contact' });
  const group = `CN=group,${ou}`;
  for (const name of ['msExchModeratedByLink', 'authOrig']) {
    await client.modify(group, change('add', name, [`CN=moderator,${ou}`]));
  }
  await client.modifyDN(`CN=moderator,${ou}`, `CN=moderator2,${ou}`);
  expect(await readEntry(client, group, ['msExchModeratedByLink', 'authOrig'])).toMatchObject({
    msExchModeratedByLink: `CN=moderator2,${ou}`,
    authOrig: `CN=moderator2,${ou}`,
  });
  await client.del(`CN=moderator2,${ou}`);
  expect(await readEntry(client, group, ['msExchModeratedByLink', 'authOrig'])).toMatchObject({
    msExchModeratedByLink: [],
    authOrig: [],
  });
});

test('a voice user has a pool, a policy with its number, and a deployment locator', async () => {
  const pool = `CN=Lc Services,CN=Microsoft,CN=EU-POOL01,${pools}`;
  const voice = {
    'msRTCSIP-PrimaryUserAddress': 'sip:anna@contoso.test',
    'msRTCSIP-UserEnabled': 'TRUE',
    'msRTCSIP-PrimaryHomeServer': pool,
    'msRTCSIP-UserPolicy': `B:8:01000000:CN=EU-DB01,${databases}`,
    'msRTCSIP-DeploymentLocator': 'SRV:',
  };
  await client.modify(
    `CN=user,${ou}`,
    Object.entries(voice).map(([name, value]) => change('replace', name, [value])),
  );
  expect(await readEntry(client, `CN=user,${ou}`, Object.keys(voice))).toMatchObject(voice);
});

test('address lists can be shown in', async () => {
  const lists = [
    `CN=All Users,CN=All Address Lists,CN=Address Lists Container,${organisation}`,
    `CN=Default Global Address List,CN=All Global Address Lists,CN=Address Lists Container,${organisation}`,
  ];
  await client.modify(`CN=contact,${ou}`, change('replace', 'showInAddressBook', lists));
  const { showInAddressBook } = await readEntry(client, `CN=contact,${ou}`, ['showInAddressBook']);
  expect([showInAddressBook ?? []].flat().map(String).sort()).toEqual(lists.sort());
});

test.each(['proxyAddresses', 'mail', 'mailNickname', 'msExchImmutableId', 'msExchMasterAccountSid'])(
  '%s is indexed',
  async (name) => {
    const { searchEntries } = await client.search(`CN=Schema,${configuration}`, {
      scope: 'one',
      filter: `(lDAPDisplayName=${name})`,
      attributes: ['searchFlags'],
    });
    expect(Number(searchEntries[0]?.searchFlags) & 1).toBe(1);
  },
);

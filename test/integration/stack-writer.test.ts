import { randomBytes } from 'node:crypto';
import type { Client } from 'ldapts';
import { DirSyncControl, ShowDeletedControl } from '../../directory/controls.ts';
import { bindAs, change, readAll, readEntry, resultCode } from '../support/stack-ldap.ts';
import { testStack } from '../support/stack.ts';

/** The account that writes the managed forest: all it needs below the customer's OU, nothing outside. */

const INSUFFICIENT_ACCESS_RIGHTS = 50;

const { managed } = testStack();
const domain = managed.namingContext;
const configuration = `CN=Configuration,${domain}`;
const customerOu = `OU=contoso,OU=Customers,${domain}`;
const suffix = randomBytes(4).toString('hex');
const ou = `OU=writer-${suffix},${customerOu}`;

let writer: Client;

beforeAll(async () => {
  writer = await bindAs(managed, 'service');
  await writer.add(ou, { objectClass: 'organizationalUnit' });
});

afterAll(async () => {
  for (const { dn } of (await writer.search(ou, { scope: 'one', attributes: ['dn'] })).searchEntries)
    await writer.del(dn);
  await writer.del(ou);
  await writer.unbind();
});

test('adds a user, a contact and a group, sets members, renames and deletes', async () => {
  await writer.add(`CN=user,${ou}`, { objectClass: 'user', sAMAccountName: `u${suffix}`, userAccountControl: '514' });
  await writer.add(`CN=contact,${ou}`, { objectClass: 'contact', targetAddress: 'SMTP:a@contoso.test' });
  await writer.add(`CN=group,${ou}`, { objectClass: 'group', sAMAccountName: `g${suffix}`, groupType: '8' });
  await writer.modify(`CN=group,${ou}`, change('add', 'member', [`CN=user,${ou}`, `CN=contact,${ou}`]));
  await writer.modifyDN(`CN=user,${ou}`, `CN=renamed,${ou}`);
  await writer.del(`CN=contact,${ou}`);
  expect(await readEntry(writer, `CN=group,${ou}`, ['member'])).toMatchObject({ member: `CN=renamed,${ou}` });
});

test('sees a tombstone of its OU and brings the object back with its GUID', async () => {
  const dn = `CN=lost,${ou}`;
  await writer.add(dn, { objectClass: 'user', sAMAccountName: `l${suffix}`, userAccountControl: '514' });
  const { objectGUID } = await readEntry(writer, dn, ['objectGUID']);
  await writer.del(dn);

  const { searchEntries } = await writer.search(
    domain,
    { scope: 'sub', filter: `(&(isDeleted=TRUE)(sAMAccountName=l${suffix}))`, attributes: ['dn'] },
    new ShowDeletedControl(),
  );
  expect(searchEntries).toHaveLength(1);
  const undelete = [change('delete', 'isDeleted', []), change('replace', 'distinguishedName', [dn])];
  await writer.modify(searchEntries[0]?.dn ?? '', undelete, new ShowDeletedControl());

  expect((await readEntry(writer, dn, ['objectGUID'])).objectGUID).toEqual(objectGUID);
});

test('reads the domain by DirSync', async () => {
  const control = new DirSyncControl(Buffer.alloc(0), 0);
  const { searchEntries } = await writer.search(domain, { scope: 'sub', timeLimit: 0 }, control);
  expect(searchEntries.map((entry) => entry.dn)).toEqual(expect.arrayContaining([domain, customerOu]));
  expect(control.cookie.length).toBeGreaterThan(0);
});

test('outside its OU no object can be changed in any attribute, child or permission', async () => {
  const names = ['allowedAttributesEffective', 'allowedChildClassesEffective', 'sDRightsEffective', 'isDeleted'];
  const writable: string[] = [];
  for (const base of [domain, configuration, `CN=Schema,${configuration}`]) {
    for (const entry of await readAll(writer, base, names, new ShowDeletedControl())) {
      const attributes = [entry.allowedAttributesEffective ?? []].flat();
      const children = [entry.allowedChildClassesEffective ?? []].flat();
      const rights = attributes.length > 0 || children.length > 0 || entry.sDRightsEffective !== '0';
      if (rights && entry.isDeleted !== 'TRUE') writable.push(entry.dn);
    }
  }
  expect(writable).toContain(customerOu);
  expect(writable.filter((dn) => !dn.endsWith(customerOu))).toEqual([]);
});

test('outside its OU adding, changing, deleting and moving are refused', async () => {
  const inside = `CN=stays,${ou}`;
  await writer.add(inside, { objectClass: 'contact' });
  const customers = `OU=Customers,${domain}`;
  const attempts = {
    addContact: () => writer.add(`CN=added,CN=Users,${domain}`, { objectClass: 'contact' }),
    addOtherCustomer: () => writer.add(`OU=other,${customers}`, { objectClass: 'organizationalUnit' }),
    changeDomain: () => writer.modify(domain, change('replace', 'description', ['changed'])),
    changeConfiguration: () =>
      writer.modify(`CN=Services,${configuration}`, change('replace', 'description', ['changed'])),
    deleteGuest: () => writer.del(`CN=Guest,CN=Users,${domain}`),
    moveOut: () => writer.modifyDN(inside, `CN=stays,${customers}`),
    ownDescription: () =>
      writer.modify(`CN=svc-itasca-write,CN=Users,${domain}`, change('replace', 'url', ['http://x.example'])),
  };
  for (const [attempt, operation] of Object.entries(attempts)) {
    expect({ attempt, code: await resultCode(operation()) }).toEqual({ attempt, code: INSUFFICIENT_ACCESS_RIGHTS });
  }
});

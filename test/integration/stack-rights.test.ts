import { randomBytes } from 'node:crypto';
import type { Client, Entry } from 'ldapts';
import { DirSyncControl, ShowDeletedControl } from '../../directory/controls.ts';
import { bindAs, change, quoted, readAll, readEntry, resultCode } from '../support/stack-ldap.ts';
import { testStack } from '../support/stack.ts';

/** The customer's forest must be safe from us: the account that reads it may not write anything, anywhere. */

const INSUFFICIENT_ACCESS_RIGHTS = 50;
/** What the server says of an object before it looks at rights: gone meanwhile, a system object, one with children. */
const REFUSED_OTHERWISE = [32, 53, 66];

const { customer } = testStack();
const domain = customer.namingContext;
const configuration = `CN=Configuration,${domain}`;
const namingContexts = [domain, configuration, `CN=Schema,${configuration}`];
const ownAccount = `CN=svc-itasca-read,CN=Users,${domain}`;
const ou = `OU=rights-${randomBytes(4).toString('hex')},${domain}`;
const objects = [`CN=user,${ou}`, `CN=contact,${ou}`, `CN=group,${ou}`, `OU=unit,${ou}`, ownAccount];

let administrator: Client;
let reader: Client;

beforeAll(async () => {
  administrator = await bindAs(customer, 'administrator');
  reader = await bindAs(customer, 'service');
  await administrator.add(ou, { objectClass: 'organizationalUnit' });
  const sam = randomBytes(6).toString('hex');
  await administrator.add(`CN=user,${ou}`, { objectClass: 'user', sAMAccountName: `u${sam}` });
  await administrator.add(`CN=contact,${ou}`, { objectClass: 'contact' });
  await administrator.add(`CN=group,${ou}`, { objectClass: 'group', sAMAccountName: `g${sam}` });
  await administrator.add(`OU=unit,${ou}`, { objectClass: 'organizationalUnit' });
});

afterAll(async () => {
  for (const dn of objects.filter((dn) => dn !== ownAccount)) await administrator.del(dn);
  await administrator.del(ou);
  await administrator.unbind();
  await reader.unbind();
});

test.each(namingContexts)('no object of %s can be changed in any attribute, child or permission', async (base) => {
  const names = ['allowedAttributesEffective', 'allowedChildClassesEffective', 'sDRightsEffective'];
  const entries = await readAll(reader, base, names, new ShowDeletedControl());
  expect(entries.length).toBeGreaterThan(150);
  const writable = entries.filter((entry) => {
    const attributes = [entry.allowedAttributesEffective ?? []].flat();
    const children = [entry.allowedChildClassesEffective ?? []].flat();
    return attributes.length > 0 || children.length > 0 || entry.sDRightsEffective !== '0';
  });
  expect(writable).toEqual([]);
});

// Shows: Connector / the account for the customer's forest can change nothing there (samba)
test('no object of the forest can be deleted', async () => {
  const codes = new Map<number, string>();
  for (const base of namingContexts) {
    for (const { dn } of await readAll(administrator, base, ['dn'], new ShowDeletedControl())) {
      codes.set(await resultCode(reader.del(dn)), dn);
    }
  }
  expect([...codes.keys()]).toContain(INSUFFICIENT_ACCESS_RIGHTS);
  expect([...codes].filter(([code]) => ![INSUFFICIENT_ACCESS_RIGHTS, ...REFUSED_OTHERWISE].includes(code))).toEqual([]);
}, 60_000);

test.each(objects)('%s: modify, rename and delete are refused', async (dn) => {
  for (const attribute of ['description', 'url', 'telephoneNumber', 'msDS-cloudExtensionAttribute1']) {
    const values = [attribute === 'telephoneNumber' ? '+1 555 0100' : 'http://changed.example'];
    const code = await resultCode(reader.modify(dn, change('replace', attribute, values)));
    expect({ attribute, code }).toEqual({ attribute, code: INSUFFICIENT_ACCESS_RIGHTS });
  }
  const renamed = dn.replace(/^(CN|OU)=[^,]*/, '$1=renamed');
  expect(await resultCode(reader.modifyDN(dn, renamed))).toBe(INSUFFICIENT_ACCESS_RIGHTS);
  expect(await resultCode(reader.del(dn))).toBe(INSUFFICIENT_ACCESS_RIGHTS);
});

test.each(['user', 'contact', 'group', 'organizationalUnit', 'computer'])(
  'adding a %s is refused',
  async (objectClass) => {
    const rdn = objectClass === 'organizationalUnit' ? 'OU=added' : 'CN=added';
    const sam = ['user', 'group', 'computer'].includes(objectClass) ? { sAMAccountName: 'added$' } : {};
    for (const parent of [ou, domain]) {
      expect(await resultCode(reader.add(`${rdn},${parent}`, { objectClass, ...sam }))).toBe(
        INSUFFICIENT_ACCESS_RIGHTS,
      );
    }
  },
);

test('a computer cannot be joined to the domain, which any account may do by default', async () => {
  const machine = {
    objectClass: 'computer',
    sAMAccountName: 'PC1$',
    userAccountControl: '4096',
    dNSHostName: `pc1.${customer.realm.toLowerCase()}`,
  };
  expect(await readEntry(reader, domain, ['ms-DS-MachineAccountQuota'])).toMatchObject({
    'ms-DS-MachineAccountQuota': '0',
  });
  expect(await resultCode(reader.add(`CN=PC1,CN=Computers,${domain}`, machine))).toBe(INSUFFICIENT_ACCESS_RIGHTS);
});

test('it cannot make itself a member of a group', async () => {
  const code = await resultCode(reader.modify(`CN=group,${ou}`, change('add', 'member', [ownAccount])));
  expect(code).toBe(INSUFFICIENT_ACCESS_RIGHTS);
});

test('it can neither change nor reset its own password', async () => {
  const wanted = quoted(`Aa1-${randomBytes(18).toString('base64url')}`);
  const changing = [
    change('delete', 'unicodePwd', [quoted(customer.service.password)]),
    change('add', 'unicodePwd', [wanted]),
  ];
  const resetting = change('replace', 'unicodePwd', [wanted]);
  // A change without the right is a constraint violation (19), [MS-ADTS] 3.1.1.3.1.5.
  expect(await resultCode(reader.modify(ownAccount, changing))).toBe(19);
  expect(await resultCode(reader.modify(ownAccount, resetting))).toBe(INSUFFICIENT_ACCESS_RIGHTS);
  await (await bindAs(customer, 'service')).unbind();
});

test('it reads the domain by DirSync and sees a deletion', async () => {
  const doomed = `CN=doomed,${ou}`;
  await administrator.add(doomed, { objectClass: 'contact' });
  const { cookie } = await deltaSince(Buffer.alloc(0), '(objectClass=contact)');
  await administrator.del(doomed);
  const { entries } = await deltaSince(cookie, '(isDeleted=TRUE)');
  expect(entries.some((entry) => entry.dn.startsWith('CN=doomed\\0ADEL:'))).toBe(true);
});

async function deltaSince(cookie: Buffer, filter: string): Promise<{ entries: Entry[]; cookie: Buffer }> {
  const control = new DirSyncControl(cookie, 0);
  const { searchEntries } = await reader.search(domain, { scope: 'sub', filter, timeLimit: 0 }, control);
  return { entries: searchEntries, cookie: control.cookie };
}

import { randomBytes } from 'node:crypto';
import { type Client, Control, type Entry } from 'ldapts';
import { dnKey } from '../../rules/dn.ts';
import { connectAdministrator } from '../../scripts/sample/administrator.ts';
import { CustomerAdministrator } from '../../scripts/sample/changes.ts';
import { sampleObjects } from '../../scripts/sample/customer.ts';
import { type LoadProgress, loadSample } from '../../scripts/sample/load.ts';
import { seed } from '../../scripts/seed/seed.ts';
import { testStack } from '../support/stack.ts';

// In organizational units of their own, with a prefix of their own, so that other tests can use the forest meanwhile.
const { customer } = testStack();
const prefix = `s${randomBytes(2).toString('hex')}`;
const ou = `Sample ${prefix}`;
const base = `OU=${ou},${customer.namingContext}`;
const options = { ou, prefix, generated: 100 };
const TREE_DELETE = '1.2.840.113556.1.4.805';

let client: Client;

beforeAll(async () => {
  client = await connectAdministrator(customer);
});

afterAll(async () => {
  await client.del(base, new Control(TREE_DELETE, { critical: true }));
  await client.del(`OU=Seed ${prefix},${customer.namingContext}`, new Control(TREE_DELETE, { critical: true }));
  await client.unbind();
});

async function entriesBelow(dn: string): Promise<ReadonlyMap<string | undefined, Entry>> {
  const { searchEntries } = await client.search(dn, {
    scope: 'sub',
    paged: true,
    timeLimit: 0,
    explicitBufferAttributes: ['thumbnailPhoto'],
  });
  return new Map(searchEntries.map((entry) => [dnKey(entry.dn), entry]));
}

type Values = Entry[string] | readonly (string | Buffer)[];

/** Values for comparing: text, bytes in base64, in an order that does not depend on the directory. */
function sorted(values: Values = []): string[] {
  const all = typeof values === 'string' || Buffer.isBuffer(values) ? [values] : values;
  return Array.from<string | Buffer, string>(all, (value) =>
    Buffer.isBuffer(value) ? value.toString('base64') : value,
  ).sort();
}

describe('the sample customer in a directory', () => {
  const objects = sampleObjects({ base, prefix, generated: 100 });
  const progress: LoadProgress[] = [];

  test('is loaded as it was made, every value and every link', async () => {
    const counts = await loadSample(customer, (step) => progress.push(step), options);
    expect(counts).toEqual({ added: objects.length, present: 0 });

    const entries = await entriesBelow(base);
    expect(entries.size).toBe(objects.length);
    for (const { dn, attributes, links } of objects) {
      const entry = entries.get(dnKey(dn));
      for (const [name, values] of Object.entries(attributes)) {
        if (name === 'objectClass') expect(sorted(entry?.[name])).toContain(values[0]);
        else expect({ dn, name, values: sorted(entry?.[name]) }).toEqual({ dn, name, values: sorted(values) });
      }
      for (const [name, targets] of Object.entries(links)) {
        const keys = sorted(entry?.[name]).map(dnKey).sort();
        expect({ dn, name, targets: keys }).toEqual({ dn, name, targets: targets.map(dnKey).sort() });
      }
    }
  });

  test('tells how far it has come, to the last', () => {
    expect(progress.filter(({ stage, done, total }) => stage === 'objects' && done === total)).toHaveLength(1);
    expect(progress.filter(({ stage, done, total }) => stage === 'links' && done === total)).toHaveLength(1);
  });

  test('is completed by loading it again', async () => {
    const list = objects.find(({ kind, links }) => kind === 'group' && (links['member']?.length ?? 0) > 1);
    const user = objects.find(({ kind, links }) => kind === 'user' && !('manager' in links));
    const [listDn, userDn] = [list?.dn ?? '', user?.dn ?? ''];
    await client.del(listDn);
    await client.del(userDn);

    expect(await loadSample(customer, undefined, options)).toEqual({ added: 2, present: objects.length - 2 });

    const entries = await entriesBelow(base);
    expect(entries.has(dnKey(userDn))).toBe(true);
    expect(
      sorted(entries.get(dnKey(listDn))?.['member'])
        .map(dnKey)
        .sort(),
    ).toEqual(list?.links['member']?.map(dnKey).sort());
  });

  test('an object that is refused is named', async () => {
    const wrong = { ...customer, namingContext: `OU=nowhere,${customer.namingContext}` };
    await expect(loadSample(wrong, undefined, options)).rejects.toThrow(`refused to add OU=${ou},OU=nowhere,`);
  });
});

describe('the changes of an administrator', () => {
  const account = `${prefix}new`;
  let administrator: CustomerAdministrator;

  beforeAll(async () => {
    administrator = await CustomerAdministrator.signIn(customer);
  });
  afterAll(() => administrator.signOut());

  async function entry(dn: string): Promise<Entry | undefined> {
    return (await client.search(dn, { scope: 'base' })).searchEntries[0];
  }

  test('reach the directory', async () => {
    const dn = await administrator.addUser({
      account,
      givenName: 'Nele',
      surname: 'Neu, "x" \\',
      ou: `OU=Disabled,${base}`,
    });
    expect(await entry(dn)).toMatchObject({
      sn: 'Neu, "x" \\',
      mail: `${account}@contoso.test`,
      userAccountControl: '512',
    });

    await administrator.changeTitle(account, 'Chief');
    await administrator.clearMail(account);
    const changed = await entry(dn);
    expect(changed).toMatchObject({ title: 'Chief' });
    expect(changed).not.toHaveProperty('mail');

    const group = `${prefix}Nobody`;
    const groupDn = await administrator.dnOf(group);
    await administrator.addMember(group, account);
    expect(sorted((await entry(groupDn))?.['member']).map(dnKey)).toEqual([dnKey(dn)]);
    await administrator.removeMember(group, account);
    expect(await entry(groupDn)).not.toHaveProperty('member');

    const renamed = await administrator.renameUser(account, ' #Neu, Nele \\');
    expect(await entry(renamed)).toMatchObject({ cn: ' #Neu, Nele \\' });
    const moved = await administrator.moveUser(account, `OU=R&D\\, Prototypes,OU=東京,OU=People,${base}`);
    expect(dnKey(await administrator.dnOf(account))).toBe(dnKey(moved));
    expect(moved).toContain('OU=東京');

    const before = await entry(moved);
    await administrator.changeTitle(account, 'Chief');
    await administrator.recreateUser(account, ['employeeID', 'title']);
    const again = await entry(await administrator.dnOf(account));
    expect(again).toMatchObject({ sn: 'Neu, "x" \\', mailNickname: account, userAccountControl: '512' });
    expect(again).not.toHaveProperty('title');
    expect(again?.['objectGUID']).not.toEqual(before?.['objectGUID']);

    await administrator.deleteObject(account);
    await expect(administrator.dnOf(account)).rejects.toThrow(`0 accounts are called ${account}`);
  });
});

describe('a seed in a directory', () => {
  test('is loaded with its links', async () => {
    const size = { users: 60, groups: 4, contacts: 10, memberships: 20 };
    expect(await seed(customer, { ...size, prefix: `${prefix}b`, ou: `Seed ${prefix}` })).toEqual({
      added: 78,
      present: 0,
    });
    const entries = [...(await entriesBelow(`OU=Seed ${prefix},${customer.namingContext}`)).values()];
    expect(entries.filter((found) => sorted(found['member']).length === 20)).toHaveLength(4);
    expect(entries.filter((found) => 'manager' in found)).toHaveLength(59);
  });
});

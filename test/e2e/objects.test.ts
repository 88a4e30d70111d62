import type { DirectoryEntry } from '../../directory/entries.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { done } from '../support/directory-sandbox.ts';
import { aliasesOf, mailGroup, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;
let alias: (name: string) => string;

const SECURITY = -0x80000000;
/** groupType in the Customer Forest, and of the managed group (MS-ADTS 2.2.12). */
const groups = {
  'Global security': [SECURITY + 2, SECURITY + 8],
  'Local security': [SECURITY + 4, SECURITY + 8],
  'Universal security': [SECURITY + 8, SECURITY + 8],
  'Global list': [2, 8],
  'Local list': [4, 8],
  'Universal list': [8, 8],
} as const;

const resources = {
  'Room 1.01 (12 seats)': 'MBX=10GB;TYPE=RESOURCE;RESMBX=roomrba;',
  'Beamer, mobile': 'TYPE=RESOURCE;RESMBX=EQUIPRBA;MBX=10GB;',
  'Lync room': 'MBX=5GB;RESMBX=LRSRoom;',
  'Shared invoices': 'MBX=25GB;TYPE=SHARED;',
} as const;

beforeAll(async () => {
  product = await openProduct();
  alias = aliasesOf(product);
  const { source } = product;
  const person = await source.add('user', 'Ann', mailUser(alias('ann')));
  const short = (name: string): string => alias(name.replace(/[^A-Za-z0-9]/g, ''));
  for (const [name, [type]] of Object.entries(groups)) {
    const more: AttributeImage = { groupType: [String(type)], member: [`<GUID=${person}>`] };
    await source.add('group', name, mailGroup(short(name), more));
  }
  for (const [name, value] of Object.entries(resources))
    await source.add(
      'user',
      name,
      mailUser(short(name), { userAccountControl: ['546'], extensionAttribute9: [value], displayName: [name] }),
    );
  // A ring of three: universal groups may hold each other.
  for (const [holder, member] of [
    ['Universal list', 'Universal security'],
    ['Universal security', 'Global list'],
  ] as const)
    await addMember(holder, member);
  await source.add('group', 'Ring', mailGroup(alias('ring'), { member: [source.dn('Universal list')] }));
  await addMember('Universal list', 'Ring');
  expect((await product.cycle()).counts).toMatchObject({ planned: 12, failed: 0, errors: 0, unconfirmed: 0 });
});

afterAll(() => product.dispose());

function addMember(group: string, member: string): Promise<void> {
  const { source } = product;
  return done(
    source.writer.modify({ dn: source.dn(group) }, [
      { operation: 'add', attribute: 'member', values: [source.dn(member)] },
    ]),
  );
}

/** The CNs of what a managed group holds. */
function members(objects: ReadonlyMap<string, DirectoryEntry>, group: string): string[] {
  const names = new Map([...objects].map(([name, entry]) => [entry.guid, name]));
  return (objects.get(group)?.links['member'] ?? []).map((target) => names.get(target.guid ?? '') ?? target.dn).sort();
}

// Shows: Objects / groups of each scope and type: security stays security, and all are universal (samba)
test('groups of each scope and type become universal groups with their members', async () => {
  const objects = await product.managedObjects(['groupType', 'member']);
  for (const [name, [, type]] of Object.entries(groups)) {
    expect([name, objects.get(name)?.attributes['groupType']]).toEqual([name, [String(type)]]);
    expect(members(objects, name)).toContain('Ann');
  }
});

// Shows: Objects / nested groups, also in a ring (samba)
test('groups that hold each other, in a ring too, do so in the managed forest', async () => {
  const objects = await product.managedObjects(['member']);
  expect(members(objects, 'Ring')).toEqual(['Universal list']);
  expect(members(objects, 'Universal list')).toEqual(['Ann', 'Ring', 'Universal security']);
  expect(members(objects, 'Universal security')).toEqual(['Ann', 'Global list']);
});

// Shows: Objects / a list that becomes a security group, and back, keeps its object and members (samba)
test('a distribution list that becomes a security group does so in the managed forest, and back', async () => {
  const { source } = product;
  const before = (await product.managedObjects([])).get('Global list')?.guid;
  for (const [type, managed] of [
    [SECURITY + 2, SECURITY + 8],
    [2, 8],
  ]) {
    await done(
      source.writer.modify({ dn: source.dn('Global list') }, [
        { operation: 'replace', attribute: 'groupType', values: [String(type)] },
      ]),
    );
    expect((await product.cycle()).counts).toMatchObject({ planned: 1, failed: 0, unconfirmed: 0 });
    const objects = await product.managedObjects(['groupType', 'member']);
    expect(objects.get('Global list')).toMatchObject({ guid: before, attributes: { groupType: [String(managed)] } });
    expect(members(objects, 'Global list')).toEqual(['Ann']);
  }
});

// Shows: Objects / resource users: rooms, equipment and shared accounts (samba)
test('accounts of rooms, equipment and shared mailboxes are users in the address book, and nobody’s personal mailbox', async () => {
  const objects = await product.managedObjects([
    'userAccountControl',
    'displayName',
    'mail',
    'msExchRecipientTypeDetails',
  ]);
  for (const name of Object.keys(resources)) {
    expect(objects.get(name)?.attributes).toMatchObject({ userAccountControl: ['514'], displayName: [name] });
    expect(objects.get(name)?.attributes['mail']?.[0]).toContain('@contoso.test');
    expect(objects.get(name)?.attributes['msExchRecipientTypeDetails']).not.toEqual(['2']);
  }
});

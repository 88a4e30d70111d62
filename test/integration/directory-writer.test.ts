import type { AttributeImage } from '../../rules/attributes.ts';
import { childDn, mangledName, rdnValue } from '../../rules/dn.ts';
import { openWriter } from '../../directory/writer.ts';
import { done, endpointOf, found, openSandbox, type Sandbox } from '../support/directory-sandbox.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox('managed');
});

afterAll(() => sandbox.dispose());

const NAMES = [
  'Doe, John',
  'R+D',
  'say "hello"',
  'back\\slash',
  'ends in backslash\\',
  'ends in two\\\\',
  'comma after backslash\\,x',
  '#hash',
  ' leading and trailing ',
  '<angle>;semicolon=equals',
  'Zürich 東京',
  'beyond the BMP 😀𠮷',
  'line\nfeed',
  '\\2C not an escape',
  '/slash*star(paren)',
];

describe('names with special characters', () => {
  // Shows: Connector / DNs with every special character, on a real directory (samba)
  test.each(NAMES)('%j is added, read, taken as a new name, moved to, and deleted', async (name) => {
    const { reader, writer, ou } = sandbox;
    const guid = await sandbox.add('contact', name);
    const dn = sandbox.dn(name);
    const added = await found(reader.read({ dn }, ['name']));
    expect([added.guid, added.attributes.name, rdnValue(added.dn)]).toEqual([guid, [name], name]);

    await done(writer.rename({ guid }, 'plain'));
    await done(writer.rename({ dn: sandbox.dn('plain') }, name));
    expect((await found(reader.read({ guid }, ['name']))).attributes.name).toEqual([name]);

    const container = childDn('OU', name, ou) ?? '';
    await done(writer.add(container, { objectClass: ['organizationalUnit'] }));
    await done(writer.rename({ guid }, name, container));
    expect((await found(reader.read({ dn: childDn('CN', name, container) ?? '' }, []))).guid).toBe(guid);
    await done(writer.rename({ dn: container }, `${name} too`));
    await done(writer.rename({ guid }, name, ou));

    await done(writer.remove({ dn }));
    const tombstone = await found(reader.read({ guid }, [], { showDeleted: true }));
    expect(mangledName(tombstone.dn)).toMatchObject({ kind: 'deleted', guid });
    await done(writer.reanimate(tombstone.dn, dn));
    expect((await found(reader.read({ guid }, ['name']))).attributes.name).toEqual([name]);
    await done(writer.remove({ guid }));
    await done(writer.remove({ dn: childDn('OU', `${name} too`, ou) ?? '' }));
  });
});

test('values of every syntax come back as they were written', async () => {
  const boss = await sandbox.add('user', 'boss');
  const image: AttributeImage = {
    displayName: ['Ann 😀'],
    proxyAddresses: ['SMTP:ann@x.test', 'smtp:a@x.test'],
    userAccountControl: ['514'],
    thumbnailPhoto: [Buffer.from([255, 216, 255, 0]).toString('base64')],
    msExchMailboxGuid: ['31323334-3536-3738-3930-616263646566'],
    msExchMasterAccountSid: ['S-1-5-21-1-2-3-4294967295'],
    msExchRecipientTypeDetails: ['2199023255552'],
    msExchHideFromAddressLists: ['TRUE'],
    msExchWhenMailboxCreated: ['20260102030405.0Z'],
    msExchUserAccountControl: ['-1'],
  };
  const guid = await sandbox.add('user', 'every syntax', { ...image, manager: [`<GUID=${boss}>`] });
  const entry = await found(sandbox.reader.read({ guid }, [...Object.keys(image), 'manager']));
  expect(entry.attributes).toEqual(image);
  expect(entry.links.manager).toMatchObject([{ guid: boss, dn: sandbox.dn('boss') }]);
});

test('modify adds, deletes, replaces and clears, and doing it again is no error', async () => {
  const guid = await sandbox.add('user', 'modified', { proxyAddresses: ['smtp:a@x.test'], info: ['x'], title: ['y'] });
  const change = (): Promise<void> =>
    done(
      sandbox.writer.modify({ guid }, [
        { operation: 'add', attribute: 'proxyAddresses', values: ['smtp:b@x.test'] },
        { operation: 'delete', attribute: 'proxyAddresses', values: ['smtp:a@x.test'] },
        { operation: 'replace', attribute: 'title', values: ['new'] },
        { operation: 'replace', attribute: 'info', values: [] },
      ]),
    );
  await change();
  await change();
  const { attributes } = await found(sandbox.reader.read({ guid }, ['proxyAddresses', 'title', 'info']));
  expect(attributes).toEqual({ proxyAddresses: ['smtp:b@x.test'], title: ['new'] });
});

test('modify is all or nothing', async () => {
  const guid = await sandbox.add('user', 'untouched', { title: ['old'] });
  const outcome = await sandbox.writer.modify({ guid }, [
    { operation: 'replace', attribute: 'title', values: ['new'] },
    { operation: 'add', attribute: 'member', values: [sandbox.dn('untouched')] },
  ]);
  expect(outcome.ok).toBe(false);
  expect((await found(sandbox.reader.read({ guid }, ['title']))).attributes.title).toEqual(['old']);
});

describe('what the server refuses is an outcome', () => {
  test('a name that is taken', async () => {
    await sandbox.add('contact', 'taken');
    expect(await sandbox.writer.add(sandbox.dn('taken'), { objectClass: ['contact'] })).toMatchObject({
      ok: false,
      code: 68,
      reason: 'exists',
    });
    const guid = await sandbox.add('contact', 'taker');
    expect(await sandbox.writer.rename({ guid }, 'taken')).toMatchObject({ code: 68, reason: 'exists' });
  });

  test('an object, a container or a target that is absent', async () => {
    const { writer } = sandbox;
    const absent = { ok: false, code: 32, reason: 'absent' };
    expect(await writer.remove({ dn: sandbox.dn('nobody') })).toMatchObject(absent);
    expect(await writer.remove({ guid: '00000000-0000-0000-0000-000000000001' })).toMatchObject(absent);
    expect(await writer.rename({ guid: '00000000-0000-0000-0000-000000000001' }, 'x')).toMatchObject(absent);
    expect(
      await writer.modify({ dn: sandbox.dn('nobody') }, [{ operation: 'replace', attribute: 'title', values: ['x'] }]),
    ).toMatchObject(absent);
    expect(await writer.add(`CN=a,OU=nowhere,${sandbox.ou}`, { objectClass: ['contact'] })).toMatchObject(absent);
    expect(
      await writer.add(sandbox.dn('of nobody'), { objectClass: ['contact'], manager: [sandbox.dn('nobody')] }),
    ).toMatchObject({ ok: false });
  });

  test('an attribute that the class does not have', async () => {
    const outcome = await sandbox.writer.add(sandbox.dn('misfit'), { objectClass: ['contact'], groupType: ['8'] });
    expect(outcome).toMatchObject({ ok: false, reason: 'objectClass' });
  });

  test('a container that is not empty', async () => {
    await sandbox.add('organizationalUnit', 'full');
    await done(sandbox.writer.add(`CN=a,OU=full,${sandbox.ou}`, { objectClass: ['contact'] }));
    expect(await sandbox.writer.remove({ dn: `OU=full,${sandbox.ou}` })).toMatchObject({
      code: 66,
      reason: 'notEmpty',
    });
  });

  test('a name that is malformed', async () => {
    expect(await sandbox.writer.add('CN=no\\zescape,DC=x', { objectClass: ['contact'] })).toMatchObject({ ok: false });
    const guid = await sandbox.add('contact', 'keeps its name');
    expect(await sandbox.writer.rename({ guid }, '')).toMatchObject({ ok: false, reason: 'badName' });
    expect(await sandbox.writer.rename({ guid }, 'x', 'nonsense')).toMatchObject({ ok: false, reason: 'badName' });
  });

  test('what the service account may not do', async () => {
    const writer = openWriter(endpointOf('managed', 'service'));
    expect(await writer.add(sandbox.dn('not ours'), { objectClass: ['contact'] })).toMatchObject({
      ok: false,
      code: 50,
      reason: 'refused',
    });
    await writer.close();
  });
});

describe('changeLinks', () => {
  async function members(group: string): Promise<(string | null)[]> {
    const { links } = await found(sandbox.reader.read({ guid: group }, ['member']));
    return (links.member ?? []).map((target) => target.guid).sort();
  }

  test('adds and removes; what is so already is no failure', async () => {
    const [a, b, c] = [
      await sandbox.add('contact', 'a'),
      await sandbox.add('contact', 'b'),
      await sandbox.add('contact', 'c'),
    ];
    const group = await sandbox.add('group', 'links', { member: [`<GUID=${a}>`, `<GUID=${b}>`] });
    const change = { add: [`<GUID=${a}>`, sandbox.dn('c')], remove: [`<GUID=${b}>`] };
    expect(await sandbox.writer.changeLinks({ guid: group }, 'member', change)).toEqual({ failures: [] });
    expect(await members(group)).toEqual([a, c].sort());
    expect(await sandbox.writer.changeLinks({ guid: group }, 'member', change)).toEqual({ failures: [] });
    expect(await members(group)).toEqual([a, c].sort());
  });

  test('a target that does not exist fails alone', async () => {
    const guids: string[] = [];
    for (let index = 0; index < 9; index += 1) guids.push(await sandbox.add('contact', `target ${index}`));
    const group = await sandbox.add('group', 'partly');
    const absent = '<GUID=00000000-0000-0000-0000-000000000001>';
    const add = [...guids.slice(0, 4), ...guids.slice(4)].map((guid) => `<GUID=${guid}>`);
    add.splice(4, 0, absent, sandbox.dn('nobody'));
    const { failures } = await sandbox.writer.changeLinks({ guid: group }, 'member', { add, remove: [] });
    expect(failures.map(({ operation, value }) => [operation, value])).toEqual([
      ['add', absent],
      ['add', sandbox.dn('nobody')],
    ]);
    expect(failures.every(({ outcome }) => outcome.reason === 'absent')).toBe(true);
    expect(await members(group)).toEqual(guids.sort());
  });

  test('a group that is gone', async () => {
    const guid = await sandbox.add('contact', 'lonely');
    const group = { guid: '00000000-0000-0000-0000-000000000001' };
    const { failures } = await sandbox.writer.changeLinks(group, 'member', { add: [`<GUID=${guid}>`], remove: [] });
    expect(failures).toMatchObject([{ operation: 'add', outcome: { reason: 'absent' } }]);
  });
});

test('many writes at once on one connection', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `parallel ${index}`);
  await Promise.all(names.map((name) => done(sandbox.writer.add(sandbox.dn(name), { objectClass: ['contact'] }))));
  const reads = await Promise.all(names.map((name) => sandbox.reader.read({ dn: sandbox.dn(name) }, ['name'])));
  expect(reads.map((entry) => entry?.attributes.name?.[0])).toEqual(names);
});

import type { DirSyncEntry } from '../../directory/entries.ts';
import { CookieRejected, DirectoryRefused } from '../../directory/errors.ts';
import { openReader } from '../../directory/reader.ts';
import { done, endpointOf, found, openSandbox, type Sandbox } from '../support/directory-sandbox.ts';

const ATTRIBUTES = [
  'objectClass',
  'name',
  'displayName',
  'mail',
  'proxyAddresses',
  'userAccountControl',
  'thumbnailPhoto',
  'objectSid',
  'manager',
  'member',
  'secretary',
];

let sandbox: Sandbox;
let ouGuid: string;
let cookie: Buffer;

beforeAll(async () => {
  sandbox = await openSandbox('customer');
  ouGuid = (await found(sandbox.reader.read({ dn: sandbox.ou }, []))).guid;
});

beforeEach(async () => {
  cookie = await sandbox.reader.cookieFor(sandbox.namingContext);
});

afterAll(() => sandbox.dispose());

/** What changed since the last call, for one object. Other tests work in the same forest. */
async function changeOf(guid: string): Promise<DirSyncEntry | undefined> {
  let change: DirSyncEntry | undefined;
  const query = { namingContext: sandbox.namingContext, cookie, attributes: ATTRIBUTES };
  for await (const answer of sandbox.reader.dirSync(query)) {
    change = answer.entries.find((entry) => entry.guid === guid) ?? change;
    cookie = answer.cookie ?? cookie;
  }
  return change;
}

const nothingElse = { linkAdds: {}, linkRemoves: {}, linkSets: {}, malformed: [] };

test('a new object comes with all it has, and its parent', async () => {
  const boss = await sandbox.add('user', 'boss of new');
  const guid = await sandbox.add('user', 'new', { displayName: ['Neu 😀'], manager: [`<GUID=${boss}>`] });
  const change = await changeOf(guid);
  expect(change).toMatchObject({ dn: sandbox.dn('new'), deleted: false, parentGuid: ouGuid, lastKnownParent: null });
  expect(change?.changed).toMatchObject({ name: ['new'], displayName: ['Neu 😀'], userAccountControl: ['546'] });
  expect(change?.changed.objectSid?.[0]).toMatch(/^S-1-5-21-/);
  expect(change?.changed).not.toHaveProperty('mail');
  expect(change?.linkAdds.manager).toMatchObject([{ guid: boss }]);
  expect(await changeOf(guid)).toBeUndefined();
});

// Shows: Connector / DirSync: cleared is told from unchanged (samba)
test('a change, a cleared attribute and an unchanged one are three things', async () => {
  const guid = await sandbox.add('user', 'changing', {
    displayName: ['old'],
    mail: ['a@x.test'],
    proxyAddresses: ['SMTP:a@x.test', 'smtp:b@x.test'],
    thumbnailPhoto: [Buffer.from('photo').toString('base64')],
  });
  await changeOf(guid);
  await done(
    sandbox.writer.modify({ guid }, [
      { operation: 'replace', attribute: 'displayName', values: ['new'] },
      { operation: 'replace', attribute: 'mail', values: [] },
      { operation: 'delete', attribute: 'proxyAddresses', values: ['smtp:b@x.test'] },
    ]),
  );
  expect(await changeOf(guid)).toEqual({
    ...nothingElse,
    dn: sandbox.dn('changing'),
    guid,
    deleted: false,
    returned: false,
    parentGuid: null,
    lastKnownParent: null,
    changed: { displayName: ['new'], mail: [], proxyAddresses: ['SMTP:a@x.test'] },
  });
});

// Shows: Connector / DirSync: renames and moves (samba)
test('a rename, and a move to another container', async () => {
  const guid = await sandbox.add('user', 'before');
  const other = await sandbox.add('organizationalUnit', 'elsewhere');
  await changeOf(guid);
  await done(sandbox.writer.rename({ guid }, 'after, all'));
  expect(await changeOf(guid)).toMatchObject({
    ...nothingElse,
    dn: sandbox.dn('after, all'),
    changed: { name: ['after, all'] },
  });
  await done(sandbox.writer.rename({ guid }, 'after, all', `OU=elsewhere,${sandbox.ou}`));
  expect(await changeOf(guid)).toMatchObject({ dn: `CN=after\\, all,OU=elsewhere,${sandbox.ou}`, parentGuid: other });
});

// Shows: Connector / DirSync: what is in a renamed container comes by its parentGUID (samba)
test('renaming a container says nothing of what is in it', async () => {
  await sandbox.add('organizationalUnit', 'container');
  await done(sandbox.writer.add(`CN=content,OU=container,${sandbox.ou}`, { objectClass: ['contact'] }));
  const { guid } = await found(sandbox.reader.read({ dn: `CN=content,OU=container,${sandbox.ou}` }, []));
  await changeOf(guid);
  await done(sandbox.writer.rename({ dn: `OU=container,${sandbox.ou}` }, 'renamed container'));
  expect(await changeOf(guid)).toBeUndefined();
  expect((await found(sandbox.reader.read({ guid }, []))).dn).toBe(`CN=content,OU=renamed container,${sandbox.ou}`);
});

// Shows: Connector / DirSync: deletion and undelete (samba)
test('a deletion and the return from it', async () => {
  const guid = await sandbox.add('user', 'deleted', { displayName: ['x'] });
  await changeOf(guid);
  await done(sandbox.writer.remove({ guid }));
  const deletion = await changeOf(guid);
  expect(deletion).toMatchObject({ guid, deleted: true, changed: { displayName: [] } });
  expect(deletion?.lastKnownParent).toMatchObject({ guid: ouGuid, dn: sandbox.ou });
  await done(sandbox.writer.reanimate(deletion?.dn ?? '', sandbox.dn('returned')));
  expect(await changeOf(guid)).toMatchObject({
    dn: sandbox.dn('returned'),
    deleted: false,
    returned: true,
    parentGuid: ouGuid,
  });
});

// Shows: Connector / DirSync with INCREMENTAL_VALUES for links (samba)
test('members are told one by one', async () => {
  const [stays, goes, comes] = [
    await sandbox.add('contact', 'stays'),
    await sandbox.add('contact', 'goes'),
    await sandbox.add('contact', 'comes'),
  ];
  const group = await sandbox.add('group', 'group', { member: [`<GUID=${stays}>`, `<GUID=${goes}>`] });
  expect((await changeOf(group))?.linkAdds.member?.map((target) => target.guid).sort()).toEqual([stays, goes].sort());
  await sandbox.writer.changeLinks({ guid: group }, 'member', { add: [`<GUID=${comes}>`], remove: [`<GUID=${goes}>`] });
  expect(await changeOf(group)).toMatchObject({
    changed: {},
    linkAdds: { member: [{ guid: comes, sid: null, dn: sandbox.dn('comes') }] },
    linkRemoves: { member: [{ guid: goes, sid: null, dn: sandbox.dn('goes') }] },
    linkSets: {},
  });
});

test('a reference that is not linked comes as a whole', async () => {
  const secretary = await sandbox.add('contact', 'secretary');
  const guid = await sandbox.add('user', 'has secretary', { secretary: [`<GUID=${secretary}>`] });
  expect((await changeOf(guid))?.linkSets.secretary).toMatchObject([{ guid: secretary }]);
  await done(sandbox.writer.modify({ guid }, [{ operation: 'replace', attribute: 'secretary', values: [] }]));
  expect((await changeOf(guid))?.linkSets).toEqual({ secretary: [] });
});

test.each(['', 'rubbish', 'MSDS and then nothing'])(
  'the cookie "%s" is rejected, or is no cookie at all',
  async (text) => {
    const query = { namingContext: sandbox.namingContext, cookie: Buffer.from(text), attributes: ['name'] };
    const first = await sandbox.reader
      .dirSync(query)
      .next()
      .catch((error: unknown) => error);
    if (text === '') expect(first).toMatchObject({ done: false });
    else expect(first).toBeInstanceOf(CookieRejected);
  },
);

test('below the head of a naming context it is refused', async () => {
  const query = { namingContext: sandbox.ou, cookie: null, attributes: ['name'] };
  const error: unknown = await sandbox.reader
    .dirSync(query)
    .next()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DirectoryRefused);
});

// Shows: Connector / DirSync with the rights that are documented (samba)
test('the account for the customer’s forest sees changes and deletions', async () => {
  const reader = openReader(endpointOf('customer', 'service'));
  let position = await reader.cookieFor(sandbox.namingContext);
  const next = async (guid: string): Promise<DirSyncEntry | undefined> => {
    let change: DirSyncEntry | undefined;
    const query = { namingContext: sandbox.namingContext, cookie: position, attributes: ATTRIBUTES };
    for await (const answer of reader.dirSync(query)) {
      change = answer.entries.find((entry) => entry.guid === guid) ?? change;
      position = answer.cookie ?? position;
    }
    return change;
  };
  const guid = await sandbox.add('user', 'seen by service', { mail: ['a@x.test'] });
  expect((await next(guid))?.changed.mail).toEqual(['a@x.test']);
  await done(sandbox.writer.remove({ guid }));
  expect(await next(guid)).toMatchObject({ deleted: true });
  await reader.close();
});

import { changedNames, stagedNames } from '../../activities/stage-names.ts';
import type { DirectoryEntry, DirSyncEntry, LinkImage, LinkTarget } from '../../directory/entries.ts';

const DB1 = 'CN=DB01,CN=Configuration,DC=x';
const DB2 = 'CN=DB02,CN=Configuration,DC=x';

function links(image: Readonly<Record<string, readonly string[]>>): LinkImage {
  const target = (dn: string): LinkTarget => ({ guid: null, sid: null, dn });
  return Object.fromEntries(Object.entries(image).map(([name, dns]) => [name, dns.map(target)]));
}

function entry(image: LinkImage): DirectoryEntry {
  return { dn: '', guid: '', attributes: {}, links: image, incompleteRanges: {}, malformed: [] };
}

function delta(parts: Partial<Pick<DirSyncEntry, 'linkAdds' | 'linkRemoves' | 'linkSets'>>): DirSyncEntry {
  const nothing = {
    dn: '',
    guid: '',
    deleted: false,
    returned: false,
    parentGuid: null,
    lastKnownParent: null,
    changed: {},
    malformed: [],
  };
  return { ...nothing, linkAdds: {}, linkRemoves: {}, linkSets: {}, ...parts };
}

test('names of a directory that are no references are attributes; references and back links are not', () => {
  const image = links({
    homeMDB: [DB1],
    manager: ['CN=a'],
    member: ['CN=b'],
    memberOf: ['CN=c'],
    seeAlso: ['CN=d', 'CN=e'],
  });
  expect(stagedNames(entry(image))).toEqual({ homeMDB: [DB1], seeAlso: ['CN=d', 'CN=e'] });
});

test.each([
  ['one that came', { linkAdds: links({ homeMDB: [DB1] }) }, {}, [DB1]],
  [
    'one in the place of another',
    { linkAdds: links({ homeMDB: [DB2] }), linkRemoves: links({ homeMDB: [DB1] }) },
    [DB1],
    [DB2],
  ],
  ['one whose place was renamed since', { linkAdds: links({ homeMDB: [DB2] }) }, ['CN=old name,DC=x'], [DB2]],
  ['one that went', { linkRemoves: links({ homeMDB: [DB1] }) }, [DB1], []],
  ['all that there are', { linkSets: links({ homeMDB: [DB2] }) }, [DB1], [DB2]],
  ['none that is left', { linkSets: links({ homeMDB: [] }) }, [DB1], []],
])('a delta tells %s', (_what, parts, known, now) => {
  const before = Array.isArray(known) ? { homeMDB: known } : {};
  expect(changedNames(delta(parts), before)).toEqual({ homeMDB: now });
});

test('of an attribute with many names a delta tells those that came and went', () => {
  const parts = {
    linkAdds: links({ showInAddressBook: ['CN=new'] }),
    linkRemoves: links({ showInAddressBook: ['CN=b'] }),
  };
  expect(changedNames(delta(parts), { showInAddressBook: ['CN=a', 'CN=b'] })).toEqual({
    showInAddressBook: ['CN=a', 'CN=new'],
  });
});

test('a delta that tells of members only changes no name', () => {
  expect(changedNames(delta({ linkAdds: links({ member: ['CN=a'] }) }), { homeMDB: [DB1] })).toEqual({});
});

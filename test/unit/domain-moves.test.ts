import { changedSource, linkDelta } from '../../activities/stage-source.ts';
import type { DirSyncEntry } from '../../directory/entries.ts';
import { isLeftBehind } from '../../rules/domain-moves.ts';
import type { KnownSource } from '../../store/source-delta.ts';

const user = ['top', 'person', 'organizationalPerson', 'user'];
const whole = { objectClass: user, whenCreated: ['20260101000000.0Z'] };

// Shows: Connector / moves between domains: which domain tells of the object as it is (none)
test.each([
  ['a change to what was here before the move', { sIDHistory: ['S-1-5-21-1'] }, { title: ['Old'] }, true],
  ['a change of its classes', { sIDHistory: ['S-1-5-21-1'] }, { objectClass: user }, true],
  [
    'all of it, as it was before the move',
    { sIDHistory: ['S-1-5-21-1'] },
    { ...whole, objectSid: ['S-1-5-21-1'] },
    true,
  ],
  [
    'all of it, as it is after a move back',
    { objectSid: ['S-1-5-21-2'], sIDHistory: ['S-1-5-21-1'] },
    { ...whole, objectSid: ['S-1-5-21-3'], sIDHistory: ['S-1-5-21-1', 'S-1-5-21-2'] },
    false,
  ],
  ['a contact, which has no SID', {}, whole, false],
])('%s', (_what, now, told, isLeft) => {
  expect(isLeftBehind(now, told)).toBe(isLeft);
});

const known: KnownSource = {
  kind: 'user',
  parentGuid: null,
  attributes: { mail: ['ann@contoso.test'], title: ['Engineer'] },
  malformed: [],
  createdAt: '20260101000000.0Z',
  gone: false,
};

function entry(changed: DirSyncEntry['changed']): DirSyncEntry {
  return {
    dn: 'CN=Ann,OU=People,DC=corp,DC=test',
    guid: '00000000-0000-4000-8000-000000000001',
    deleted: false,
    returned: false,
    parentGuid: null,
    lastKnownParent: null,
    changed,
    linkAdds: {},
    linkRemoves: {},
    linkSets: {},
    malformed: [],
  };
}

// Shows: Objects / a user who becomes an inetOrgPerson loses nothing (none)
test('an object whose classes change keeps what it had', () => {
  const changed = changedSource(entry({ objectClass: [...user, 'inetOrgPerson'] }), known);
  expect(changed?.attributes).toMatchObject(known.attributes);
  expect(linkDelta(entry({ objectClass: user }), known).sets).toEqual([]);
});

// Shows: Connector / moves between domains: what the object had in the other domain only is gone (none)
test('an object that comes from another domain has what is told of it there, and no reference from before', () => {
  const moved = entry({ ...whole, mail: ['ann@contoso.test'] });
  expect(changedSource(moved, known)?.attributes['title']).toBeUndefined();
  expect(linkDelta(moved, known).sets).toContain('manager');
  expect(linkDelta(moved, undefined).sets).toEqual([]);
});

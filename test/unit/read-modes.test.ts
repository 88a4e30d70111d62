import { beginReading } from '../../activities/read-modes.ts';
import { DirectoryRefused } from '../../directory/errors.ts';
import { guidBytes } from '../../directory/values.ts';
import { readingSchema } from '../../rules/reading-settings.ts';
import { fakeServers, readingFake, thrownBy } from '../support/fake-directory.ts';
import type { FakeAnswer, FakeSearch } from '../support/fake-ldap.ts';

const DIRSYNC = '1.2.840.113556.1.4.841';
const namingContext = 'DC=fake,DC=test';
const servers = fakeServers();

/** A fake server that answers DirSync by the flag LDAP_DIRSYNC_OBJECT_SECURITY, and searches with nothing. */
function answering(dirSync: (objectSecurity: boolean) => FakeAnswer): (request: FakeSearch) => FakeAnswer {
  return ({ controls }) => {
    const control = controls.get(DIRSYNC);
    // SEQUENCE { flags INTEGER, ... }: the last byte of the flags.
    return control === undefined ? {} : dirSync(((control[3 + (control[3] ?? 0)] ?? 0) & 1) === 1);
  };
}

function begin(
  search: (request: FakeSearch) => FakeAnswer,
  mode: 'auto' | 'dirsync' = 'auto',
): ReturnType<typeof beginReading> {
  return servers
    .start({ search })
    .then((server) =>
      readingFake(server, (reader) =>
        beginReading({ reader, namingContext, settings: { ...readingSchema.parse({}), mode } }),
      ),
    );
}

// Shows: Connector / the mode is found out by trying, down to USN polling where the server has no DirSync (fake LDAP)
test.each([
  ['no right for either', 50],
  ['no such control', 12],
  ['DirSync that the server is unwilling to do', 53],
])('%s: uSNChanged is polled', async (_what, code) => {
  expect(await begin(answering(() => ({ code })))).toEqual({ mode: 'usn', cookie: null, seesDeleted: false });
});

// Shows: Connector / without Replicating Directory Changes, DirSync with the account's own rights (fake LDAP)
test('the right is missing for plain DirSync only: the own rights of the account serve', async () => {
  const beginning = await begin(answering((objectSecurity) => ({ code: objectSecurity ? 0 : 50 })));
  expect(beginning.mode).toBe('dirsync-object-security');
});

test('a configured mode is not exchanged for another one', async () => {
  const refused = await thrownBy(() =>
    begin(
      answering(() => ({ code: 50 })),
      'dirsync',
    ),
  );
  expect(refused).toBeInstanceOf(DirectoryRefused);
});

// Shows: Connector / whether deletions are told is tested: Active Directory's DirSync tells them where a search does not (fake LDAP)
test.each([true, false])('DirSync shows a deleted object: %s', async (shown) => {
  const guid = guidBytes('00000000-0000-4000-8000-000000000001') ?? Buffer.alloc(0);
  const name = `<GUID=00000000-0000-4000-8000-000000000001>;CN=Deleted Objects,${namingContext}`;
  const entries = [{ dn: name, attributes: { objectGUID: [guid], isDeleted: ['TRUE'] } }];
  expect((await begin(answering(() => (shown ? { entries } : {})))).seesDeleted).toBe(shown);
});

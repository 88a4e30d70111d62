import { Ber, BerReader, BerWriter } from 'ldapts';

import { DirectoryRefused, DirectoryUnavailable } from '../../directory/errors.ts';
import type { DirectoryReader } from '../../directory/reader.ts';
import { fakeServers, readingFake, thrownBy } from '../support/fake-directory.ts';
import type { FakeAnswer, FakeBehaviour, FakeEntry, FakeSearch } from '../support/fake-ldap.ts';

const servers = fakeServers();
const reading = async <T>(behaviour: FakeBehaviour, work: (reader: DirectoryReader) => Promise<T>): Promise<T> =>
  readingFake(await servers.start(behaviour), work);

const guid = (index: number): string => `00000000-0000-0000-0000-${index.toString(16).padStart(12, '0')}`;
const dn = (index: number): string => `CN=u${index},DC=fake,DC=test`;
const extended = (index: number): string => `<GUID=${guid(index)}>;${dn(index)}`;
const entry = (index: number, attributes: FakeEntry['attributes'] = {}): FakeEntry => ({
  dn: extended(index),
  attributes,
});

describe('fake LDAP server: DirSync in several answers', () => {
  const OID = '1.2.840.113556.1.4.841';

  function dirSyncValue(more: boolean, cookie: string): { oid: string; value: Buffer } {
    const writer = new BerWriter();
    writer.startSequence();
    writer.writeInt(more ? 1 : 0);
    writer.writeInt(0);
    writer.writeString(cookie);
    writer.endSequence();
    return { oid: OID, value: Buffer.from(writer.buffer) };
  }

  function asked(request: FakeSearch): { flags: number; cookie: string } {
    const reader = new BerReader(request.controls.get(OID) ?? Buffer.alloc(0));
    reader.readSequence();
    const flags = reader.readInt() ?? 0;
    reader.readInt();
    return { flags: flags >>> 0, cookie: reader.readString(Ber.OctetString) ?? '' };
  }

  const inThreeParts = (request: FakeSearch): FakeAnswer => {
    const { cookie } = asked(request);
    const next = { start: 'a', a: 'b', b: 'c' }[cookie] ?? 'lost';
    return { entries: [entry(next.charCodeAt(0), { name: [next] })], controls: [dirSyncValue(cookie !== 'b', next)] };
  };

  // Shows: Connector / DirSync answers in several parts, each with its cookie (fake LDAP)
  test('it is asked until there is no more, each time with the cookie of the answer before', async () => {
    const answers = await reading({ search: inThreeParts }, async (reader) => {
      const seen: [string, boolean, string | undefined][] = [];
      const query = { namingContext: 'DC=fake,DC=test', cookie: Buffer.from('start'), attributes: ['name'] };
      for await (const { cookie, more, entries } of reader.dirSync(query)) {
        seen.push([String(cookie), more, entries[0]?.changed.name?.[0]]);
      }
      return seen;
    });
    expect(answers).toEqual([
      ['a', true, 'a'],
      ['b', true, 'b'],
      ['c', false, 'c'],
    ]);
  });

  test('a cookie for now is the last of all answers', async () => {
    let asks = 0;
    const search = (request: FakeSearch): FakeAnswer => {
      asks += 1;
      return asked(request).cookie === '' ? { controls: [dirSyncValue(true, 'a')] } : inThreeParts(request);
    };
    const cookie = await reading({ search }, (reader) => reader.cookieFor('DC=fake,DC=test'));
    expect([cookie.toString(), asks]).toEqual(['c', 3]);
  });

  test.each([
    [false, 0x80000800],
    [true, 0x80000801],
  ])('with objectSecurity %s the flags are %i', async (objectSecurity, expected) => {
    let flags = 0;
    const search = (request: FakeSearch): FakeAnswer => {
      flags = asked(request).flags;
      return { controls: [dirSyncValue(false, 'a')] };
    };
    await reading({ search }, (reader) => reader.cookieFor('DC=fake,DC=test', { objectSecurity }));
    expect(flags).toBe(expected);
  });

  // Shows: Connector / a rejected cookie is recovered from by a full read (fake LDAP)
  test.each([2, 12, 53])('a cookie that is refused with %i means to start over', async (code) => {
    const query = { namingContext: 'DC=fake,DC=test', cookie: Buffer.from('old'), attributes: ['name'] };
    const error = await reading({ search: () => ({ code, message: 'bad cookie\0' }) }, (reader) =>
      thrownBy(async () => reader.dirSync(query).next()),
    );
    expect(error.name).toBe('CookieRejected');
    expect(error.message).toContain(`(result code ${code}: bad cookie)`);
  });

  test('without a cookie the same answer is not about a cookie', async () => {
    const query = { namingContext: 'DC=fake,DC=test', cookie: null, attributes: ['name'] };
    const error = await reading({ search: () => ({ code: 53 }) }, (reader) =>
      thrownBy(async () => reader.dirSync(query).next()),
    );
    expect(error).toBeInstanceOf(DirectoryRefused);
  });

  test('one that comes with a busy server is kept', async () => {
    const query = { namingContext: 'DC=fake,DC=test', cookie: Buffer.from('old'), attributes: ['name'] };
    const error = await reading({ search: () => ({ code: 51 }) }, (reader) =>
      thrownBy(async () => reader.dirSync(query).next()),
    );
    expect(error).toBeInstanceOf(DirectoryUnavailable);
  });
});

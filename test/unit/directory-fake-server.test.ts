import { BerReader, BerWriter, Ber } from 'ldapts';

import type { DirectoryEndpoint } from '../../directory/endpoint.ts';
import { DirectoryRefused, DirectoryUnavailable } from '../../directory/errors.ts';
import { present } from '../../directory/filter.ts';
import { type DirectoryReader, openReader, type PageQuery } from '../../directory/reader.ts';
import { openWriter } from '../../directory/writer.ts';
import {
  type FakeAnswer,
  type FakeBehaviour,
  type FakeEntry,
  type FakeLdap,
  type FakeSearch,
  pagedControl,
  pageOf,
  startFakeLdap,
} from '../support/fake-ldap.ts';

const PASSWORD = 'not-in-any-message';
const running: FakeLdap[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function fake(behaviour: FakeBehaviour): Promise<FakeLdap> {
  const server = await startFakeLdap(behaviour);
  running.push(server);
  return server;
}

function endpoint(...controllers: [string, ...string[]]): DirectoryEndpoint {
  return {
    controllers,
    bind: { account: 'FAKE\\sync', password: PASSWORD },
    timeouts: { connectMs: 1000, requestMs: 300 },
    allowPlainBind: true,
  };
}

async function reading<T>(behaviour: FakeBehaviour, work: (reader: DirectoryReader) => Promise<T>): Promise<T> {
  const { url } = await fake(behaviour);
  const reader = openReader(endpoint(url));
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

async function thrown(work: () => Promise<unknown>): Promise<Error> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

const guid = (index: number): string => `00000000-0000-0000-0000-${index.toString(16).padStart(12, '0')}`;
const dn = (index: number): string => `CN=u${index},DC=fake,DC=test`;
const extended = (index: number): string => `<GUID=${guid(index)}>;${dn(index)}`;
const entry = (index: number, attributes: FakeEntry['attributes'] = {}): FakeEntry => ({
  dn: extended(index),
  attributes,
});

const everything: PageQuery = {
  base: 'DC=fake,DC=test',
  scope: 'sub',
  filter: present('objectClass'),
  attributes: ['displayName'],
  pageSize: 2,
};

async function collect(reader: DirectoryReader, query: PageQuery = everything): Promise<string[]> {
  const guids: string[] = [];
  for await (const page of reader.pages(query)) guids.push(...page.map((found) => found.guid));
  return guids;
}

/** Three pages; the one in the middle is empty, as Active Directory's may be. */
function threePages(request: FakeSearch): FakeAnswer {
  switch (pageOf(request)) {
    case '':
      return { entries: [entry(1), entry(2)], controls: [pagedControl('two')] };
    case 'two':
      return { controls: [pagedControl('three')] };
    default:
      return { entries: [entry(3)], controls: [pagedControl('')] };
  }
}

describe('fake LDAP server: pages', () => {
  test('an empty page in the middle does not end the search', async () => {
    expect(await reading({ search: threePages }, collect)).toEqual([guid(1), guid(2), guid(3)]);
  });

  test.each([1, 3, 7, 100])('answers that arrive %i bytes at a time are put together', async (pieces) => {
    const name = 'x'.repeat(300);
    const search = (): FakeAnswer => ({ entries: [entry(1, { displayName: [name] }), entry(2)] });
    const entries = await reading({ search, pieces }, async (reader) => {
      for await (const page of reader.pages(everything)) return page;
      return [];
    });
    expect(entries.map((found) => found.attributes)).toEqual([{ displayName: [name] }, {}]);
  });

  test('a connection that breaks off in the middle of a page is not the end of the search', async () => {
    const search = (request: FakeSearch): FakeAnswer =>
      pageOf(request) === '' ? threePages(request) : { entries: [entry(9)], code: 'drop' };
    const error = await reading({ search }, (reader) => thrown(() => collect(reader)));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(error.message).toContain('the connection failed while searching DC=fake,DC=test');
  });

  test.each([12, 53, 1])('a server that has forgotten the paged search (%i) is asked again later', async (code) => {
    const search = (request: FakeSearch): FakeAnswer => (pageOf(request) === '' ? threePages(request) : { code });
    const error = await reading({ search }, (reader) => thrown(() => collect(reader)));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
  });

  test('a server that falls silent is given up', async () => {
    const error = await reading({ search: () => ({ code: 'silence' }) }, (reader) => thrown(() => collect(reader)));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(error.message).toContain('the server was silent for 300 ms');
  });

  test('whoever asks to stop gets that reason back, not a directory error', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by an operator');
    const error = await reading({ search: threePages }, (reader) =>
      thrown(async () => {
        for await (const page of reader.pages({ ...everything, signal: controller.signal })) {
          expect(page).toHaveLength(2);
          controller.abort(reason);
        }
      }),
    );
    expect(error).toBe(reason);
  });

  test('a GUID whose bytes happen to be text is still a GUID', async () => {
    const attributes = { objectGUID: ['0123456789abcdef'] };
    const found = await reading({ search: () => ({ entries: [entry(1, attributes)] }) }, (reader) =>
      reader.read({ guid: guid(1) }, ['objectGUID']),
    );
    expect(found?.attributes).toEqual({ objectGUID: ['33323130-3534-3736-3839-616263646566'] });
  });

  test('values that do not fit their syntax are named, and not taken for empty', async () => {
    const photo = Buffer.from('valid UTF-8');
    const attributes = {
      displayName: [Buffer.from([0xc3, 0x28])],
      objectSid: ['short'],
      thumbnailPhoto: [photo],
      mail: ['a@fake.test'],
    };
    const found = await reading({ search: () => ({ entries: [entry(1, attributes)] }) }, (reader) =>
      reader.read({ guid: guid(1) }, ['displayName', 'objectSid', 'thumbnailPhoto', 'mail']),
    );
    expect(found?.attributes).toEqual({ thumbnailPhoto: [photo.toString('base64')], mail: ['a@fake.test'] });
    expect(found?.malformed).toEqual(['displayName', 'objectSid']);
  });
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

  test('it is asked until there is no more, each time with the cookie of the answer before', async () => {
    const answers = await reading({ search: inThreeParts }, async (reader) => {
      const seen: [string, boolean, string | undefined][] = [];
      const query = { namingContext: 'DC=fake,DC=test', cookie: Buffer.from('start'), attributes: ['name'] };
      for await (const { cookie, more, entries } of reader.dirSync(query)) {
        seen.push([cookie.toString(), more, entries[0]?.changed.name?.[0]]);
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

  test.each([2, 12, 53])('a cookie that is refused with %i means to start over', async (code) => {
    const query = { namingContext: 'DC=fake,DC=test', cookie: Buffer.from('old'), attributes: ['name'] };
    const error = await reading({ search: () => ({ code, message: 'bad cookie\0' }) }, (reader) =>
      thrown(async () => reader.dirSync(query).next()),
    );
    expect(error.name).toBe('CookieRejected');
    expect(error.message).toContain(`(result code ${code}: bad cookie)`);
  });

  test('without a cookie the same answer is not about a cookie', async () => {
    const query = { namingContext: 'DC=fake,DC=test', cookie: null, attributes: ['name'] };
    const error = await reading({ search: () => ({ code: 53 }) }, (reader) =>
      thrown(async () => reader.dirSync(query).next()),
    );
    expect(error).toBeInstanceOf(DirectoryRefused);
  });

  test('one that comes with a busy server is kept', async () => {
    const query = { namingContext: 'DC=fake,DC=test', cookie: Buffer.from('old'), attributes: ['name'] };
    const error = await reading({ search: () => ({ code: 51 }) }, (reader) =>
      thrown(async () => reader.dirSync(query).next()),
    );
    expect(error).toBeInstanceOf(DirectoryUnavailable);
  });
});

describe('fake LDAP server: trouble of the server and of one object', () => {
  test.each([
    [3, 'timeLimitExceeded'],
    [11, 'adminLimitExceeded'],
    [51, 'busy'],
    [52, 'unavailable'],
  ])('%i (%s) is thrown, for a write too', async (code) => {
    const { url } = await fake({ search: () => ({ code }), write: () => ({ code, message: 'try later' }) });
    const writer = openWriter(endpoint(url));
    expect(await thrown(() => writer.reader.read({ dn: dn(1) }, []))).toBeInstanceOf(DirectoryUnavailable);
    const error = await thrown(() => writer.remove({ dn: dn(1) }));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(error.message).toContain(`${url}: the server could not finish deleting ${dn(1)}`);
    await writer.close();
  });

  test.each([
    [16, 'noSuchAttribute'],
    [19, 'constraint'],
    [20, 'exists'],
    [21, 'badValue'],
    [32, 'absent'],
    [34, 'badName'],
    [50, 'refused'],
    [53, 'unwilling'],
    [64, 'badName'],
    [65, 'objectClass'],
    [66, 'notEmpty'],
    [68, 'exists'],
    [80, 'other'],
  ])('%i is an outcome of the one object: %s', async (code, reason) => {
    const { url } = await fake({ write: () => ({ code, message: '0000202F: a reason\0' }) });
    const writer = openWriter(endpoint(url));
    expect(await writer.add(dn(1), { objectClass: ['user'] })).toEqual({
      ok: false,
      code,
      reason,
      message: '0000202F: a reason',
    });
    await writer.close();
  });

  test('a write whose answer never came is thrown: it may have been done', async () => {
    const { url } = await fake({ write: () => ({ code: 'drop' }) });
    const writer = openWriter(endpoint(url));
    expect(await thrown(() => writer.add(dn(1), { objectClass: ['user'] }))).toBeInstanceOf(DirectoryUnavailable);
    await writer.close();
  });

  test('a value that does not fit never reaches the server', async () => {
    const { url } = await fake({ write: () => ({ code: 80 }) });
    const writer = openWriter(endpoint(url));
    expect(await writer.add(dn(1), { userAccountControl: ['many'] })).toMatchObject({ code: 21, reason: 'badValue' });
    expect(
      await writer.modify({ dn: dn(1) }, [{ operation: 'replace', attribute: 'shoeSize', values: ['44'] }]),
    ).toMatchObject({ code: 17, reason: 'noSuchAttribute' });
    await writer.close();
  });
});

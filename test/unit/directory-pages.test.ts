import { DirectoryUnavailable } from '../../directory/errors.ts';
import { present } from '../../directory/filter.ts';
import type { DirectoryReader, PageQuery } from '../../directory/reader.ts';
import { fakeServers, readingFake, thrownBy } from '../support/fake-directory.ts';
import {
  type FakeAnswer,
  type FakeBehaviour,
  type FakeEntry,
  type FakeSearch,
  pagedControl,
  pageOf,
} from '../support/fake-ldap.ts';

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

  // Shows: Connector / a read that breaks off is not taken for a short one (fake LDAP)
  test('a connection that breaks off in the middle of a page is not the end of the search', async () => {
    const search = (request: FakeSearch): FakeAnswer =>
      pageOf(request) === '' ? threePages(request) : { entries: [entry(9)], code: 'drop' };
    const error = await reading({ search }, (reader) => thrownBy(() => collect(reader)));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(error.message).toContain('the connection failed while searching DC=fake,DC=test');
  });

  test.each([12, 53, 1])('a server that has forgotten the paged search (%i) is asked again later', async (code) => {
    const search = (request: FakeSearch): FakeAnswer => (pageOf(request) === '' ? threePages(request) : { code });
    const error = await reading({ search }, (reader) => thrownBy(() => collect(reader)));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
  });

  test('a server that falls silent is given up', async () => {
    const error = await reading({ search: () => ({ code: 'silence' }) }, (reader) => thrownBy(() => collect(reader)));
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    expect(error.message).toContain('the server was silent for 1000 ms');
  });

  test('a long answer is not given up while it is still coming', async () => {
    const entries = Array.from({ length: 8 }, (_, index) => entry(index, { displayName: ['x'.repeat(400)] }));
    const found = await reading({ search: () => ({ entries }), pieces: 500, pauseMs: 80 }, collect);
    expect(found).toHaveLength(8);
  });

  test('whoever asks to stop gets that reason back, not a directory error', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by an operator');
    const error = await reading({ search: threePages }, (reader) =>
      thrownBy(async () => {
        for await (const page of reader.pages({ ...everything, signal: controller.signal })) {
          expect(page).toHaveLength(2);
          controller.abort(reason);
        }
      }),
    );
    expect(error).toBe(reason);
  });

  // Shows: Connector / binary values never guessed: a GUID whose bytes are text (fake LDAP)
  test('a GUID whose bytes happen to be text is still a GUID', async () => {
    const attributes = { objectGUID: ['0123456789abcdef'] };
    const found = await reading({ search: () => ({ entries: [entry(1, attributes)] }) }, (reader) =>
      reader.read({ guid: guid(1) }, ['objectGUID']),
    );
    expect(found?.attributes).toEqual({ objectGUID: ['33323130-3534-3736-3839-616263646566'] });
  });

  // Shows: Connector / values never guessed: what does not fit its syntax is named (fake LDAP)
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

import { BerWriter } from 'ldapts';

import { present } from '../../directory/filter.ts';
import { openReader } from '../../directory/reader.ts';
import { fakeEndpoint, fakeServers } from '../support/fake-directory.ts';
import type { FakeAnswer, FakeLdap, FakeSearch } from '../support/fake-ldap.ts';

const DIRSYNC = '1.2.840.113556.1.4.841';
const ENTRIES = 960;
const PHOTO = Buffer.alloc(100 * 1024, 7);
const MIB = 1024 * 1024;
const SILENCE_MS = 5000;
/** More than the operating system's buffers hold, 32 MiB for receiving and 4 for sending as Debian has it. */
const AHEAD = 48 * MIB;

const servers = fakeServers();

/** One answer of 94 MiB to every subtree search, as Samba gives to a DirSync; with a cookie at its end. */
function longAnswer(request: FakeSearch): FakeAnswer {
  if (request.scope === 0) return { entries: [entry(0)] };
  const value = new BerWriter();
  value.startSequence();
  value.writeInt(0);
  value.writeInt(0);
  value.writeString('covered');
  value.endSequence();
  return {
    entries: Array.from({ length: ENTRIES }, (_, index) => entry(index)),
    controls: request.controls.has(DIRSYNC) ? [{ oid: DIRSYNC, value: Buffer.from(value.buffer) }] : [],
  };
}

function entry(index: number): NonNullable<FakeAnswer['entries']>[number] {
  const guid = `00000000-0000-0000-0000-${index.toString(16).padStart(12, '0')}`;
  return { dn: `<GUID=${guid}>;CN=u${index},DC=fake,DC=test`, attributes: { thumbnailPhoto: [PHOTO] } };
}

const query = { namingContext: 'DC=fake,DC=test', cookie: null, attributes: ['thumbnailPhoto'] };
const pages = { base: 'DC=fake,DC=test', scope: 'sub', filter: present('objectClass'), pageSize: 1000 } as const;

async function slowly<T>(parts: AsyncGenerator<T>, server: FakeLdap, handle: (part: T) => unknown): Promise<number[]> {
  const ahead: number[] = [];
  let taken = 0;
  for await (const part of parts) {
    handle(part);
    taken += 1;
    if (taken > 5) continue;
    await new Promise((resolve) => setTimeout(resolve, 100));
    ahead.push(server.sent() - taken * MIB);
  }
  return ahead;
}

describe('fake LDAP server: an answer of 94 MiB', () => {
  const start = (): Promise<FakeLdap> => servers.start({ search: longAnswer, pieces: 64 * 1024 });

  // Shows: Connector / large answers in bounded memory (fake LDAP)
  test('comes in parts, of which the last has the cookie, and the server waits while one is handled', async () => {
    const server = await start();
    const reader = openReader(fakeEndpoint([server.url], { timeouts: { connectMs: 5000, requestMs: SILENCE_MS } }));
    const cookies: (string | undefined)[] = [];
    let entries = 0;
    const ahead = await slowly(reader.dirSync(query), server, (answer) => {
      cookies.push(answer.cookie?.toString());
      entries += answer.entries.length;
    });
    await reader.close();
    expect(entries).toBe(ENTRIES);
    expect(cookies.length).toBeGreaterThan(20);
    expect(cookies.filter((cookie) => cookie !== undefined)).toEqual(['covered']);
    expect(cookies.at(-1)).toBe('covered');
    // What the operating system's buffers do not hold has not been sent.
    expect(Math.max(...ahead)).toBeLessThan(AHEAD);
  });

  test('so does a page of results', async () => {
    const server = await start();
    const reader = openReader(fakeEndpoint([server.url], { timeouts: { connectMs: 5000, requestMs: SILENCE_MS } }));
    let entries = 0;
    const ahead = await slowly(reader.pages({ ...pages, attributes: ['thumbnailPhoto'] }), server, (part) => {
      entries += part.length;
    });
    await reader.close();
    expect([entries, Math.max(...ahead) < AHEAD]).toEqual([ENTRIES, true]);
  });

  test('may be handled for longer than a server may be silent, with other questions meanwhile', async () => {
    const server = await start();
    const reader = openReader(fakeEndpoint([server.url], { timeouts: { connectMs: 5000, requestMs: SILENCE_MS } }));
    let entries = 0;
    for await (const answer of reader.dirSync(query)) {
      if (entries === 0) {
        await new Promise((resolve) => setTimeout(resolve, SILENCE_MS + 500));
        expect((await reader.read({ guid: '00000000-0000-0000-0000-000000000000' }, []))?.dn).toBe(
          'CN=u0,DC=fake,DC=test',
        );
      }
      entries += answer.entries.length;
    }
    await reader.close();
    expect([entries, server.connections()]).toEqual([ENTRIES, 2]);
  });

  test('is left alone by who stops early, and the connection is used on', async () => {
    const server = await servers.start({ search: longAnswer });
    const reader = openReader(fakeEndpoint([server.url], { timeouts: { connectMs: 5000, requestMs: SILENCE_MS } }));
    for await (const answer of reader.dirSync(query)) {
      expect(answer.entries.length).toBeGreaterThan(0);
      break;
    }
    expect(await reader.read({ guid: '00000000-0000-0000-0000-000000000000' }, [])).not.toBeNull();
    await reader.close();
    expect(server.connections()).toBe(1);
  });
});

import type { DirectoryEndpoint } from '../../directory/endpoint.ts';
import { type DirectoryReader, openReader } from '../../directory/reader.ts';
import { type DirectoryWriter, openWriter } from '../../directory/writer.ts';
import { type FakeBehaviour, type FakeLdap, startFakeLdap } from './fake-ldap.ts';

/** What must show up in no message. */
export const FAKE_PASSWORD = 'not-in-any-message';

/** Runs fake LDAP servers for the tests of a file and stops them after each test. */
export function fakeServers(): { start(behaviour?: FakeBehaviour): Promise<FakeLdap> } {
  const running: FakeLdap[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.close()));
  });
  return {
    start: async (behaviour = {}) => {
      const server = await startFakeLdap(behaviour);
      running.push(server);
      return server;
    },
  };
}

/** The settings for fake servers: short timeouts, no TLS. */
export function fakeEndpoint(
  controllers: readonly [string, ...string[]],
  more: Partial<DirectoryEndpoint> = {},
): DirectoryEndpoint {
  return {
    controllers,
    bind: { account: 'FAKE\\sync', password: FAKE_PASSWORD },
    timeouts: { connectMs: 1000, requestMs: 1000 },
    allowPlainBind: true,
    ...more,
  };
}

/** Runs work with a reader of a fake server. */
export async function readingFake<T>(server: FakeLdap, work: (reader: DirectoryReader) => Promise<T>): Promise<T> {
  const reader = openReader(fakeEndpoint([server.url]));
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** Runs work with a writer to a fake server. */
export async function writingFake<T>(server: FakeLdap, work: (writer: DirectoryWriter) => Promise<T>): Promise<T> {
  const writer = openWriter(fakeEndpoint([server.url]));
  try {
    return await work(writer);
  } finally {
    await writer.close();
  }
}

/** What the work throws; fails the test when it throws nothing. */
export async function thrownBy(work: () => Promise<unknown>): Promise<Error> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

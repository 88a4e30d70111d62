import { readFileSync } from 'node:fs';
import { Client, type SearchOptions } from 'ldapts';
import { wantedClasses } from '../../activities/read-domain.ts';
import { DIRSYNC, DirSyncControl, ExtendedDnControl } from '../../directory/controls.ts';
import type { ForestHandle } from '../stack/forest.ts';

/** Active Directory's MaxPageSize. */
const PAGE = 1000;

/** How many objects a second a server gives, on how many connections at once. */
export type RawRates = Readonly<Record<string, number>>;

/**
 * Reads all objects by pages with nothing but an LDAP client, on each connection all of them: how many a second the server
 * gives. What a whole read of the product is measured against.
 */
export function rawPagedRate(
  forest: ForestHandle,
  attributes: readonly string[],
  connections: number,
): Promise<number> {
  return rateOf(forest, connections, async (client) => {
    let entries = 0;
    const search = client.searchPaginated(
      forest.namingContext,
      { scope: 'sub', filter: wantedClasses, attributes: [...attributes], paged: { pageSize: PAGE }, timeLimit: 0 },
      new ExtendedDnControl(),
    );
    for await (const page of search) entries += page.searchEntries.length;
    return entries;
  });
}

/** The same for what has changed since a DirSync cookie. */
export function rawDirSyncRate(
  forest: ForestHandle,
  attributes: readonly string[],
  cookie: Buffer,
  connections: number,
): Promise<number> {
  return rateOf(forest, connections, async (client) => {
    const control = new DirSyncControl(cookie, DIRSYNC.incrementalValues | DIRSYNC.ancestorsFirstOrder);
    const options: SearchOptions = { scope: 'sub', filter: wantedClasses, attributes: [...attributes], timeLimit: 0 };
    return (await client.search(forest.namingContext, options, [control, new ExtendedDnControl()])).searchEntries
      .length;
  });
}

async function rateOf(
  forest: ForestHandle,
  connections: number,
  read: (client: Client) => Promise<number>,
): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({
        url: forest.url,
        tlsOptions: { ca: [readFileSync(forest.caFile)] },
        timeout: 600_000,
      });
      await client.bind(forest.service.account, forest.service.password);
      return client;
    }),
  );
  const began = performance.now();
  const counts = await Promise.all(clients.map(read));
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(clients.map((client) => client.unbind()));
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

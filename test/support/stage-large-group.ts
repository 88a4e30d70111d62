/**
 * Run as a thread with little memory: reads the one group that an LDAP server shows, and stages its members.
 */
import { workerData } from 'node:worker_threads';

import { hasLongLinks, LINKS_WITH_ENTRY, longLinks } from '../../activities/long-links.ts';
import { equal } from '../../directory/filter.ts';
import { openReader } from '../../directory/reader.ts';
import { Database } from '../../store/database.ts';
import { replaceLongLinks } from '../../store/source-links.ts';

export interface LargeGroupTask {
  readonly ldapUrl: string;
  readonly databaseUrl: string;
  readonly schema: string;
  readonly forest: number;
}

const { ldapUrl, databaseUrl, schema, forest } = workerData as LargeGroupTask;
const reader = openReader({
  controllers: [ldapUrl],
  bind: { account: 'FAKE\\sync', password: 'secret' },
  allowPlainBind: true,
});
const database = new Database({ url: databaseUrl, schema });
const query = {
  base: 'DC=fake,DC=test',
  scope: 'sub',
  filter: equal('objectClass', 'group'),
  attributes: ['member'],
  linkValues: LINKS_WITH_ENTRY,
  pageSize: 500,
} as const;
const { signal } = new AbortController();
for await (const entries of reader.pages(query))
  for (const entry of entries.filter(hasLongLinks))
    await database.transaction((transaction) =>
      replaceLongLinks(transaction, forest, entry.guid, longLinks(reader, entry, signal)),
    );
await reader.close();
await database.close();

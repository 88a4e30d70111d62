import { Attribute, Change, type Client } from 'ldapts';
import { openReader } from '../../directory/reader.ts';
import { connectAdministrator } from '../sample/administrator.ts';
import type { ForestHandle } from '../stack/forest.ts';

const LANES = 8;

/** Gives so many of the seeded users another title. @param ou name of the organizational unit that was seeded */
export async function changeTitles(forest: ForestHandle, ou: string, count: number, title: string): Promise<void> {
  const client = await connectAdministrator(forest);
  try {
    const dns: string[] = [];
    const users = `OU=Users,OU=${ou},${forest.namingContext}`;
    const search = client.searchPaginated(users, {
      scope: 'sub',
      filter: '(objectClass=user)',
      attributes: ['title'],
      paged: { pageSize: 1000 },
      timeLimit: 0,
    });
    for await (const page of search) {
      dns.push(...page.searchEntries.map((entry) => entry.dn));
      if (dns.length >= count) break;
    }
    const queue = dns.slice(0, count).values();
    await Promise.all(Array.from({ length: LANES }, () => changeEach(client, queue, title)));
  } finally {
    await client.unbind();
  }
}

async function changeEach(client: Client, dns: Iterable<string>, title: string): Promise<void> {
  for (const dn of dns)
    await client.modify(
      dn,
      new Change({ operation: 'replace', modification: new Attribute({ type: 'title', values: [title] }) }),
    );
}

/** A cookie for now. */
export async function cookieNow(forest: ForestHandle): Promise<Buffer> {
  const { account, password } = forest.service;
  const reader = openReader({ controllers: [forest.url], tls: { caFile: forest.caFile }, bind: { account, password } });
  try {
    return await reader.cookieFor(forest.namingContext);
  } finally {
    await reader.close();
  }
}

import { present } from '../../directory/filter.ts';
import { fakeServers, readingFake, thrownBy } from '../support/fake-directory.ts';
import type { FakeEntry } from '../support/fake-ldap.ts';

const servers = fakeServers();

const entry: FakeEntry = {
  dn: '<GUID=00000000-0000-4000-8000-000000000001>;CN=Ann,DC=fake,DC=test',
  attributes: { name: ['Ann'] },
};
const query = {
  base: 'DC=fake,DC=test',
  scope: 'sub',
  filter: present('objectClass'),
  attributes: ['name'],
  pageSize: 100,
} as const;

describe('fake LDAP server: references to other domains', () => {
  // Shows: Connector / continuation references are ignored, never followed: paged search (fake LDAP)
  test('are passed over in a paged search, and nobody connects to where they lead', async () => {
    const elsewhere = await servers.start();
    const server = await servers.start({
      search: () => ({ references: [`${elsewhere.url}/DC=child,DC=fake,DC=test`], entries: [entry] }),
    });
    const names = await readingFake(server, async (reader) => {
      const found: string[] = [];
      for await (const page of reader.pages(query))
        found.push(...page.flatMap((item) => item.attributes['name'] ?? []));
      return found;
    });
    expect(names).toEqual(['Ann']);
    expect(elsewhere.connections()).toBe(0);
  });

  // Shows: Connector / continuation references are ignored, never followed: one object (fake LDAP)
  test('are passed over when one object is read', async () => {
    const elsewhere = await servers.start();
    const server = await servers.start({ search: () => ({ references: [elsewhere.url], entries: [entry] }) });
    const read = await readingFake(server, (reader) => reader.read({ dn: 'CN=Ann,DC=fake,DC=test' }, ['name']));
    expect(read?.attributes).toEqual({ name: ['Ann'] });
    expect(elsewhere.connections()).toBe(0);
  });

  // Shows: Connector / a referral instead of an answer is an error of the configuration, not followed (fake LDAP)
  test('as the whole answer are an error that names the controller', async () => {
    const elsewhere = await servers.start();
    const server = await servers.start({ search: () => ({ code: 10, message: `ref: ${elsewhere.url}` }) });
    const error = await readingFake(server, (reader) => thrownBy(() => reader.read({ dn: 'DC=other,DC=test' }, [])));
    expect(error).toMatchObject({ name: 'DirectoryRefused', kind: 'configuration', controller: server.url });
    expect(String(error)).toContain('does not hold that naming context');
    expect(elsewhere.connections()).toBe(0);
  });
});

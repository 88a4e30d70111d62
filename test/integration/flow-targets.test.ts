import { randomBytes } from 'node:crypto';
import type { Client } from 'ldapts';
import { attribute } from '../../rules/attributes.ts';
import { flowTargets } from '../../rules/flow-targets.ts';
import { bindAs, readEntry } from '../support/stack-ldap.ts';
import { testStack } from '../support/stack.ts';

const { managed } = testStack();
const suffix = randomBytes(4).toString('hex');
const ou = `OU=targets-${suffix},${managed.namingContext}`;
const kinds = ['user', 'contact', 'group'] as const;
/** Exchange 2010 and later; not in the schema of the test forests. */
const newer = 'msExchExtensionCustomAttribute';
const schemaTargets = flowTargets.filter(({ name }) => !name.startsWith(newer));

let client: Client;

beforeAll(async () => {
  client = await bindAs(managed, 'administrator');
  await client.add(ou, { objectClass: 'organizationalUnit' });
  await client.add(`CN=user,${ou}`, { objectClass: 'user', sAMAccountName: `u${suffix}`, userAccountControl: '514' });
  await client.add(`CN=contact,${ou}`, { objectClass: 'contact' });
  await client.add(`CN=group,${ou}`, { objectClass: 'group', sAMAccountName: `g${suffix}` });
});

afterAll(async () => {
  for (const kind of kinds) await client.del(`CN=${kind},${ou}`);
  await client.del(ou);
  await client.unbind();
});

// Shows: Flow / allowed targets are those that the schema lets an object hold (samba)
test.each(kinds)('a %s can hold every attribute that may flow to it, and no other that may flow', async (kind) => {
  const { allowedAttributes } = await readEntry(client, `CN=${kind},${ou}`, ['allowedAttributes']);
  const allowed = new Set([allowedAttributes ?? []].flat().map(String));
  for (const { name, kinds: flowing } of schemaTargets.filter(({ name }) => name !== 'targetAddress'))
    expect([name, flowing.includes(kind)]).toEqual([name, allowed.has(name)]);
});

// Shows: Flow / rangeUpper is respected (samba)
test('the limits of what may flow are those of the schema, where it has some', async () => {
  const { searchEntries } = await client.search(`CN=Schema,CN=Configuration,${managed.namingContext}`, {
    scope: 'one',
    filter: `(|${schemaTargets.map(({ name }) => `(lDAPDisplayName=${name})`).join('')})`,
    attributes: ['lDAPDisplayName', 'rangeUpper', 'isSingleValued'],
  });
  const schema = new Map(searchEntries.map((entry) => [String(entry['lDAPDisplayName']), entry]));
  for (const { name, limit } of schemaTargets) {
    const entry = schema.get(name);
    const upper =
      entry?.['rangeUpper'] === undefined || entry['rangeUpper'].length === 0 ? null : Number(entry['rangeUpper']);
    if (upper !== null) expect([name, limit]).toEqual([name, upper]);
    expect([name, attribute(name)?.multi]).toEqual([name, entry?.['isSingleValued'] === 'FALSE']);
  }
});

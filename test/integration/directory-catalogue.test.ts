import { and, equal, present } from '../../directory/filter.ts';
import { attribute, ATTRIBUTES, type AttributeSyntax } from '../../rules/attributes.ts';
import { openReader } from '../../directory/reader.ts';
import { endpointOf } from '../support/directory-sandbox.ts';

/** attributeSyntax by catalogue syntax (MS-ADTS 3.1.1.2.2.2). Octet strings that hold GUIDs are read as such. */
const SYNTAXES: Readonly<Record<AttributeSyntax, readonly string[]>> = {
  text: ['2.5.5.2', '2.5.5.3', '2.5.5.4', '2.5.5.5', '2.5.5.6', '2.5.5.12'],
  binary: ['2.5.5.10'],
  guid: ['2.5.5.10'],
  sid: ['2.5.5.17'],
  dn: ['2.5.5.1', '2.5.5.7'],
  integer: ['2.5.5.9'],
  int64: ['2.5.5.16'],
  boolean: ['2.5.5.8'],
  time: ['2.5.5.11'],
  descriptor: ['2.5.5.15'],
};

/** DN-binary: carried as text. */
const EXCEPTIONS: ReadonlySet<string> = new Set(['msRTCSIP-UserPolicy']);

test('the catalogue agrees with the schema of the managed forest', async () => {
  const reader = openReader(endpointOf('managed', 'administrator'));
  const { schemaNamingContext } = await reader.rootDse();
  const differences: string[] = [];
  const seen = new Set<string>();
  const query = {
    base: schemaNamingContext,
    scope: 'one',
    filter: and(equal('objectClass', 'attributeSchema'), present('lDAPDisplayName')),
    attributes: ['lDAPDisplayName', 'attributeSyntax', 'isSingleValued', 'linkID'],
    pageSize: 500,
  } as const;
  for await (const page of reader.pages(query)) {
    for (const { attributes } of page) {
      const name = attributes.lDAPDisplayName?.[0] ?? '';
      const definition = attribute(name);
      if (definition === undefined) continue;
      seen.add(definition.name);
      const syntax = attributes.attributeSyntax?.[0] ?? '';
      if (definition.name !== name) differences.push(`${definition.name} is spelled ${name}`);
      if (!SYNTAXES[definition.syntax].includes(syntax) && !EXCEPTIONS.has(name)) {
        differences.push(`${name} has the syntax ${syntax}, not ${definition.syntax}`);
      }
      if (definition.multi === (attributes.isSingleValued?.[0] === 'TRUE')) {
        differences.push(`${name} is ${definition.multi ? 'single' : 'multi'}-valued`);
      }
      if (definition.link !== (attributes.linkID !== undefined)) {
        differences.push(`${name} is ${definition.link ? 'not ' : ''}linked`);
      }
    }
  }
  await reader.close();
  expect(differences).toEqual([]);
  expect(seen.size).toBeGreaterThan(ATTRIBUTES.length * 0.8);
});

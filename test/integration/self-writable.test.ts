import { openReader } from '../../directory/reader.ts';
import { equal, present } from '../../directory/filter.ts';
import { ATTRIBUTES } from '../../rules/attributes.ts';
import { isSelfWritable } from '../../rules/self-writable.ts';
import { endpointOf } from '../support/directory-sandbox.ts';
import { testStack } from '../support/stack.ts';

// Shows: Reconnection / which attributes SELF may write is what the schema of a real forest says (samba)
test('the attributes that users may write are those of the property sets that the schema opens to SELF', async () => {
  const reader = openReader(endpointOf('customer', 'administrator'));
  try {
    const base = `CN=Schema,CN=Configuration,${testStack().customer.namingContext}`;
    const opened = new Set<string>();
    const writable: string[] = [];
    const of = async (filter: Parameters<typeof reader.pages>[0]['filter'], attributes: readonly string[]) => {
      const entries = [];
      for await (const page of reader.pages({ base, scope: 'one', filter, attributes: [...attributes], pageSize: 500 }))
        entries.push(...page);
      return entries;
    };
    for (const entry of await of(equal('lDAPDisplayName', 'user'), ['defaultSecurityDescriptor']))
      for (const [, set] of (entry.attributes['defaultSecurityDescriptor']?.[0] ?? '').matchAll(
        /\(OA;;RPWP;([0-9A-Fa-f-]{36});;PS\)/g,
      ))
        opened.add((set ?? '').toLowerCase());
    expect(opened.size).toBe(3);
    for (const { attributes } of await of(present('attributeSecurityGUID'), [
      'lDAPDisplayName',
      'attributeSecurityGUID',
    ]))
      if (opened.has(attributes['attributeSecurityGUID']?.[0] ?? ''))
        writable.push(attributes['lDAPDisplayName']?.[0] ?? '');
    expect(writable.filter((name) => !isSelfWritable(name))).toEqual([]);
    const all = new Set(writable);
    expect(ATTRIBUTES.filter(({ name }) => isSelfWritable(name) && !all.has(name))).toEqual([]);
    expect(writable.length).toBeGreaterThan(50);
  } finally {
    await reader.close();
  }
});

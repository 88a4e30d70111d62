import { all, first, kindOf } from '../../rules/objects.ts';

test.each([
  [['top', 'person', 'organizationalPerson', 'user'], 'user'],
  [['top', 'person', 'organizationalPerson', 'user', 'inetOrgPerson'], 'user'],
  [['top', 'person', 'organizationalPerson', 'contact'], 'contact'],
  [['top', 'group'], 'group'],
  [['TOP', 'Person', 'OrganizationalPerson', 'User'], 'user'],
  [['top', 'person', 'organizationalPerson', 'user', 'computer'], null],
  [['top', 'person', 'organizationalPerson', 'user', 'computer', 'msDS-GroupManagedServiceAccount'], null],
  [['top', 'msExchDynamicDistributionList'], null],
  [['top', 'organizationalUnit'], null],
  [['top', 'person', 'organizationalPerson'], null],
  [[], null],
])('objects of class %j are: %s', (classes, kind) => {
  expect(kindOf(classes)).toBe(kind);
});

test('an attribute that an object lacks has no values', () => {
  const attributes = { mail: ['a', 'b'] };
  expect([first(attributes, 'mail'), all(attributes, 'mail')]).toEqual(['a', ['a', 'b']]);
  expect([first(attributes, 'title'), all(attributes, 'title')]).toEqual([undefined, []]);
});

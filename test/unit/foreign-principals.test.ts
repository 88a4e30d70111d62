import { foreignSid } from '../../rules/foreign-principals.ts';

const container = 'CN=ForeignSecurityPrincipals,DC=corp,DC=test';

// Shows: Objects / foreignSecurityPrincipals: which names are principals of another forest (none)
test.each([
  [`CN=S-1-5-21-1004336348-1177238915-682003330-1104,${container}`, 'S-1-5-21-1004336348-1177238915-682003330-1104'],
  [`cn=s-1-5-21-1-2-3-4,${container}`, 'S-1-5-21-1-2-3-4'],
  [`CN=S-1-5-11,${container}`, null],
  [`CN=S-1-5-32-544,${container}`, null],
  [`CN=S-1-5-21-1-2-3,${container}`, null],
  [`CN=S-1-5-21-1-2-3-4-5,${container}`, null],
  ['CN=S-1-5-21-1-2-3-4 the second,OU=People,DC=corp,DC=test', null],
  ['OU=S-1-5-21-1-2-3-4,DC=corp,DC=test', null],
  ['CN=Ann,OU=People,DC=corp,DC=test', null],
])('%s: %s', (dn, sid) => {
  expect(foreignSid(dn)).toBe(sid);
});

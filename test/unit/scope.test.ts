import { decideScope, type ScopeDecision, type ScopeSettings } from '../../rules/scope.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { sourceObject, type Attributes } from '../support/source-object.ts';

const BASE = 'OU=Contoso,DC=corp,DC=contoso,DC=test';
const guid = '0d7be4b4-2c0c-4a41-9a37-cd4dbf0dcb1c';
const settings: ScopeSettings = { include: [BASE, 'OU=Old,DC=corp,DC=contoso,DC=test'], exclude: [`OU=Out,${BASE}`] };

function decide(
  dn: string,
  attributes: Attributes = { mail: 'a@contoso.test' },
  kind: ObjectKind = 'user',
): ScopeDecision {
  return decideScope({ ...sourceObject(kind, attributes), dn }, settings);
}

test.each([
  ['directly below an included one', `CN=Ann,${BASE}`, BASE],
  ['deep below an included one', `CN=Ann,OU=Sales,OU=EU,${BASE}`, BASE],
  ['below another included one', 'CN=Ann,OU=Old,DC=corp,DC=contoso,DC=test', 'OU=Old,DC=corp,DC=contoso,DC=test'],
  ['in other case and with spaces', 'cn=Ann, ou=CONTOSO, dc=Corp, dc=contoso, dc=test', BASE],
  ['with escapes in hexadecimal', `CN=Doe\\2C Ann,OU=Sales \\2B Marketing,${BASE}`, BASE],
])('an object %s is in scope, by that rule', (_what, dn, ou) => {
  expect(decide(dn)).toEqual({ inScope: true, rule: `included organizational unit ${ou}` });
});

test.each([
  ['elsewhere', 'CN=Ann,CN=Users,DC=corp,DC=contoso,DC=test'],
  ['in an organizational unit of a like name', 'CN=Ann,OU=Contoso2,DC=corp,DC=contoso,DC=test'],
  ['whose own name ends like the included DN', 'CN=Ann\\,OU=Contoso,DC=corp,DC=contoso,DC=test'],
  ['above the included one', 'OU=x,DC=corp,DC=contoso,DC=test'],
  ['in another domain', `CN=Ann,OU=Contoso,DC=emea,DC=contoso,DC=test`],
  ['with a malformed DN', `CN=Ann,,${BASE}`],
])('an object %s is out of scope', (_what, dn) => {
  expect(decide(dn)).toEqual({ inScope: false, rule: 'outside the included organizational units' });
});

test('an excluded organizational unit is named, in the operator’s spelling', () => {
  expect(decide(`CN=Ann,OU=Below,ou=out,${BASE}`)).toEqual({
    inScope: false,
    rule: `excluded organizational unit OU=Out,${BASE}`,
  });
});

test('an organizational unit with a comma in its name is matched whatever the escapes', () => {
  const scope = { include: [`OU=Sales\\, North,${BASE}`], exclude: [] };
  const object = { ...sourceObject('user', { mail: 'a@contoso.test' }), dn: `CN=Ann,OU=Sales\\2C North,${BASE}` };
  expect(decideScope(object, scope).inScope).toBe(true);
});

test.each<[ObjectKind, Attributes, string | null]>([
  ['user', {}, 'user without mail'],
  ['user', { targetAddress: 'SMTP:a@x.example' }, 'user without mail'],
  ['user', { mail: 'not an address' }, null],
  ['group', {}, 'group without mail'],
  ['group', { proxyAddresses: 'SMTP:a@contoso.test' }, 'group without mail'],
  ['contact', {}, 'contact without mail or targetAddress'],
  ['contact', { mail: 'a@x.example' }, null],
  ['contact', { targetAddress: 'SMTP:a@x.example' }, null],
])('a %s with %j is out of scope by: %s', (kind, attributes, rule) => {
  const decision = decide(`CN=Ann,${BASE}`, attributes, kind);
  expect(decision.inScope ? null : decision.rule).toBe(rule);
});

test('a mail that could not be read counts as there: the object must not leave scope by it', () => {
  const object = { ...sourceObject('user'), dn: `CN=Ann,${BASE}` };
  expect(decideScope(object, settings, ['mail']).inScope).toBe(true);
  expect(decideScope(object, settings, ['title']).inScope).toBe(false);
});

describe('system objects', () => {
  const mail = 'a@contoso.test';

  test.each([
    ['a replication conflict', `CN=Ann\\0ACNF:${guid},${BASE}`, {}, 'replication conflict object'],
    ['a critical system object', `CN=Ann,${BASE}`, { isCriticalSystemObject: 'TRUE' }, 'critical system object'],
    ['a trust account', `CN=Ann,${BASE}`, { userAccountControl: '2080' }, 'trust or computer account'],
    ['a workstation', `CN=Ann,${BASE}`, { userAccountControl: '4096' }, 'trust or computer account'],
    ['a domain controller', `CN=Ann,${BASE}`, { userAccountControl: '532480' }, 'trust or computer account'],
    ['a system mailbox', `CN=SystemMailbox{1f05a927},${BASE}`, {}, 'system account of Exchange'],
    ['a health mailbox', `CN=healthmailbox83d6781,${BASE}`, {}, 'system account of Exchange'],
    ['a discovery mailbox', `CN=DiscoverySearchMailbox {D919BA05},${BASE}`, {}, 'system account of Exchange'],
    ['the federation mailbox', `CN=FederatedEmail.4c1f4d8b,${BASE}`, {}, 'system account of Exchange'],
  ])('%s is out of scope wherever it is', (_what, dn, more, rule) => {
    expect(decide(dn, { mail, ...more })).toEqual({ inScope: false, rule });
  });

  test.each([
    ['a normal account', `CN=Ann,${BASE}`, { userAccountControl: '512' }],
    ['a disabled account whose password never expires', `CN=Ann,${BASE}`, { userAccountControl: '66050' }],
    ['one that is no critical system object', `CN=Ann,${BASE}`, { isCriticalSystemObject: 'FALSE' }],
    ['a person in an organizational unit that lost a conflict', `CN=Ann,OU=Sales\\0ACNF:${guid},${BASE}`, {}],
    ['a person whose name only begins like a system account', `CN=Guest\\, Anna,${BASE}`, {}],
    ['the system desk', `CN=Federated Email Desk,${BASE}`, {}],
  ])('%s is in scope', (_what, dn, more) => {
    expect(decide(dn, { mail, ...more }).inScope).toBe(true);
  });
});

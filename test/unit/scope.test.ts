import { compileScope, decideScope, scopeAttributes, type ScopeDecision } from '../../rules/scope.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { sourceObject, type Attributes } from '../support/source-object.ts';

const BASE = 'OU=Contoso,DC=corp,DC=contoso,DC=test';
const guid = '0d7be4b4-2c0c-4a41-9a37-cd4dbf0dcb1c';
const settings = compileScope({
  include: [BASE, 'OU=Old,DC=corp,DC=contoso,DC=test'],
  exclude: [`OU=Out,${BASE}`],
});

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
  expect(decide(dn)).toMatchObject({ inScope: false, rule: 'outside the included organizational units' });
});

test('an excluded organizational unit is named, in the operator’s spelling', () => {
  expect(decide(`CN=Ann,OU=Below,ou=out,${BASE}`)).toMatchObject({
    inScope: false,
    rule: `excluded organizational unit OU=Out,${BASE}`,
  });
});

test('an organizational unit with a comma in its name is matched whatever the escapes', () => {
  const scope = compileScope({ include: [`OU=Sales\\, North,${BASE}`], exclude: [] });
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
    expect(decide(dn, { mail, ...more })).toMatchObject({ inScope: false, rule });
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

describe('accounts of the system', () => {
  test.each([
    ['by its name', { sAMAccountName: 'MSOL_1a2b3c' }, 'system account'],
    ['of an RODC', { sAMAccountName: 'krbtgt_4711' }, 'system account'],
    ['arbitration mailbox', { msExchRecipientTypeDetails: '8388608' }, 'system mailbox of Exchange'],
    ['discovery mailbox', { msExchRecipientTypeDetails: '536870912' }, 'system mailbox of Exchange'],
  ])('%s is out of scope', (_what, more, rule) => {
    expect(decide(`CN=Ann,${BASE}`, { mail: 'a@contoso.test', ...more })).toMatchObject({ inScope: false, rule });
  });

  test('a linked mailbox and a name that only begins alike are in scope', () => {
    const more = { msExchRecipientTypeDetails: '2', sAMAccountName: 'msolberg' };
    expect(decide(`CN=Ann,${BASE}`, { mail: 'a@contoso.test', ...more }).inScope).toBe(true);
  });
});

// Shows: Scope / the answer says which domain decided (none)
test('a whole domain may be included, and is called so', () => {
  const object = { ...sourceObject('user', { mail: 'a@contoso.test' }), dn: 'CN=Ann,OU=x,DC=emea,DC=contoso,DC=test' };
  const scope = compileScope({ include: ['DC=emea,DC=contoso,DC=test'], exclude: [] });
  expect(decideScope(object, scope)).toEqual({ inScope: true, rule: 'included domain DC=emea,DC=contoso,DC=test' });
});

describe('a filter', () => {
  const filter = '(|(employeeType=internal)(objectClass=group))';
  const decideBy = (attributes: Attributes, unreadable: readonly string[] = []): ScopeDecision =>
    decideScope(
      { ...sourceObject('user', { mail: 'a@contoso.test', ...attributes }), dn: `CN=Ann,${BASE}` },
      compileScope({ include: [BASE], exclude: [], filter }),
      unreadable,
    );

  // Shows: Scope / LDAP filter, and the answer says that it decided (none)
  test('decides after the organizational units, and the answer says so', () => {
    expect(decideBy({ employeeType: 'Internal' })).toEqual({
      inScope: true,
      rule: `included organizational unit ${BASE} and the filter`,
    });
    expect(decideBy({ employeeType: 'external' })).toMatchObject({ inScope: false, rule: 'does not match the filter' });
    expect(decideBy({})).toMatchObject({ inScope: false, rule: 'does not match the filter' });
  });

  test('that can not be decided because a value can not be read leaves the object in scope, where its error freezes it', () => {
    expect(decideBy({}, ['employeeType'])).toEqual({
      inScope: true,
      rule: `included organizational unit ${BASE}; the filter can not be decided`,
    });
  });

  test('sees the names and times that an object has in a place of its own', () => {
    const object = {
      ...sourceObject('user', { mail: 'a@contoso.test', name: 'Ann' }),
      dn: `CN=Ann,${BASE}`,
      createdAt: '20260801000000.0Z',
    };
    const matches = (text: string): boolean =>
      decideScope(object, compileScope({ include: [BASE], exclude: [], filter: text })).inScope;
    expect(matches('(cn=ann)')).toBe(true);
    expect(matches(`(distinguishedName=cn=ann,${BASE})`)).toBe(true);
    expect(matches(`(objectGUID=${object.guid})`)).toBe(true);
    expect(matches('(whenCreated>=20260701000000.0Z)')).toBe(true);
    expect(matches('(whenCreated>=20260901000000.0Z)')).toBe(false);
  });
});

describe('conditions on attributes', () => {
  const every: readonly ObjectKind[] = ['user', 'contact', 'group'];
  const by = (
    scope: Partial<Parameters<typeof compileScope>[0]>,
    attributes: Attributes,
    kind: ObjectKind = 'user',
    unreadable: readonly string[] = [],
  ): string => {
    const object = { ...sourceObject(kind, { mail: 'a@contoso.test', ...attributes }), dn: `CN=Ann,${BASE}` };
    const decision = decideScope(object, compileScope({ include: [BASE], exclude: [], ...scope }), unreadable);
    return decision.inScope ? 'in' : decision.rule;
  };
  const attribute = 'extensionAttribute5';

  // Shows: Scope / attribute conditions: equals, one of, present, absent (none)
  test.each([
    [{ equals: 'NoSync' }, 'nosync', 'is "NoSync"'],
    [{ oneOf: ['x', 'NoSync'] }, 'NOSYNC', 'is one of "x" and "NoSync"'],
    [{ present: true }, 'x', 'is present'],
    [{ absent: true }, undefined, 'is absent'],
  ] as const)('%j rejects %s, and the answer says by what', (condition, value, text) => {
    const reject = [{ attribute, kinds: every, ...condition }];
    const other = value === undefined ? 'something' : undefined;
    expect(by({ reject }, { [attribute]: value })).toBe(`rejected: ${attribute} ${text}`);
    expect(by({ reject }, { [attribute]: other })).toBe('in');
    const require = reject;
    expect(by({ require }, { [attribute]: value })).toBe('in');
    expect(by({ require }, { [attribute]: other })).toBe(`required, but not so: ${attribute} ${text}`);
  });

  test('are asked of the kinds that they name', () => {
    const require = [{ attribute, present: true as const, kinds: ['user' as const] }];
    expect(by({ require }, {})).not.toBe('in');
    expect(by({ require }, {}, 'group')).toBe('in');
  });

  test('that can not be decided because the value can not be read change nothing', () => {
    const condition = { attribute, equals: 'x', kinds: every };
    expect(by({ require: [condition], reject: [condition] }, {}, 'user', [attribute])).toBe('in');
  });

  test('all that are required must be met, and one that rejects is enough', () => {
    const has = (name: string): { attribute: string; present: true; kinds: typeof every } => ({
      attribute: name,
      present: true,
      kinds: every,
    });
    const require = [has('title'), has('company')];
    expect(by({ require }, { title: 'x' })).toBe('required, but not so: company is present');
    expect(by({ reject: require }, { company: 'x' })).toBe('rejected: company is present');
  });
});

describe('the SMTP inclusion list', () => {
  const decideBy = (outside: 'mail user' | 'out of scope', mail: string, kind: ObjectKind = 'user'): string => {
    const smtp = { include: ['Contoso.test', 'ann@contoso.example'], outside };
    const object = { ...sourceObject(kind, { mail }), dn: `CN=Ann,${BASE}` };
    const decision = decideScope(object, compileScope({ include: [BASE], exclude: [], smtp }));
    return decision.inScope ? 'in' : decision.rule;
  };

  // Shows: Scope / SMTP inclusion list of domains and addresses (none)
  test.each<[string, ObjectKind, string]>([
    ['bob@CONTOSO.test', 'user', 'in'],
    ['Ann@contoso.example', 'user', 'in'],
    ['bob@contoso.example', 'user', 'mail outside the SMTP inclusion list'],
    ['bob@eu.contoso.test', 'user', 'mail outside the SMTP inclusion list'],
    ['list@contoso.example', 'group', 'mail outside the SMTP inclusion list'],
    ['someone@elsewhere.example', 'contact', 'in'],
    ['not an address', 'user', 'mail outside the SMTP inclusion list'],
  ])('%s of a %s: %s', (mail, kind, rule) => {
    expect(decideBy('out of scope', mail, kind)).toBe(rule);
    expect(decideBy('mail user', mail, kind)).toBe('in');
  });
});

test('what the scope looks at is told, so that it is read: system evidence and what filter and conditions name', () => {
  const kinds: readonly ObjectKind[] = ['user'];
  const plain = scopeAttributes({ include: [BASE], exclude: [] });
  expect(plain).toContain('isCriticalSystemObject');
  const more = scopeAttributes({
    include: [BASE],
    exclude: [],
    filter: '(&(cn=a*)(carLicense=*))',
    require: [{ attribute: 'roomNumber', present: true, kinds }],
    reject: [{ attribute: 'homeMDB', absent: true, kinds }],
  });
  expect(more).toEqual([...plain, 'name', 'carLicense', 'roomNumber', 'homeMDB']);
});

import fc from 'fast-check';
import {
  ANCHOR_RULE,
  decideJoin,
  joinContext,
  joinKeys,
  OPERATOR_RULE,
  residentsOf,
  territoriesOf,
  type JoinAnswer,
  type JoinDecision,
  type JoinMatch,
} from '../../rules/join.ts';
import type { JoinRule } from '../../rules/join-settings.ts';
import { image } from '../support/source-object.ts';

const GUID = '00112233-4455-6677-8899-aabbccddeeff';
const OTHER = '99999999-4455-6677-8899-aabbccddeeff';
const OU = 'OU=contoso,OU=Customers,DC=mgd,DC=fabrikam,DC=test';
const user = { guid: GUID, kind: 'user' } as const;

const territories = [
  ...territoriesOf('contoso', OU, { containers: ['OU=Old,DC=mgd,DC=fabrikam,DC=test'] }),
  ...territoriesOf('tailspin', 'OU=tailspin,OU=Customers,DC=mgd,DC=fabrikam,DC=test', { containers: [] }),
];
const context = joinContext('contoso', 'corp', 'msExchImmutableId', [], territories);

/** A free linked mailbox in the customer's organizational unit, found by its SID. */
function match(name: string, more: Partial<JoinMatch> = {}): JoinMatch {
  return {
    rule: 'masterAccountSid',
    mode: 'auto',
    managedGuid: name,
    dn: `CN=${name},${OU}`,
    kind: 'user',
    accountControl: '514',
    anchor: null,
    joined: null,
    rivals: [],
    ...more,
  };
}

const rival = { forest: 1, guid: OTHER, dn: 'CN=Other,DC=corp' };
const decide = (matches: readonly JoinMatch[], answer: JoinAnswer | null = null): JoinDecision =>
  decideJoin(user, matches, answer, context);
const error = (decision: JoinDecision): string =>
  'code' in decision ? `${decision.outcome} ${decision.code}` : decision.outcome;

// Shows: Join / one free match of an automatic rule is adopted (none)
test('one free match by an automatic rule is adopted, also when several rules find it', () => {
  const found = [match('m'), match('m', { rule: 'employeeID = employeeID' })];
  expect(decide(found)).toEqual({ outcome: 'adopt', managedGuid: 'm', rule: 'masterAccountSid' });
  expect(decide([])).toEqual({ outcome: 'none' });
});

// Shows: Join / several matches are an error that names them, and nothing is created (none)
test('several matches of automatic rules are an error that names them all', () => {
  const decision = decide([match('m'), match('n', { rule: 'employeeID = employeeID' })]);
  expect(decision).toMatchObject({ outcome: 'error', code: 'SE811' });
  expect(decision).toMatchObject({ details: expect.stringContaining(`CN=m,${OU} (by masterAccountSid)`) as string });
  expect(decision).toMatchObject({ details: expect.stringContaining(`CN=n,${OU} (by employeeID`) as string });
});

// Shows: Join / a match that is joined already is an error that names both (none)
test.each([
  ['is joined to another source object', { joined: { ...rival, customer: 'contoso' } }, rival],
  ['is found for another source object too', { rivals: [rival] }, rival],
  ['carries the anchor of another source object', { anchor: `contoso/corp/${OTHER}` }, null],
])('a match that %s is an error that names it', (_why, more, other) => {
  const decision = decide([match('m', more)]);
  expect(decision).toMatchObject({ outcome: 'error', code: 'SE812' });
  if (other !== null) {
    expect(decision).toMatchObject({ other: { forest: other.forest, guid: other.guid } });
    expect(decision).toMatchObject({ details: expect.stringContaining(other.dn) as string });
  }
});

// Shows: Join / what can not be adopted is an error and not created beside it (none)
test.each([
  ['is of another kind', { kind: 'contact' as const }],
  ['is an enabled account', { accountControl: '512' }],
  ['is outside the containers', { dn: 'CN=m,CN=Users,DC=mgd,DC=fabrikam,DC=test' }],
  ["holds another engine's anchor that no rule knows", { anchor: 'fim:4711' }],
])('a match that %s is an error', (_why, more) => {
  expect(error(decide([match('m', more)]))).toBe('error SE813');
});

test('what matches outside the containers counts only where nothing else matches', () => {
  const admin = match('admin', { rule: 'employeeID = employeeID', dn: 'CN=a,CN=Users,DC=x', accountControl: '512' });
  expect(decide([match('m'), admin])).toMatchObject({ outcome: 'adopt', managedGuid: 'm' });
  expect(error(decide([admin]))).toBe('error SE813');
});

test("another engine's anchor gives way where a rule compares it, for instance by the source's objectGUID", () => {
  const rules: JoinRule[] = [{ by: 'attributes', source: 'objectGUID', managed: 'msExchImmutableId', mode: 'auto' }];
  const knows = joinContext('contoso', 'corp', 'msExchImmutableId', rules, territories);
  const found = [match('m', { anchor: 'MyIRAFVEd2aImaq7zN3u/w==' })];
  expect(decideJoin(user, found, null, knows)).toMatchObject({ outcome: 'adopt' });
});

// Shows: Join / proxyAddresses and mail only as review (none)
test('a match by a rule that needs a judgement waits for an operator, unless it is joined already', () => {
  const byAddress = match('m', { rule: 'addresses', mode: 'review' });
  expect(error(decide([byAddress]))).toBe('review SE814');
  expect(decide([{ ...byAddress, joined: { ...rival, customer: 'contoso' } }])).toEqual({ outcome: 'none' });
});

test('a match that needs a judgement and contradicts the automatic one has both judged', () => {
  const decision = decide([match('m'), match('n', { rule: 'addresses', mode: 'review' })]);
  expect(error(decision)).toBe('review SE814');
  expect(decide([match('m'), match('m', { rule: 'addresses', mode: 'review' })])).toMatchObject({ outcome: 'adopt' });
});

// Shows: Join / our own anchor comes first (none)
test('our own anchor is followed whatever else matches, wherever the object is, enabled or not', () => {
  const away = match('m', { rule: ANCHOR_RULE, dn: 'CN=m,DC=x', accountControl: '512' });
  expect(decide([away, match('n')])).toEqual({ outcome: 'adopt', managedGuid: 'm', rule: ANCHOR_RULE });
  expect(error(decide([away, { ...away, managedGuid: 'copy' }]))).toBe('error SE811');
  expect(error(decide([{ ...away, kind: 'contact' }]))).toBe('error SE813');
});

test('a copy of an anchor on an object that is joined does not count', () => {
  expect(decide([match('m', { rule: ANCHOR_RULE, joined: { ...rival, customer: 'contoso' } })])).toEqual({
    outcome: 'none',
  });
});

// Shows: Join / objects of another customer are never candidates and never named (none)
test.each([
  ['by where it is', { dn: 'CN=m,OU=People,OU=tailspin,OU=Customers,DC=mgd,DC=fabrikam,DC=test' }],
  ['by its anchor', { anchor: `tailspin/corp/${OTHER}` }],
  ['by what it is joined to', { joined: { ...rival, customer: 'tailspin' } }],
])("another customer's object, %s, is not looked at", (_how, more) => {
  expect(decide([match('m', more)])).toEqual({ outcome: 'none' });
  expect(decide([match('m', more), match('n')])).toMatchObject({ outcome: 'adopt', managedGuid: 'n' });
});

const answer = (decision: JoinAnswer['decision'], managedGuid: string | null, seen: string[]): JoinAnswer => ({
  decision,
  managedGuid,
  seen,
});

// Shows: Join / an operator's answer is remembered and not asked again (none)
test('an operator adopts one of several, or has a new object created; asked again only about what was not seen', () => {
  const both = [match('m'), match('n')];
  expect(decide(both, answer('adopt', 'n', ['m', 'n']))).toEqual({
    outcome: 'adopt',
    managedGuid: 'n',
    rule: OPERATOR_RULE,
  });
  expect(decide(both, answer('create', null, ['m', 'n']))).toEqual({ outcome: 'none' });
  expect(error(decide([...both, match('new')], answer('create', null, ['m', 'n'])))).toBe('error SE811');
  expect(error(decide(both, answer('adopt', 'gone', ['m', 'n'])))).toBe('error SE811');
});

test('an operator may name an object that no rule finds, outside the containers too, but none that is in use', () => {
  const chosen = match('x', { rule: OPERATOR_RULE, dn: 'CN=x,CN=Users,DC=mgd,DC=fabrikam,DC=test' });
  expect(decide([chosen], answer('adopt', 'x', []))).toMatchObject({ outcome: 'adopt', managedGuid: 'x' });
  expect(error(decide([{ ...chosen, accountControl: '512' }], answer('adopt', 'x', [])))).toBe('error SE813');
});

test('whatever matches, what is adopted is free, of the same kind and not of another customer', () => {
  const some = fc.record({
    rule: fc.constantFrom(ANCHOR_RULE, 'masterAccountSid', 'addresses', OPERATOR_RULE),
    mode: fc.constantFrom('auto', 'review'),
    managedGuid: fc.constantFrom('a', 'b', 'c'),
    dn: fc.constantFrom(`CN=a,${OU}`, 'CN=a,OU=tailspin,OU=Customers,DC=mgd,DC=fabrikam,DC=test', 'CN=a,DC=x'),
    kind: fc.constantFrom('user', 'contact'),
    accountControl: fc.constantFrom('514', '512', null),
    anchor: fc.constantFrom(null, `contoso/corp/${GUID}`, `tailspin/corp/${OTHER}`, 'fim'),
    joined: fc.constantFrom(null, { ...rival, customer: 'contoso' }, { ...rival, customer: 'tailspin' }),
    rivals: fc.constantFrom([], [rival]),
  });
  const answers = fc.constantFrom(null, answer('adopt', 'a', ['a']), answer('create', null, ['b']));
  fc.assert(
    fc.property(fc.array(some, { maxLength: 5 }), answers, (matches, given) => {
      const decision = decide(matches, given);
      if (decision.outcome !== 'adopt') return true;
      return matches.some(
        (one) =>
          one.managedGuid === decision.managedGuid &&
          one.joined === null &&
          one.kind === 'user' &&
          !one.anchor?.startsWith('tailspin'),
      );
    }),
  );
});

describe('where the rules look', () => {
  const keys = (rules: readonly JoinRule[], attributes: Record<string, string | string[]>, kind = 'user' as const) =>
    joinKeys({ guid: GUID, kind, attributes: image(attributes) }, rules).map(
      ({ attribute, value }) => `${attribute}: ${value}`,
    );

  test('the SID of a mailbox is the objectSid or in the sIDHistory of the source account', () => {
    const rules: JoinRule[] = [{ by: 'masterAccountSid', mode: 'auto' }];
    expect(keys(rules, { objectSid: 'S-1-5-21-1', sIDHistory: ['S-1-5-21-2'] })).toEqual([
      'msExchMasterAccountSid: S-1-5-21-1',
      'msExchMasterAccountSid: S-1-5-21-2',
    ]);
  });

  test('a GUID is looked for as text, in hexadecimal and in base64', () => {
    const rules: JoinRule[] = [{ by: 'attributes', source: 'objectGUID', managed: 'adminDescription', mode: 'auto' }];
    const bytes = Buffer.from('3322110055447766' + '8899aabbccddeeff', 'hex');
    expect(keys(rules, {})).toEqual(
      [GUID, `{${GUID}}`, bytes.toString('hex'), bytes.toString('base64')].map((value) => `adminDescription: ${value}`),
    );
  });

  test('an address is looked for in proxyAddresses and in mail, without its type', () => {
    const rules: JoinRule[] = [{ by: 'addresses', mode: 'review' }];
    const found = keys(rules, { mail: 'Ann@contoso.test', proxyAddresses: ['SMTP:ann@contoso.test', 'X500:/o=x'] });
    expect(found).toEqual(['proxyAddresses: smtp:ann@contoso.test', 'mail: ann@contoso.test']);
  });
});

test('of parts of the managed forest within each other the innermost one counts; two customers may share one', () => {
  const outer = territoriesOf('one', 'OU=All,DC=x', { containers: [] });
  const inner = territoriesOf('two', 'OU=Two,OU=All,DC=x', { containers: ['OU=All,DC=x'] });
  const of = (dn: string): readonly string[] => residentsOf(dn, [...outer, ...inner]);
  expect(of('CN=a,OU=two,OU=all,DC=x')).toEqual(['two']);
  expect(of('CN=a,OU=Else,OU=All,DC=x')).toEqual(['one', 'two']);
  expect(of('CN=a,OU=NotAll,DC=x')).toEqual([]);
});

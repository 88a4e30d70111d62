import fc from 'fast-check';
import {
  decideReconnection,
  identityKeys,
  shownEvidence,
  type NewSource,
  type ReconnectionMatch,
} from '../../rules/reconnection.ts';
import { pairFault, type PairFacts } from '../../rules/reconnection-pair.ts';
import { reconnectionSchema, type ReconnectionRule } from '../../rules/reconnection-settings.ts';
import type { AttributeImage } from '../../rules/attributes.ts';

const guid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

function match(identity: number, more: Partial<ReconnectionMatch> = {}): ReconnectionMatch {
  return {
    rule: 'sIDHistory',
    mode: 'auto',
    identityId: guid(identity),
    managedGuid: guid(identity + 1000),
    kind: 'user',
    source: { forest: 1, guid: guid(identity + 2000), dn: `CN=Old ${String(identity)}` },
    gone: true,
    names: [`old${String(identity)}@contoso.test`],
    rivals: [],
    ...more,
  };
}

function seeking(matches: readonly ReconnectionMatch[], more: Partial<NewSource> = {}): NewSource {
  return { guid: guid(1), kind: 'user', names: ['new@contoso.test'], inError: false, approved: null, matches, ...more };
}

const nobody = { alwaysReview: [] };

// Shows: Reconnection / one candidate by an automatic rule whose old source is gone: at once (none)
test('the only candidate by an automatic rule, whose old object is gone, is reconnected', () => {
  expect(decideReconnection(seeking([match(1), match(1, { rule: 'mail', mode: 'review' })]), nobody)).toEqual({
    outcome: 'reconnect',
    identityId: guid(1),
    rule: 'sIDHistory',
    automatic: true,
  });
});

// Shows: Reconnection / what is not safe is a case with its candidates and evidence (none)
test.each([
  ['the old object is still there', [match(1, { gone: false })], {}, 'SE823'],
  ['an automatic rule comes after one that needs a judgement', [match(1, { mode: 'review' }), match(1)], {}, 'SE821'],
  ['two identities match', [match(1), match(2, { mode: 'review' })], {}, 'SE822'],
  [
    'another new object matches, too',
    [match(1, { rivals: [{ forest: 1, guid: guid(9), dn: 'CN=Rival' }] })],
    {},
    'SE822',
  ],
  ['the old one is named to be reviewed', [match(1, { names: ['boss@contoso.test'] })], {}, 'SE821'],
  ['the new one is named to be reviewed', [match(1)], { names: ['boss@contoso.test'] }, 'SE821'],
])('%s: a case', (_what, matches, more, code) => {
  const decision = decideReconnection(seeking(matches, more), { alwaysReview: ['Boss@contoso.test'] });
  expect(decision).toMatchObject({ outcome: 'case', code });
  expect(decision).toHaveProperty('details', expect.stringContaining('CN=Old 1 (by '));
});

test('an object in error waits without a word; a candidate of another kind is none', () => {
  expect(decideReconnection(seeking([match(1)], { inError: true }), nobody)).toEqual({ outcome: 'later' });
  expect(decideReconnection(seeking([match(1, { kind: 'contact' })]), nobody)).toEqual({ outcome: 'none' });
});

// Shows: Reconnection / what an operator has approved is made although the old source is there, and is the same (none)
test('what an operator has approved is followed, whatever else matches, while the old object is there', () => {
  const found = [match(1), match(2, { gone: false, rule: 'operator' })];
  expect(decideReconnection(seeking(found, { approved: guid(2) }), { alwaysReview: ['new@contoso.test'] })).toEqual({
    outcome: 'reconnect',
    identityId: guid(2),
    rule: 'operator',
    automatic: false,
  });
});

// Shows: Reconnection / never by itself while the old source is there, is not the only one, or needs a judgement (none)
test('nothing is ever reconnected by itself that is not the only candidate, gone, and by an automatic rule', () => {
  const anyMatch = fc.record({
    identity: fc.integer({ min: 1, max: 3 }),
    gone: fc.boolean(),
    mode: fc.constantFrom('auto' as const, 'review' as const),
    rival: fc.boolean(),
    kind: fc.constantFrom('user' as const, 'contact' as const),
  });
  fc.assert(
    fc.property(fc.array(anyMatch, { maxLength: 6 }), (drawn) => {
      const matches = drawn.map(({ identity, rival, ...more }) =>
        match(identity, { ...more, rivals: rival ? [{ forest: 1, guid: guid(9), dn: null }] : [] }),
      );
      const decision = decideReconnection(seeking(matches), nobody);
      const users = matches.filter(({ kind }) => kind === 'user');
      if (decision.outcome !== 'reconnect') return decision.outcome === (users.length === 0 ? 'none' : 'case');
      const [first] = users;
      return (
        new Set(users.map(({ identityId }) => identityId)).size === 1 &&
        first?.mode === 'auto' &&
        first.gone &&
        first.rivals.length === 0
      );
    }),
  );
});

const rules: readonly ReconnectionRule[] = reconnectionSchema.parse({
  rules: [
    { by: 'sidHistory' },
    { by: 'consistencyGuid' },
    { by: 'attribute', attribute: 'employeeID', mode: 'auto' },
    { by: 'legacyExchangeDn' },
    { by: 'primarySmtp' },
    { by: 'userPrincipalName' },
  ],
}).rules;

// Shows: Reconnection / each of the six kinds of evidence finds the person again (none)
test.each<[string, AttributeImage, AttributeImage]>([
  ['sIDHistory', { objectSid: ['S-1-5-21-1-2-3-4'] }, { objectSid: ['S-1-5-21-9'], sIDHistory: ['S-1-5-21-1-2-3-4'] }],
  ['mS-DS-ConsistencyGuid', { 'mS-DS-ConsistencyGuid': ['AAE='] }, { 'mS-DS-ConsistencyGuid': ['AAE='] }],
  ['employeeID', { employeeID: ['E100'] }, { employeeID: ['e100'] }],
  ['legacyExchangeDN', { legacyExchangeDN: ['/o=A/cn=Ann'] }, { proxyAddresses: ['smtp:a@b', 'X500:/O=a/CN=ann'] }],
  ['primary SMTP address', { proxyAddresses: ['smtp:x@b.c', 'SMTP:Ann@b.c'] }, { mail: ['ann@b.c'] }],
  ['userPrincipalName', { userPrincipalName: ['Ann@b.c'] }, { userPrincipalName: ['ann@B.C'] }],
])('%s finds the identity again', (rule, before, after) => {
  const had = identityKeys({ guid: guid(1), attributes: before }, rules);
  const shown = shownEvidence({ guid: guid(2), attributes: after }, rules);
  const meeting = shown.filter((one) => had.some((key) => key.rule === one.rule && key.value === one.value));
  expect(meeting.map((one) => one.rule)).toEqual([rule]);
  expect(shown.filter((one) => one.mode === 'auto').map((one) => one.rule)).toEqual(
    ['sIDHistory', 'employeeID'].includes(rule) ? [rule] : [],
  );
});

test('a further address, an own SID or an own legacyExchangeDN is no evidence', () => {
  const shown = shownEvidence(
    {
      guid: guid(2),
      attributes: { objectSid: ['S-1-5-21-9'], proxyAddresses: ['smtp:ann@b.c'], legacyExchangeDN: ['/o=A'] },
    },
    rules,
  );
  expect(shown).toEqual([]);
});

// Shows: Reconnection / a wrong pair is refused with the reason (none)
test.each<
  [string, Partial<NonNullable<PairFacts['object']>> | null, Partial<NonNullable<PairFacts['identity']>> | null]
>([
  ['there is no such source object', null, {}],
  ['there is no such managed object of this customer', {}, null],
  ['they belong together already', {}, { hasIt: true }],
  ['the identity has no managed object any more: there is nothing to reconnect', {}, { managedGuid: null }],
  ['the source object is a contact, the managed object a user', { kind: 'contact' }, {}],
  [
    `the source object has a managed object of its own, ${guid(5)}; have that removed first`,
    { ownManaged: guid(5) },
    {},
  ],
])('%s', (reason, object, identity) => {
  const right = { kind: 'user', ownManaged: null };
  const pair = { kind: 'user', managedGuid: guid(3), hasIt: false };
  expect(pairFault({ object: right, identity: pair })).toBeNull();
  expect(
    pairFault({
      object: object === null ? null : { ...right, ...object },
      identity: identity === null ? null : { ...pair, ...identity },
    }),
  ).toBe(reason);
});

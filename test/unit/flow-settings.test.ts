import { attribute } from '../../rules/attributes.ts';
import { flowSchema } from '../../rules/flow-settings.ts';
import { defaultTargets } from '../../rules/flow-table.ts';
import { flowTargets, targetFault } from '../../rules/flow-targets.ts';
import type { ObjectKind } from '../../rules/objects.ts';

const kinds: readonly ObjectKind[] = ['user', 'contact', 'group'];

/** What is said of settings of users, by place. */
function problems(user: object, kind: ObjectKind = 'user'): Record<string, string> {
  const parsed = flowSchema.safeParse({ [kind]: user });
  return Object.fromEntries((parsed.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message]));
}

test('settings that say nothing are the default table', () => {
  const nothing = { drop: [], clear: [], rules: [] };
  expect(flowSchema.parse({})).toEqual({ user: nothing, contact: nothing, group: nothing });
});

test('rules, dropped and cleared attributes of allowed targets are accepted', () => {
  expect(
    problems({
      drop: ['pager', 'manager'],
      clear: ['info', 'authOrig'],
      rules: [
        { target: 'displayName', expression: 'value.sn + ", " + value.givenName' },
        { target: 'displayName', from: 'displayName' },
        { target: 'extensionAttribute15', from: 'employeeID' },
        { target: 'otherTelephone', from: 'telephoneNumber' },
        { target: 'thumbnailPhoto', from: 'thumbnailLogo' },
        { target: 'countryCode', expression: '276' },
        { target: 'msExchHideFromAddressLists', expression: 'value.info.contains("hide")' },
        { target: 'proxyAddresses', expression: 'values.proxyAddresses.filter(v, !v.startsWith("sip:"))' },
        { target: 'publicDelegates', from: 'unauthOrig' },
      ],
    }),
  ).toEqual({});
});

// Shows: Flow / security-bearing targets are refused, with their place and the reason (none)
test.each([
  'userAccountControl',
  'sIDHistory',
  'servicePrincipalName',
  'altSecurityIdentities',
  'msDS-KeyCredentialLink',
  'msDS-AllowedToActOnBehalfOfOtherIdentity',
  'msDS-AllowedToDelegateTo',
  'adminCount',
  'nTSecurityDescriptor',
  'msExchMasterAccountSid',
  'objectSid',
  'unicodePwd',
  'userPrincipalName',
  'primaryGroupID',
  'userCertificate',
  'USERACCOUNTCONTROL',
])('%s may not be a target: it bears on security', (target) => {
  expect(
    problems({
      rules: [
        { target: 'title', from: 'title' },
        { target, from: 'title' },
      ],
    }),
  ).toEqual({
    'user.rules.1.target': expect.stringContaining('security') as unknown,
  });
  expect(problems({ clear: [target] })).toEqual({ 'user.clear.0': expect.stringContaining('security') as unknown });
});

// Shows: Flow / one owner per attribute: targets of the services are refused (none)
test.each([
  'homeMDB',
  'msExchMailboxGuid',
  'msExchImmutableId',
  'msExchRecipientTypeDetails',
  'mDBStorageQuota',
  'msRTCSIP-UserEnabled',
  'showInAddressBook',
  'targetAddress',
])('%s of a user may not be a target: it belongs to the services', (target) => {
  expect(problems({ rules: [{ target, expression: '"x"' }] })).toEqual({
    'user.rules.0.target': expect.stringContaining('belongs to the services') as unknown,
  });
});

test.each(['cn', 'sAMAccountName', 'groupType', 'legacyExchangeDN', 'objectGUID'])(
  '%s may not be a target: it is given when the object is made',
  (target) => {
    expect(targetFault(target, 'group')).toContain('given by the product');
  },
);

// Shows: Flow / targets come from a list of allowed attributes (none)
test('what is on no list may not be a target', () => {
  expect(targetFault('adminDescription', 'user')).toContain('not on the list');
  expect(targetFault('nonsense', 'user')).toContain('not on the list');
  expect(targetFault('Title', 'user')).toContain('is spelled title');
  expect(targetFault('givenName', 'group')).toContain('a group of the managed forest can not hold givenName');
  for (const known of ['primaryGroupID', 'msDS-SourceObjectDN', 'uidNumber', 'seeAlso', 'altRecipient'])
    expect(targetFault(known, 'user')).not.toBeNull();
});

test.each(kinds)('every target of a %s is known as it is spelled, and the default table is among them', (kind) => {
  for (const { name, limit } of flowTargets) {
    expect(attribute(name)?.name).toBe(name);
    expect(limit === null || limit > 0).toBe(true);
  }
  for (const name of defaultTargets(kind)) expect([name, targetFault(name, kind)]).toEqual([name, null]);
});

// Shows: Flow / the syntax of source and target must fit (none)
test.each([
  [{ target: 'title', from: 'countryCode' }, 'from', 'countryCode holds a whole number, and title text'],
  [{ target: 'title', from: 'thumbnailPhoto' }, 'from', 'thumbnailPhoto holds octets'],
  [{ target: 'title', from: 'otherTelephone' }, 'from', 'can have several values in no certain order'],
  [{ target: 'title', from: 'manager' }, 'from', 'refers to other objects'],
  [{ target: 'title', from: 'objectSid' }, 'from', 'objectSid holds a security identifier'],
  [{ target: 'url', from: 'objectClass' }, 'from', 'objectClass can not be looked at'],
  [{ target: 'title', from: 'Department' }, 'from', 'is spelled department'],
  [{ target: 'title', from: 'nonsense' }, 'from', 'is not known'],
  [{ target: 'manager', from: 'title' }, 'from', 'manager is a reference'],
  [{ target: 'manager', from: 'authOrig' }, 'from', 'can have several values'],
  [{ target: 'manager', from: 'homeMDB' }, 'from', 'manager is a reference'],
  [{ target: 'title', expression: '1' }, 'expression', 'gives a whole number, and title takes a text'],
  [{ target: 'title', expression: 'values.url' }, 'expression', 'gives a list of texts, and title takes a text'],
  [{ target: 'countryCode', expression: '"276"' }, 'expression', 'gives a text, and countryCode takes a whole number'],
  [{ target: 'hideDLMembership', expression: '"x"' }, 'expression', 'takes true or false'],
  [{ target: 'url', expression: 'true' }, 'expression', 'takes a text or a list of texts'],
  [{ target: 'thumbnailPhoto', expression: '"x"' }, 'expression', 'which no expression makes'],
  [{ target: 'manager', expression: 'dn' }, 'expression', 'which no expression makes'],
  [{ target: 'title', expression: 'value.sn +' }, 'expression', 'character 11: Unexpected token'],
  [{ target: 'title', expression: 'value.nonsense' }, 'expression', 'the attribute nonsense is not known'],
  [{ target: 'title', from: 'title', expression: '"x"' }, 'target', 'exactly one of from and expression'],
  [{ target: 'title' }, 'target', 'exactly one of from and expression'],
])('%j is refused at its %s: %s', (rule, place, message) => {
  expect(problems({ rules: [rule] })).toEqual({
    [`user.rules.0.${place}`]: expect.stringContaining(message) as unknown,
  });
});

test.each([
  [{ drop: ['thumbnailLogo'] }, 'user.drop.0', 'does not flow to a user by the default table'],
  [{ drop: ['mail'] }, 'user.drop.0', 'can be transformed by a rule but not left out'],
  [{ clear: ['proxyAddresses'] }, 'user.clear.0', 'can be transformed by a rule but not left out'],
  [{ drop: ['title'], rules: [{ target: 'title', from: 'title' }] }, 'user.drop.0', 'title has rules too'],
  [{ clear: ['title'], rules: [{ target: 'title', from: 'title' }] }, 'user.clear.0', 'title has rules too'],
  [{ clear: ['title'], drop: ['title'] }, 'user.clear.0', 'title is dropped too'],
  [
    {
      rules: [
        { target: 'authOrig', from: 'authOrig' },
        { target: 'authOrig', from: 'unauthOrig' },
      ],
    },
    'user.rules.1.target',
    'a reference, which has one rule only',
  ],
])('%j is refused', (settings, place, message) => {
  expect(problems(settings)).toEqual({ [place]: expect.stringContaining(message) as unknown });
});

test('a contact’s targetAddress may be transformed, a group’s members may be dropped', () => {
  expect(problems({ rules: [{ target: 'targetAddress', expression: '"SMTP:" + value.mail' }] }, 'contact')).toEqual({});
  expect(problems({ drop: ['targetAddress'] }, 'contact')).not.toEqual({});
  expect(problems({ drop: ['member'] }, 'group')).toEqual({});
});

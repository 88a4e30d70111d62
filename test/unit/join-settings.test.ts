import { configurationSchema } from '../../rules/configuration.ts';
import { joinSchema } from '../../rules/join-settings.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

/** What is said of rules, by place. */
function problems(...rules: readonly object[]): Record<string, string> {
  const parsed = joinSchema.safeParse({ rules });
  return Object.fromEntries((parsed.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message]));
}

// Shows: Join / without a word in the configuration only our anchor and msExchMasterAccountSid join (none)
test('settings that say nothing join by the SID of the mailbox, within managed.ou, and keep managed-only members', () => {
  expect(joinSchema.parse({})).toEqual({
    rules: [{ by: 'masterAccountSid', mode: 'auto' }],
    containers: [],
    managedOnlyMembers: 'keep',
  });
});

test('a named attribute pair joins by itself or by review', () => {
  expect(
    problems(
      { by: 'attributes', source: 'employeeID', managed: 'employeeID', mode: 'auto' },
      { by: 'attributes', source: 'objectGUID', managed: 'msExchImmutableId', mode: 'auto' },
      { by: 'attributes', source: 'mS-DS-ConsistencyGuid', managed: 'adminDescription', mode: 'review' },
      { by: 'attributes', source: 'mail', managed: 'extensionAttribute15', mode: 'review' },
      { by: 'addresses', mode: 'review' },
    ),
  ).toEqual({});
});

// Shows: Join / proxyAddresses and mail by themselves are refused when the configuration is read (none)
test.each([
  [{ by: 'addresses', mode: 'auto' }, '0.mode', /planted/],
  [{ by: 'attributes', source: 'mail', managed: 'info', mode: 'auto' }, '0.source', /planted/],
  [{ by: 'attributes', source: 'info', managed: 'proxyAddresses', mode: 'auto' }, '0.managed', /planted/],
  [{ by: 'attributes', source: 'employeeId', managed: 'info', mode: 'auto' }, '0.source', /is spelled employeeID/],
  [{ by: 'attributes', source: 'nothing', managed: 'info', mode: 'auto' }, '0.source', /is not known/],
  [{ by: 'attributes', source: 'manager', managed: 'info', mode: 'auto' }, '0.source', /can not be joined by manager/],
  [{ by: 'attributes', source: 'info', managed: 'objectGUID', mode: 'auto' }, '0.managed', /can not be joined/],
])('%j is refused with its place', (rule, place, message) => {
  expect(problems(rule)).toEqual({ [`rules.${place}`]: expect.stringMatching(message) as string });
});

test('a container outside the managed naming context is refused', () => {
  const sample = sampleConfiguration();
  const result = configurationSchema.safeParse({
    ...sample,
    join: { ...sample.join, containers: ['OU=Old,DC=elsewhere,DC=test'] },
  });
  expect(result.error?.issues.map((issue) => issue.path.join('.'))).toEqual(['join.containers.0']);
});

import { configurationSchema } from '../../rules/configuration.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

/** What is wrong with the sample's configuration when it is changed like this. */
function faults(change: Readonly<Record<string, unknown>>): string[] {
  const result = configurationSchema.safeParse({ ...sampleConfiguration(), ...change });
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

const rule = (attribute: string, more: object = {}): Readonly<Record<string, unknown>> => ({
  reconnection: { rules: [{ by: 'attribute', attribute, ...more }] },
});

test('only sIDHistory is followed by itself when nothing is configured', () => {
  const { reconnection: _, ...sample } = sampleConfiguration();
  const { rules } = configurationSchema.parse(sample).reconnection;
  expect(rules.filter(({ mode }) => mode === 'auto').map(({ by }) => by)).toEqual(['sidHistory']);
  expect(rules.map(({ by }) => by)).toEqual([
    ...['sidHistory', 'consistencyGuid', 'legacyExchangeDn', 'primarySmtp', 'userPrincipalName'],
  ]);
});

// Shows: Reconnection / an attribute that users may write themselves is refused as evidence unless that is said in so many words (none)
test.each(['telephoneNumber', 'msDS-cloudExtensionAttribute1', 'info', 'wWWHomePage'])(
  '%s, which users may write themselves, is no evidence unless that is said',
  (attribute) => {
    expect(faults(rule(attribute))).toEqual([
      `reconnection.rules.0.attribute: every user may write ${attribute} on the own account, and so decide about a mailbox; if that is meant, say \`usersMayWriteIt: true\``,
    ]);
    expect(faults(rule(attribute, { usersMayWriteIt: true }))).toEqual([]);
    expect(faults(rule('employeeID'))).toEqual([]);
  },
);

// Shows: Reconnection / an attribute that users may write themselves is refused as provisioning attribute unless that is said (none)
test('the provisioning value may not be what users write themselves, unless that is said', () => {
  const { services } = sampleConfiguration();
  const attribute = 'msDS-cloudExtensionAttribute1';
  expect(faults({ services: { ...services, attribute } })).toEqual([
    `services.usersMayWrite: every user may write ${attribute} on the own account, and so decide about a mailbox; if that is meant, say \`usersMayWrite: [${attribute}]\``,
  ]);
  expect(faults({ services: { ...services, attribute, usersMayWrite: [attribute] } })).toEqual([]);
});

test('an attribute that is unknown, misspelled or names nobody is refused', () => {
  expect(faults(rule('favouriteColour'))).toEqual([
    'reconnection.rules.0.attribute: the attribute favouriteColour is not known',
  ]);
  expect(faults(rule('employeeid'))).toEqual([
    'reconnection.rules.0.attribute: the attribute employeeid is spelled employeeID',
  ]);
  expect(faults(rule('manager'))).toEqual(['reconnection.rules.0.attribute: nobody is known by manager']);
});

import { configurationSchema } from '../../rules/configuration.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

function problems(validation: object): string[] {
  const result = configurationSchema.safeParse({ ...sampleConfiguration(), validation });
  return (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

test('by default a new user may have a mailbox, and what IdFix never enforced is not asked for', () => {
  const { validation } = configurationSchema.parse({ ...sampleConfiguration(), validation: undefined });
  expect(validation).toEqual({ newHire: true, mailIsPrimary: false, targetIsMail: false });
});

test.each([
  [{ newHire: false }, ['validation.routingDomain: is needed where newHire is false']],
  [{ newHire: false, routingDomain: 'mgd.contoso.test' }, []],
  [
    { routingDomain: '@mgd.contoso.test' },
    ['validation.routingDomain: a DNS domain in lower case, such as mgd.contoso.com'],
  ],
  [
    { newHire: false, routingDomain: 'mgd.contoso.test', targetIsMail: true },
    [
      'validation.targetIsMail: contradicts newHire: false, where the targetAddress of a hosted mailbox is not its mail',
    ],
  ],
])('%j: %j', (validation, expected) => {
  expect(problems(validation)).toEqual(expected);
});

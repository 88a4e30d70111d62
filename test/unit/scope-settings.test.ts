import { configurationSchema } from '../../rules/configuration.ts';
import { compileScope } from '../../rules/scope.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';

/** Where and why the sample is refused with this added to the scope of its forest. */
function problems(scope: object): string[] {
  const sample = sampleConfiguration();
  const result = configurationSchema.safeParse({
    ...sample,
    forests: sample.forests.map((forest) => ({ ...forest, scope: { ...forest.scope, ...scope } })),
  });
  return (result.error?.issues ?? []).map(
    (issue) => `${issue.path.join('.').replace('forests.0.scope.', '')}: ${issue.message}`,
  );
}

test.each([
  [{ filter: '(&(objectCategory=person)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))' }],
  [{ filter: '(&\n  (mail=*)\n  (employeeType=internal)\n)' }],
  [{ require: [{ attribute: 'employeeType', oneOf: ['internal', 'trainee'] }] }],
  [{ reject: [{ attribute: 'extensionAttribute5', equals: 'NoSync', kinds: ['user', 'contact'] }] }],
  [{ reject: [{ attribute: 'homeMDB', absent: true }] }],
  [{ smtp: { include: ['contoso.test', 'Info@Contoso.example'] } }],
  [{ smtp: { include: ['contoso.test'], outside: 'out of scope' } }],
])('%j is fine, and can be used', (scope) => {
  expect(problems(scope)).toEqual([]);
  const [forest] = sampleConfiguration().forests;
  expect(() =>
    compileScope(configurationSchema.shape.forests.element.shape.scope.parse({ ...forest?.scope, ...scope })),
  ).not.toThrow();
});

// Shows: Scope / a bad filter is refused when the configuration is read, with its place (none)
test.each([
  [{ filter: '(mail=*' }, 'filter: at character 8: ")" is expected, but the filter ends'],
  [{ filter: '(&(mail=*)(colour=red))' }, 'filter: at character 12: the attribute colour is not known'],
  [{ require: [{ attribute: 'colour', present: true }] }, 'require.0.attribute: the attribute colour is not known'],
  [{ require: [{ attribute: 'Title', present: true }] }, 'require.0.attribute: Title is spelled title'],
  [{ require: [{ attribute: 'memberOf', present: true }] }, 'require.0.attribute: memberOf refers to other objects'],
  [{ reject: [{ attribute: 'title' }] }, 'reject.0: give exactly one of'],
  [{ reject: [{ attribute: 'title', equals: 'x', absent: true }] }, 'reject.0: give exactly one of'],
  [{ reject: [{ attribute: 'userAccountControl', equals: 'off' }] }, 'reject.0: a whole number is expected'],
  [{ reject: [{ attribute: 'title', equals: '' }] }, 'reject.0.equals: '],
  [{ reject: [{ attribute: 'title', present: false }] }, 'reject.0.present: '],
  [{ smtp: { include: [] } }, 'smtp.include: '],
  [{ smtp: { include: ['contoso'] } }, 'smtp.include.0: an SMTP address, or a domain'],
  [{ smtp: { include: ['ann@'] } }, 'smtp.include.0: an SMTP address, or a domain'],
  [{ smtp: { include: ['contoso.test', 'fabrikam.test'] } }, "smtp.include.1: is in none of the customer's domains"],
  [{ smtp: { include: ['ann@fabrikam.test'] } }, "smtp.include.0: is in none of the customer's domains"],
])('%j is refused: %s', (scope, problem) => {
  const found = problems(scope);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(problem);
});

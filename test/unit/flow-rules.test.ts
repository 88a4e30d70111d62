import { attributeChange } from '../../rules/change.ts';
import { flowSchema } from '../../rules/flow-settings.ts';
import {
  compileFlow,
  flowOf,
  flowOwned,
  ownedAttributes,
  referenceRules,
  referenceSources,
  referencesOf,
  rulesFor,
  sourceAttributes,
  type Flow,
} from '../../rules/flow.ts';
import { flowObject, type Flowed } from '../../rules/flow-object.ts';
import type { SourceObject } from '../../rules/objects.ts';
import { sampleConfiguration } from '../support/sample-configuration.ts';
import { goodObject, image } from '../support/source-object.ts';

function flowWith(settings: object): Flow {
  return compileFlow('contoso', flowSchema.parse(settings));
}

function flowed(user: object, object: SourceObject): Flowed {
  return flowObject(flowWith({ [object.kind]: user }), object);
}

// Shows: Flow / a customer's configuration transforms values (none)
test('an expression takes the place of the default table for its target', () => {
  const rules = [{ target: 'displayName', expression: '[value.sn, value.givenName].present().join(", ")' }];
  const { wanted, errors } = flowed({ rules }, goodObject('user', { givenName: 'Ann', sn: 'Doe' }));
  expect(wanted).toMatchObject({ displayName: ['Doe, Ann'], givenName: ['Ann'] });
  expect(errors).toEqual([]);
});

// Shows: Flow / a customer's configuration extends the table (none)
test('an attribute that flows to nobody by default flows by a rule', () => {
  const rules = [{ target: 'msDS-PhoneticDisplayName', from: 'employeeID' }];
  const object = goodObject('user', { employeeID: 'E1' });
  expect(flowed({ rules }, object).wanted['msDS-PhoneticDisplayName']).toEqual(['E1']);
  const flow = flowWith({ user: { rules } });
  expect(flowOwned(flow, 'user')).toContain('msDS-PhoneticDisplayName');
  expect(flowOwned(flow, 'contact')).not.toContain('msDS-PhoneticDisplayName');
  expect(sourceAttributes(flow, ['title'])).toContain('employeeID');
});

// Shows: Flow / a customer's configuration reorders: the first rule that gives a value wins (none)
test.each<[string, Readonly<Record<string, string>>, readonly string[] | undefined]>([
  ['the first', { ipPhone: '1', telephoneNumber: '2' }, ['1']],
  ['the next where the first gives none', { telephoneNumber: '2' }, ['2']],
  ['the last', { mobile: '3' }, ['+3']],
  ['none', {}, undefined],
])('of several rules for a target %s that gives a value wins', (_which, attributes, values) => {
  const rules = [
    { target: 'telephoneNumber', from: 'ipPhone' },
    { target: 'telephoneNumber', from: 'telephoneNumber' },
    { target: 'telephoneNumber', expression: 'value.mobile == "" ? "" : "+" + value.mobile' },
  ];
  expect(flowed({ rules }, goodObject('contact', attributes)).wanted['telephoneNumber']).toEqual(values);
});

// Shows: Flow / a customer's configuration drops attributes, which are no longer owned (none)
test('what is dropped is neither wanted nor owned nor read; what is cleared is owned and wanted empty', () => {
  const flow = flowWith({ user: { drop: ['title', 'manager'], clear: ['department', 'authOrig'] } });
  const object = goodObject('user', { title: 'Engineer', department: 'Sales' });
  const { wanted } = flowObject(flow, object);
  expect(wanted).not.toHaveProperty('title');
  expect(wanted).not.toHaveProperty('department');
  const managed = image({ ...wanted, title: 'Boss', department: 'Sales' });
  expect(attributeChange(flow, 'user', wanted, managed, {})).toEqual({
    before: { department: ['Sales'] },
    after: { department: [] },
  });
  expect(flowOwned(flow, 'contact')).toContain('title');
  expect(referencesOf(flow, 'user')).not.toContain('manager');
  expect(referenceRules(flow)).toContainEqual({ kind: 'user', attribute: 'authOrig', source: null, single: false });
  expect(ownedAttributes(flow)).toEqual(expect.arrayContaining(['title', 'manager', 'authOrig']));
});

test('what the rules look at is read, and nothing else', () => {
  const rules = [
    { target: 'title', from: 'middleName' },
    { target: 'company', expression: 'value.comment + values.carLicense.join("")' },
    { target: 'manager', from: 'manager' },
  ];
  const flow = flowWith({ user: { rules, clear: ['authOrig', 'info'] } });
  expect(sourceAttributes(flow, ['title'])).toEqual(expect.arrayContaining(['middleName', 'comment', 'carLicense']));
  expect(sourceAttributes(compileFlow('contoso'), ['title'])).not.toContain('middleName');
  expect([...referenceSources(flow)].sort()).toEqual(
    ['authOrig', 'dLMemRejectPerms', 'dLMemSubmitPerms', 'managedBy', 'manager', 'member', 'unauthOrig'].sort(),
  );
  expect(flowOwned(flow, 'user')).toEqual(expect.not.arrayContaining(['manager', 'authOrig']));
  expect(referencesOf(flow, 'user')).toEqual(expect.not.arrayContaining(['info', 'title']));
  expect(referenceRules(flow)).toContainEqual({ kind: 'user', attribute: 'manager', source: 'manager', single: true });
});

test('a flow is made once for a configuration', () => {
  const configuration = sampleConfiguration();
  expect(flowOf(configuration)).toBe(flowOf(configuration));
  expect(flowOf(configuration)).not.toBe(flowOf(sampleConfiguration()));
});

test('an attribute whose rules give nothing is absent from the object as it flows', () => {
  const object = goodObject('user', { title: 'Boss' });
  expect(flowed({ clear: ['title'] }, object).object.attributes).not.toHaveProperty('title');
  expect(object.attributes['title']).toEqual(['Boss']);
});

test('a change is recorded with the rules that say so', () => {
  const rules = [
    { target: 'title', from: 'department' },
    { target: 'displayName', expression: 'value.sn' },
    { target: 'title', from: 'title' },
  ];
  const flow = flowWith({ user: { clear: ['info'], rules } });
  expect(rulesFor(flow, 'user', ['mail', 'department'])).toBe('default attribute flow');
  expect(rulesFor(flow, 'contact', ['title'])).toBe('default attribute flow');
  expect(rulesFor(flow, 'user', ['mail', 'title', 'info'])).toBe(
    'attribute flow: info by flow.user.clear, title by flow.user.rules[0] or flow.user.rules[2]',
  );
});

test('an attribute that no kind flows any more is not asked for, unless the rules look at it', () => {
  const all = { drop: ['title', 'displayName'] };
  const names = sourceAttributes(flowWith({ user: all, contact: all, group: { drop: ['displayName'] } }), ['info']);
  expect(names).not.toContain('title');
  expect(names).toContain('displayName');
});

test('a reference can come from another reference', () => {
  const flow = flowWith({ group: { rules: [{ target: 'publicDelegates', from: 'authOrig' }] } });
  expect(referenceRules(flow)).toContainEqual({
    kind: 'group',
    attribute: 'publicDelegates',
    source: 'authOrig',
    single: false,
  });
  expect(referenceSources(flow)).not.toContain('publicDelegates');
});

test('the addresses that flow are those of the transformed attributes', () => {
  const rules = [
    { target: 'mail', expression: 'value.mail.replace("@contoso.test", "@contoso.example")' },
    { target: 'proxyAddresses', expression: 'values.proxyAddresses.filter(v, !v.startsWith("sip:"))' },
  ];
  const object = goodObject('user', { proxyAddresses: ['SMTP:ann@contoso.test', 'sip:ann@contoso.test'] });
  const result = flowed({ rules }, object);
  expect(result.wanted['proxyAddresses']).toEqual(['SMTP:ann@contoso.test', 'smtp:ann@contoso.example']);
  expect(result.object.attributes['mail']).toEqual(['ann@contoso.example']);
});

// Shows: Flow / a failing expression is an error of its object that names the attribute and the rule (none)
test('a rule that fails is an error of the object, and no later rule is asked', () => {
  const rules = [
    { target: 'title', expression: 'value.department.split("|")[1]' },
    { target: 'title', from: 'title' },
  ];
  const good = flowed({ rules }, goodObject('user', { department: 'Sales|North', title: 'Boss' }));
  expect([good.wanted['title'], good.errors]).toEqual([['North'], []]);
  const bad = flowed({ rules }, goodObject('user', { department: 'Sales', title: 'Boss' }));
  expect(bad.wanted['title']).toBeUndefined();
  expect(bad.errors).toEqual([
    {
      code: 'SE701',
      attribute: 'title',
      details: expect.stringMatching(/^flow\.user\.rules\[0\]: .*out of bounds/) as unknown,
    },
  ]);
});

// Shows: Flow / a value that its target can not hold is an error of its object (none)
test.each([
  ['too long', { target: 'initials', from: 'givenName' }, '"Annabel" is longer than the 6 characters'],
  ['too great', { target: 'countryCode', expression: '65536' }, '65536 is not between 0 and 65535'],
  ['negative', { target: 'countryCode', expression: '-1' }, '-1 is not between 0 and 65535'],
  [
    'no 32-bit number',
    { target: 'msDS-HABSeniorityIndex', expression: '2147483648' },
    '2147483648 is not between -2147483648 and 2147483647',
  ],
  ['too many octets', { target: 'thumbnailLogo', from: 'thumbnailPhoto' }, 'longer than the 32767 octets'],
])('a value that is %s for its target is an error', (_what, rule, details) => {
  const photo = Buffer.alloc(32_768).toString('base64');
  const { errors } = flowed({ rules: [rule] }, goodObject('user', { givenName: 'Annabel', thumbnailPhoto: photo }));
  expect(errors).toEqual([
    { code: 'SE702', attribute: rule.target, details: expect.stringContaining(details) as unknown },
  ]);
});

test.each([
  [{ target: 'initials', from: 'givenName' }, 'Annabe'],
  [{ target: 'countryCode', expression: '65535' }, '65535'],
  [{ target: 'countryCode', expression: '0' }, '0'],
  [{ target: 'msDS-HABSeniorityIndex', expression: '-2147483648' }, '-2147483648'],
  [{ target: 'msExchHideFromAddressLists', expression: 'value.sn == ""' }, 'TRUE'],
  [{ target: 'thumbnailLogo', from: 'thumbnailPhoto' }, Buffer.alloc(32_767).toString('base64')],
])('what just fits flows: %j', (rule, value) => {
  const photo = Buffer.alloc(32_767).toString('base64');
  const { wanted, errors } = flowed(
    { rules: [rule] },
    goodObject('user', { givenName: 'Annabe', thumbnailPhoto: photo }),
  );
  expect(errors).toEqual([]);
  expect(wanted[rule.target]).toEqual([value]);
});

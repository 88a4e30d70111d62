import fc from 'fast-check';
import { attribute } from '../../rules/attributes.ts';
import { backLinks } from '../../rules/flow-references.ts';
import { compileFlow, flowOwned, referenceRules, referencesOf, sourceAttributes } from '../../rules/flow.ts';
import type { AttributeImage } from '../../rules/attributes.ts';
import { flowObject } from '../../rules/flow-object.ts';
import type { ObjectKind, SourceObject } from '../../rules/objects.ts';
import { anyKind, goodObject, sourceObject } from '../support/source-object.ts';

const kinds: readonly ObjectKind[] = ['user', 'contact', 'group'];
const flow = compileFlow('contoso');

function wantedAttributes(object: SourceObject): AttributeImage {
  return flowObject(flow, object).wanted;
}

// Shows: Flow / a default table per object kind: users (none)
test('a user becomes a logon-disabled account with the address book’s attributes', () => {
  const object = goodObject('user', {
    givenName: 'Ann',
    otherTelephone: ['1', '2'],
    userAccountControl: '66048',
    targetAddress: 'SMTP:ann@mgd.contoso.test',
    sAMAccountName: 'ann',
    homeMDB: 'CN=DB',
  });
  expect(wantedAttributes(object)).toEqual({
    displayName: ['Ann'],
    mail: ['ann@contoso.test'],
    mailNickname: ['ann'],
    givenName: ['Ann'],
    otherTelephone: ['1', '2'],
    proxyAddresses: ['SMTP:ann@contoso.test'],
    userAccountControl: ['514'],
  });
});

// Shows: Flow / a default table per object kind: contacts (none)
test('a contact keeps its target address, and is no account', () => {
  expect(wantedAttributes(goodObject('contact'))).toEqual({
    displayName: ['Ann'],
    mail: ['ann@partner.example'],
    mailNickname: ['ann'],
    targetAddress: ['SMTP:ann@partner.example'],
    proxyAddresses: ['SMTP:ann@partner.example'],
  });
});

test.each([
  ['a universal distribution group', '8', '8'],
  ['a global distribution group', '2', '8'],
  ['a domain local distribution group', '4', '8'],
  ['a universal security group', '-2147483640', '-2147483640'],
  ['a global security group', '-2147483646', '-2147483640'],
  ['a domain local security group', '-2147483644', '-2147483640'],
  ['a group of unknown type', undefined, '8'],
])('%s becomes a universal one of the same purpose', (_what, groupType, wanted) => {
  expect(wantedAttributes(goodObject('group', { groupType, description: 'x', title: 'none of a group’s' }))).toEqual({
    displayName: ['Ann'],
    mail: ['ann@contoso.test'],
    mailNickname: ['ann'],
    proxyAddresses: ['SMTP:ann@contoso.test'],
    description: ['x'],
    groupType: [wanted],
  });
});

test('only what flow owns is wanted, and never an attribute without values', () => {
  const names = kinds
    .flatMap((kind) => [...flowOwned(flow, kind), ...referencesOf(flow, kind)])
    .concat('homeMDB', 'objectSid', 'cn');
  const attributes = fc.dictionary(fc.constantFrom(...names), fc.array(fc.constantFrom('1', '2'), { maxLength: 2 }));
  fc.assert(
    fc.property(anyKind, attributes, (kind, some) => {
      for (const [name, values] of Object.entries(wantedAttributes(sourceObject(kind, some)))) {
        expect(flowOwned(flow, kind)).toContain(name);
        expect(values.length).toBeGreaterThan(0);
      }
    }),
  );
});

test.each(kinds)('the attributes of a %s are known, each named once, and no reference among them', (kind) => {
  const names = flowOwned(flow, kind);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(attribute(name)).toMatchObject({ name, link: false });
  for (const name of referencesOf(flow, kind)) expect(attribute(name)).toMatchObject({ name, link: true });
});

test('references are a person’s manager, a group’s members and owner, and who may send to it', () => {
  const restrictions = ['authOrig', 'unauthOrig', 'dLMemSubmitPerms', 'dLMemRejectPerms'];
  expect(referencesOf(flow, 'user')).toEqual(['manager', ...restrictions]);
  expect(referencesOf(flow, 'contact')).toEqual(['manager', ...restrictions]);
  expect(referencesOf(flow, 'group')).toEqual(['member', 'managedBy', ...restrictions]);
});

test('every reference is known from its other end too', () => {
  for (const { source } of referenceRules(flow)) expect(Object.values(backLinks)).toContain(source);
  for (const name of Object.keys(backLinks)) expect(attribute(name)).toMatchObject({ name, link: true, multi: true });
});

test('a read asks for all that the rules look at, once, and for nothing that is unknown', () => {
  const names = sourceAttributes(flow, ['extensionAttribute9']);
  expect(new Set(names).size).toBe(names.length);
  for (const kind of kinds) for (const name of flowOwned(flow, kind)) expect(names).toContain(name);
  for (const name of ['objectSid', 'isCriticalSystemObject', 'legacyExchangeDN', 'targetAddress', 'parentGUID'])
    expect(names).toContain(name);
  for (const name of names) expect(attribute(name)?.name).toBe(name);
  expect(sourceAttributes(flow, ['employeeID'])).toContain('employeeID');
  expect(sourceAttributes(flow, ['adminDescription'])).toContain('adminDescription');
});

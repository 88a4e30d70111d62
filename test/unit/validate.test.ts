import fc from 'fast-check';
import { errorCatalogue } from '../../rules/error-catalogue.ts';
import type { ObjectKind } from '../../rules/objects.ts';
import { validate } from '../../rules/validate.ts';
import { anyKind, anyText, goodObject, sourceObject, validation, type Attributes } from '../support/source-object.ts';

const kinds: readonly ObjectKind[] = ['user', 'contact', 'group'];

/** What is found on a good object with these attributes changed: code, attribute and details. */
function found(kind: ObjectKind, attributes: Attributes): string[] {
  return validate(goodObject(kind, attributes), validation).map((error) => `${error.code} ${error.attribute}`);
}
function details(kind: ObjectKind, attributes: Attributes): string {
  return validate(goodObject(kind, attributes), validation)
    .map((error) => error.details)
    .join('\n');
}

test.each(kinds)('nothing is wrong with a good %s', (kind) => {
  expect(found(kind, {})).toEqual([]);
});

describe('mail', () => {
  test.each([
    ['without @', 'ann.contoso.test'],
    ['with a space', 'ann doe@contoso.test'],
    ['with a no-break space at the end', 'ann@contoso.test\u00a0'],
    ['with two periods in a row', 'ann..doe@contoso.test'],
    ['with an umlaut', 'änn@contoso.test'],
    ['longer than 256 characters', `${'a'.repeat(244)}@contoso.test`],
  ])('%s is malformed', (_what, mail) => {
    for (const kind of kinds) expect(found(kind, { mail })).toEqual(['SE101 mail']);
  });

  test('of 256 characters is fine', () => {
    const mail = `${'a'.repeat(243)}@contoso.test`;
    expect(mail).toHaveLength(256);
    expect(found('user', { mail })).toEqual([]);
  });

  test('outside the customer’s domains is refused for users and groups, and the domain is named', () => {
    const mail = 'ann@Gmail.example';
    expect(found('user', { mail })).toEqual(['SE102 mail']);
    expect(found('group', { mail })).toEqual(['SE102 mail']);
    expect(details('user', { mail })).toContain('gmail.example');
    expect(found('contact', { mail })).toEqual([]);
  });

  test('of a subdomain that is not configured is outside', () => {
    expect(found('user', { mail: 'ann@eu.contoso.test' })).toEqual(['SE102 mail']);
  });

  test('equal to a secondary address while another is primary is no error', () => {
    const proxyAddresses = ['SMTP:ann.doe@contoso.test', 'smtp:ann@contoso.test'];
    expect(found('user', { mail: 'ann@contoso.test', proxyAddresses })).toEqual([]);
  });

  test('is not asked of a contact that has a target address', () => {
    expect(found('contact', { mail: undefined })).toEqual([]);
  });
});

describe('mailNickname', () => {
  test('is asked of users and contacts, not of groups', () => {
    expect(found('user', { mailNickname: undefined })).toEqual(['SE201 mailNickname']);
    expect(found('contact', { mailNickname: undefined })).toEqual(['SE201 mailNickname']);
    expect(found('group', { mailNickname: undefined })).toEqual([]);
  });

  test.each(Array.from('\\!#$%&*+/=?^`{}|~<>()\';:,[]"@ \t\n\u00a0\u0085\u2003\u3000'))(
    'must not hold "%s"',
    (character) => {
      for (const kind of kinds)
        expect(found(kind, { mailNickname: `an${character}n` })).toEqual(['SE202 mailNickname']);
    },
  );

  test('a period at an end and two in a row are told', () => {
    expect(details('user', { mailNickname: 'ann.' })).toBe('mailNickname is "ann.": it begins or ends with a period');
    expect(details('user', { mailNickname: 'a..b' })).toBe('mailNickname is "a..b": it has two periods in a row');
  });

  test('the character that is at fault is told, even one that nobody can see', () => {
    expect(details('user', { mailNickname: 'ann#doe' })).toBe('mailNickname is "ann#doe": it holds "#"');
    expect(details('user', { mailNickname: 'ann\u00a0doe' })).toContain('it holds "<U+00A0>"');
  });

  test.each(['.ann', 'ann.', '.', 'ann..doe', 'a'.repeat(65)])('must not be "%s"', (mailNickname) => {
    expect(found('user', { mailNickname })).toEqual(['SE202 mailNickname']);
  });

  test.each(['ann.doe', 'ann-doe_2', 'änn.Łukasz', '東京', 'a'.repeat(64)])('may be "%s"', (mailNickname) => {
    expect(found('user', { mailNickname })).toEqual([]);
  });
});

describe('proxyAddresses', () => {
  test.each([
    ['without a type', 'ann@contoso.test'],
    ['with a malformed SMTP address', 'smtp:ann'],
    ['with white space after the type', 'smtp: ann@contoso.test'],
    ['with white space before the type', ' smtp:ann@contoso.test'],
    ['with a second colon in an SMTP address', 'smtp:smtp:ann@contoso.test'],
    ['with a malformed SIP address', 'sip:ann'],
    ['longer than 256 characters', `x500:/o=${'x'.repeat(249)}`],
  ])('a value %s is malformed', (_what, value) => {
    for (const kind of kinds)
      expect(found(kind, { proxyAddresses: ['SMTP:ann@contoso.test', value] })).toEqual(['SE301 proxyAddresses']);
  });

  test.each([
    'x500:/o=Old/ou=EU/cn=Recipients/cn=ann: the first',
    `x500:/o=${'x'.repeat(248)}`,
    'X400:c=DE;a= ;p=Contoso;o=Exchange;s=Doe;g=Ann;dda:x=y;',
    'EUM:1234;phone-context=eu.contoso.test',
    'NOTES:Ann Doe/Contoso@Contoso',
    'smtp:ann@CONTOSO.EXAMPLE',
    'sip:ann@contoso.test',
  ])('%s is fine', (value) => {
    expect(found('user', { proxyAddresses: ['SMTP:ann@contoso.test', value] })).toEqual([]);
  });

  test('outside the customer’s domains are refused for users and groups, for contacts they are the point', () => {
    for (const value of ['smtp:ann@gmail.example', 'sip:ann@gmail.example']) {
      expect(found('user', { proxyAddresses: [value] })).toEqual(['SE102 proxyAddresses']);
      expect(found('group', { proxyAddresses: [value] })).toEqual(['SE102 proxyAddresses']);
      expect(found('contact', { proxyAddresses: [value] })).toEqual([]);
    }
  });

  test('all bad values are in one error, so that they can be corrected at once', () => {
    const proxyAddresses = ['SMTP:ann@contoso.test', 'smtp:one', 'smtp:two', 'smtp:a@x.example', 'smtp:b@y.example'];
    expect(found('user', { proxyAddresses })).toEqual(['SE301 proxyAddresses', 'SE102 proxyAddresses']);
    expect(details('user', { proxyAddresses })).toBe(
      [
        'not a valid proxy address: "smtp:one" and "smtp:two"',
        'not in a domain of the customer: "smtp:a@x.example" and "smtp:b@y.example"',
      ].join('\n'),
    );
  });

  test('two primary SMTP addresses are one too many; primaries of other types do not count', () => {
    const own = 'SMTP:ann@contoso.test';
    expect(found('user', { proxyAddresses: [own, 'SMTP:a@contoso.test'] })).toEqual(['SE302 proxyAddresses']);
    expect(
      found('user', { proxyAddresses: [own, 'SIP:ann@contoso.test', 'X500:/o=a', 'smtp:a@contoso.test'] }),
    ).toEqual([]);
  });
});

describe('displayName', () => {
  test('is asked of groups only', () => {
    expect(found('group', { displayName: undefined })).toEqual(['SE402 displayName']);
    expect(found('user', { displayName: undefined })).toEqual([]);
    expect(found('contact', { displayName: undefined })).toEqual([]);
  });

  test.each(['Ann ', ' Ann', '\u00a0Ann', 'Ann\u3000', 'Ann\n', ' ', 'x'.repeat(257)])(
    'must not be "%s"',
    (displayName) => {
      for (const kind of kinds) expect(found(kind, { displayName })).toEqual(['SE401 displayName']);
    },
  );

  test.each(['Doe, Ann', 'Ann "the boss" Doe', '🚀', 'x'.repeat(256)])('may be "%s"', (displayName) => {
    expect(found('group', { displayName })).toEqual([]);
  });
});

describe('targetAddress', () => {
  test('is asked of contacts', () => {
    expect(found('contact', { targetAddress: undefined })).toEqual(['SE501 targetAddress']);
    expect(found('user', { targetAddress: undefined })).toEqual([]);
  });

  test.each(['ann@partner.example', 'SMTP:ann', 'SMTP:ann doe@partner.example', `X400:${'x'.repeat(252)}`])(
    'must not be "%s"',
    (targetAddress) => {
      for (const kind of kinds) expect(found(kind, { targetAddress })).toEqual(['SE501 targetAddress']);
    },
  );

  test.each([
    'SMTP:ann@partner.example',
    'smtp:ann@partner.example',
    'X400:c=DE;a= ;p=Partner;s=Doe;',
    `X400:${'x'.repeat(251)}`,
    'NOTES:Ann Doe/P@P',
  ])('may be "%s"', (targetAddress) => {
    for (const kind of kinds) expect(found(kind, { targetAddress })).toEqual([]);
  });
});

test('an object with several mistakes gets all its errors at once', () => {
  const object = sourceObject('contact', { mail: 'x', mailNickname: 'a b', displayName: ' x' });
  expect(validate(object, validation).map(({ code }) => code)).toEqual(['SE101', 'SE202', 'SE401', 'SE501']);
});

test('whatever an object holds, a code comes once for an attribute, fits the kind, and its details can be stored', () => {
  const value = fc.oneof(
    anyText(70),
    fc.constantFrom(
      'SMTP:a@contoso.test',
      'smtp:b@x.example',
      'SMTP:c@x.example',
      'a\0b',
      '.x',
      'sip:q',
      'ü'.repeat(300),
    ),
  );
  const values = fc.array(value, { maxLength: 12 });
  const attributes = fc.record({
    mail: fc.option(value, { nil: undefined }),
    mailNickname: fc.option(value, { nil: undefined }),
    displayName: fc.option(value, { nil: undefined }),
    targetAddress: fc.option(value, { nil: undefined }),
    proxyAddresses: values,
  });
  fc.assert(
    fc.property(anyKind, attributes, (kind, some) => {
      const errors = validate(sourceObject(kind, some), validation);
      const keys = errors.map(({ code, attribute }) => `${code} ${attribute}`);
      expect(new Set(keys).size).toBe(keys.length);
      for (const error of errors) {
        expect(errorCatalogue[error.code].kinds).toContain(kind);
        expect(error.details).not.toMatch(/\p{Cc}/u);
        expect(error.details.length).toBeLessThan(1000);
      }
    }),
  );
});

import fc from 'fast-check';
import {
  addressFault,
  claimsOf,
  isPrimarySmtp,
  parseProxyAddress,
  smtpDomain,
  wantedProxyAddresses,
} from '../../rules/addresses.ts';
import { goodObject, ownDomains, sourceObject } from '../support/source-object.ts';

describe('a value of proxyAddresses', () => {
  test.each([
    ['SMTP:Ann@Contoso.test', 'smtp', true, 'Ann@Contoso.test'],
    ['smtp:ann@contoso.test', 'smtp', false, 'ann@contoso.test'],
    ['Smtp:ann@contoso.test', 'smtp', false, 'ann@contoso.test'],
    ['sip:ann@contoso.test', 'sip', false, 'ann@contoso.test'],
    ['X500:/o=Old/ou=EU/cn=Recipients/cn=ann:1', 'x500', true, '/o=Old/ou=EU/cn=Recipients/cn=ann:1'],
    ['x400:c=DE;a= ;p=Contoso;s=Doe;dda:x=y;', 'x400', false, 'c=DE;a= ;p=Contoso;s=Doe;dda:x=y;'],
    ['X.400:c=DE;a= ;', 'x.400', true, 'c=DE;a= ;'],
    ['EUM:1234;phone-context=eu.contoso.test', 'eum', true, '1234;phone-context=eu.contoso.test'],
  ])('%s is taken apart', (value, type, primary, address) => {
    expect(parseProxyAddress(value)).toEqual({ type, primary, address });
  });

  test.each(['ann@contoso.test', ':ann@contoso.test', 'SMTP:', ' SMTP:ann@contoso.test', 'SM TP:a@b.de', '1:x', ''])(
    '"%s" has no type or no address',
    (value) => {
      expect(parseProxyAddress(value)).toBeNull();
    },
  );
});

describe('the domain of an SMTP address', () => {
  test.each([
    ['ann@contoso.test', 'contoso.test'],
    ['Ann.Mary@CONTOSO.Test', 'contoso.test'],
    ["sean.o'brien+news@eu.contoso.test", 'eu.contoso.test'],
    ['!#$%&*/=?^_`{|}~-@x.de', 'x.de'],
    ['a@b-c.co', 'b-c.co'],
    ['a9@9-9.example', '9-9.example'],
    [`a@b.${'t'.repeat(63)}`, `b.${'t'.repeat(63)}`],
    ['a@xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['a@example.xn--p1ai', 'example.xn--p1ai'],
  ])('%s is in %s', (address, domain) => {
    expect(smtpDomain(address)).toBe(domain);
  });

  test.each([
    'contoso.test',
    'ann@@contoso.test',
    'ann@bob@contoso.test',
    '@contoso.test',
    'ann@',
    'ann@contoso',
    'ann.@contoso.test',
    '.ann@contoso.test',
    'ann..mary@contoso.test',
    'ann mary@contoso.test',
    'ann@contoso.test ',
    'ann@contoso.test\n',
    '\u00a0ann@contoso.test',
    'änn@contoso.test',
    'ann@cöntoso.test',
    '"ann"@contoso.test',
    'ann@-contoso.test',
    'ann@contoso-.test',
    'ann@contoso..test',
    'ann@con_toso.test',
    'ann@127.0.0.1',
    'ann@[127.0.0.1]',
    'ann@contoso.t',
    `ann@contoso.${'t'.repeat(64)}`,
    'ann@contoso.123',
    '\u212aann@contoso.test',
  ])('"%s" is malformed', (address) => {
    expect(smtpDomain(address)).toBeNull();
  });

  test('a long text of no address is refused at once', () => {
    const began = performance.now();
    expect(smtpDomain(`a@${'a'.repeat(1123)}`)).toBeNull();
    expect(smtpDomain(`${'a.'.repeat(560)}!`)).toBeNull();
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('whether an object may hold an address', () => {
  test.each([
    ['smtp:ann@contoso.test', null, null],
    ['SMTP:ANN@CONTOSO.TEST', null, null],
    ['smtp:ann@gmail.example', 'foreign', null],
    ['smtp:ann@eu.contoso.test', 'foreign', null],
    ['sip:ann@contoso.test', null, null],
    ['SIP:ann@gmail.example', 'foreign', null],
    ['sip:ann', 'malformed', 'malformed'],
    ['smtp:ann', 'malformed', 'malformed'],
    ['ann@contoso.test', 'malformed', 'malformed'],
    ['x500:/o=Old/cn=ann', null, null],
    ['X400:c=DE;a= ;', null, null],
  ])('%s: a user %s, a contact %s', (value, user, contact) => {
    expect(addressFault(value, 'user', ownDomains)).toBe(user);
    expect(addressFault(value, 'group', ownDomains)).toBe(user);
    expect(addressFault(value, 'contact', ownDomains)).toBe(contact);
  });
});

describe('the proxy addresses that the managed object shall hold', () => {
  const wanted = (attributes: Parameters<typeof sourceObject>[1]): readonly string[] =>
    wantedProxyAddresses(sourceObject('user', attributes));

  test('are the source object’s own', () => {
    const own = ['SMTP:ann@contoso.test', 'sip:ann@contoso.test', 'smtp:a@contoso.test', 'x500:/o=Old/cn=ann'];
    expect(wanted({ mail: 'ann@contoso.test', proxyAddresses: own })).toEqual(own);
  });

  test('take mail as primary where the source has none', () => {
    expect(wanted({ mail: 'ann@contoso.test' })).toEqual(['SMTP:ann@contoso.test']);
    expect(wanted({ mail: 'ann@contoso.test', proxyAddresses: ['smtp:a@contoso.test'] })).toEqual([
      'SMTP:ann@contoso.test',
      'smtp:a@contoso.test',
    ]);
  });

  test('make a secondary address that equals mail the primary, where there is none', () => {
    expect(wanted({ mail: 'Ann@contoso.test', proxyAddresses: ['smtp:ann@contoso.test'] })).toEqual([
      'SMTP:Ann@contoso.test',
    ]);
  });

  test('leave the primary what it is when mail is a secondary address', () => {
    const own = ['SMTP:ann.doe@contoso.test', 'smtp:ann@contoso.test'];
    expect(wanted({ mail: 'ANN@contoso.test', proxyAddresses: own })).toEqual(own);
  });

  test('hold mail as a secondary address when the source forgot it, so that it is delivered', () => {
    expect(wanted({ mail: 'ann@contoso.test', proxyAddresses: ['SMTP:ann.doe@contoso.test'] })).toEqual([
      'SMTP:ann.doe@contoso.test',
      'smtp:ann@contoso.test',
    ]);
  });

  // Shows: Flow / the source's legacyExchangeDN becomes an X500 address (none)
  test('hold the old legacyExchangeDN as X500 address, once', () => {
    expect(wanted({ mail: 'ann@contoso.test', legacyExchangeDN: '/o=Old/cn=Ann' })).toEqual([
      'SMTP:ann@contoso.test',
      'X500:/o=Old/cn=Ann',
    ]);
    expect(wanted({ proxyAddresses: ['x500:/o=old/cn=ann'], legacyExchangeDN: '/O=Old/CN=Ann' })).toEqual([
      'x500:/o=old/cn=ann',
    ]);
  });

  test('are none for an object that has nothing', () => {
    expect(wanted({})).toEqual([]);
  });

  const local = fc.constantFrom('ann', 'Ann', 'ANN.DOE', 'ann.doe', 'bob');
  const address = fc.tuple(local, fc.constantFrom('contoso.test', 'Contoso.example')).map((parts) => parts.join('@'));
  const source = fc.record({
    mail: fc.option(address, { nil: undefined }),
    primary: fc.option(address, { nil: undefined }),
    others: fc.array(
      fc.oneof(
        address.map((value) => `smtp:${value}`),
        address.map((value) => `sip:${value}`),
        local.map((name) => `X500:/o=Old/cn=${name}`),
      ),
    ),
    legacy: fc.option(
      local.map((name) => `/o=Old/cn=${name}`),
      { nil: undefined },
    ),
    seed: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
  });
  const attributesOf = ({
    mail,
    primary,
    others,
    legacy,
  }: typeof source extends fc.Arbitrary<infer T> ? T : never) => ({
    mail,
    proxyAddresses: [...(primary === undefined ? [] : [`SMTP:${primary}`]), ...others],
    legacyExchangeDN: legacy,
  });

  // Shows: Validation / one primary address, no two that differ in case only (none)
  test('have at most one primary, no two that differ in case only, and miss no source value', () => {
    fc.assert(
      fc.property(source, (input) => {
        const attributes = attributesOf(input);
        const values = wanted(attributes);
        const keys = values.map((value) => value.toLowerCase());
        expect(values.filter(isPrimarySmtp).length).toBe(
          input.mail === undefined && input.primary === undefined ? 0 : 1,
        );
        expect(new Set(keys).size).toBe(values.length);
        for (const value of attributes.proxyAddresses) expect(keys).toContain(value.toLowerCase());
        if (input.primary !== undefined) expect(values).toContain(`SMTP:${input.primary}`);
        if (input.mail !== undefined) expect(keys).toContain(`smtp:${input.mail.toLowerCase()}`);
      }),
    );
  });

  test('do not hang on the order in which the server names the source values', () => {
    fc.assert(
      fc.property(source, (input) => {
        const attributes = attributesOf(input);
        const shuffled = attributes.proxyAddresses
          .map((value, index) => ({ value, key: input.seed[index % input.seed.length] ?? 0 }))
          .sort((one, other) => one.key - other.key)
          .map(({ value }) => value);
        expect(wanted({ ...attributes, proxyAddresses: shuffled })).toEqual(wanted(attributes));
      }),
    );
  });

  test('flowed back, they stay the same', () => {
    fc.assert(
      fc.property(source, (input) => {
        const attributes = attributesOf(input);
        const values = wanted(attributes);
        expect(wanted({ ...attributes, proxyAddresses: values })).toEqual(values);
      }),
    );
  });
});

describe('claims', () => {
  test('are every address with its type, and the nickname, without regard to case', () => {
    const object = goodObject('user', {
      mail: 'Ann@contoso.test',
      mailNickname: 'Ann',
      proxyAddresses: ['SMTP:Ann.Doe@contoso.test', 'SIP:ann@contoso.test', 'X500:/o=Old/cn=Ann'],
    });
    const claims = claimsOf(object, wantedProxyAddresses(object), 'contoso');
    expect([...claims].sort((one, other) => (one.value < other.value ? -1 : 1))).toEqual([
      { kind: 'nickname', value: 'contoso/ann', attribute: 'mailNickname' },
      { kind: 'address', value: 'sip:ann@contoso.test', attribute: 'proxyAddresses' },
      { kind: 'address', value: 'smtp:ann.doe@contoso.test', attribute: 'proxyAddresses' },
      { kind: 'address', value: 'smtp:ann@contoso.test', attribute: 'mail' },
      { kind: 'address', value: 'x500:/o=old/cn=ann', attribute: 'proxyAddresses' },
    ]);
  });

  // Shows: Validation / uniqueness without regard to case (none)
  test('of two objects with the same address in another case are equal', () => {
    const one = claimsOf(sourceObject('user', { mail: 'INFO@contoso.test' }), [], 'contoso');
    const other = claimsOf(sourceObject('group', {}), ['smtp:Info@Contoso.Test'], 'contoso');
    expect(one.map(({ value }) => value)).toEqual(other.map(({ value }) => value));
  });

  // Shows: Validation / nicknames are unique among a customer's objects (none)
  test('equal nicknames of two customers are different claims', () => {
    const info = sourceObject('group', { mailNickname: 'Info' });
    expect(claimsOf(info, [], 'contoso')).not.toEqual(claimsOf(info, [], 'fabrikam'));
  });

  test('an object without address and nickname has none', () => {
    expect(claimsOf(sourceObject('user'), [], 'contoso')).toEqual([]);
  });
});

import fc from 'fast-check';

import {
  childDn,
  dnKey,
  formatDn,
  isWithin,
  mangledName,
  parentOf,
  parseDn,
  rdnOf,
  rdnValue,
  sameDn,
} from '../../rules/dn.ts';

/** Any name a directory could hold, and often one with what must be escaped. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom(...' #,+"\\<>;=\n\r\0'.split(''), '\\2C', '\\,', 'DEL:', 'ä', 'ß', '😀', '中', 'A', 'f0'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text !== '' && text.isWellFormed());

const attributeType = fc.constantFrom('CN', 'OU', 'DC', 'cn', '2.5.4.3', 'msDS-Part-1');
const part = fc.record({ attribute: attributeType, value: name });
const rdn = fc.tuple(part, fc.array(part, { maxLength: 1 })).map(([one, more]) => [one, ...more] as const);
const dn = fc
  .array(rdn, { minLength: 1, maxLength: 4 })
  .map((rdns) => rdns.map(([one, ...more]) => [one, ...more] as const));

describe('parseDn and formatDn', () => {
  // Shows: Connector / DNs parsed and written by one module: any name (none)
  test('what is written is read back, in either style of escapes', () => {
    fc.assert(
      fc.property(dn, fc.constantFrom('characters' as const, 'hexadecimal' as const), (value, style) => {
        expect(parseDn(formatDn(value, style))).toEqual(value);
      }),
    );
  });

  // Shows: Connector / DNs: every escape, \ , + # " < > ; = and NUL, leading and trailing spaces, non-BMP (none)
  test.each([
    ['a backslash', '\\'],
    ['a comma', ','],
    ['a plus sign', '+'],
    ['a number sign', '#'],
    ['a quotation mark', '"'],
    ['an angle bracket', '<'],
    ['a closing angle bracket', '>'],
    ['a semicolon', ';'],
    ['an equals sign', '='],
    ['a space', ' '],
    ['two spaces', '  '],
    ['a line feed', '\n'],
    ['a carriage return', '\r'],
    ['NUL', '\0'],
    ['a character of two bytes', 'ü'],
    ['a character beyond the basic plane', '😀'],
    ['what looks like an escape', '\\,'],
    ['what looks like a hexadecimal escape', '\\2C'],
  ])('%s is read back at the beginning, inside and at the end of a name, and alone', (_what, special) => {
    const values = [
      special,
      `${special}a`,
      `a${special}b`,
      `a${special}`,
      `${special}a${special}${special}b${special}`,
    ];
    for (const value of values)
      for (const style of ['characters', 'hexadecimal'] as const) {
        const written = formatDn([[{ attribute: 'CN', value }], [{ attribute: 'DC', value: 'x' }]], style);
        expect(rdnValue(written)).toBe(value);
        expect(parentOf(written)).toBe('DC=x');
        expect(written).not.toMatch(/[\0\n\r]/);
      }
  });

  test('in the hexadecimal style a comma always separates', () => {
    fc.assert(
      fc.property(dn, (value) => {
        expect(formatDn(value, 'hexadecimal').split(/[,+]/)).toHaveLength(value.flat().length);
      }),
    );
  });

  test('no text crashes it, and what it takes means the same when written again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-C=,+\\"#; 0-9a-f]{0,12}$/)), (text) => {
        const parsed = parseDn(text);
        if (parsed !== undefined) expect(parseDn(formatDn(parsed))).toEqual(parsed);
      }),
    );
  });

  test.each([
    ['CN=Doe\\, John,OU=R&D,DC=x', ['Doe, John', 'R&D', 'x']],
    ['CN=Doe\\2C John,DC=x', ['Doe, John', 'x']],
    ['CN=a\\3Bb\\3Dc,DC=x', ['a;b=c', 'x']],
    ['CN=a=b,DC=x', ['a=b', 'x']],
    ['cn = spaced out , dc = x ', ['spaced out', 'x']],
    ['CN=kept\\ ,DC=x', ['kept ', 'x']],
    ['CN=\\ kept,DC=x', [' kept', 'x']],
    ['CN=ends in backslash\\\\,DC=x', ['ends in backslash\\', 'x']],
    ['CN=\\#hash#,DC=x', ['#hash#', 'x']],
    ['CN=Z\\C3\\BCrich,DC=x', ['Zürich', 'x']],
    ['CN=\\F0\\9F\\98\\80,DC=x', ['😀', 'x']],
    ['OID.2.5.4.3=oid,DC=x', ['oid', 'x']],
    ['CN=,DC=x', ['', 'x']],
  ])('%s', (text, values) => {
    expect(parseDn(text)?.map(([first]) => first.value)).toEqual(values);
  });

  test('the parts of a multi-valued RDN', () => {
    expect(parseDn('CN=Ann+OU=Sales\\+More,DC=x')?.[0]).toEqual([
      { attribute: 'CN', value: 'Ann' },
      { attribute: 'OU', value: 'Sales+More' },
    ]);
  });

  test.each([
    ['no equals sign', 'Ann,DC=x'],
    ['no attribute', '=Ann,DC=x'],
    ['trailing comma', 'CN=Ann,'],
    ['empty RDN', 'CN=Ann,,DC=x'],
    ['trailing plus', 'CN=Ann+,DC=x'],
    ['bare quote', 'CN="Ann",DC=x'],
    ['bare semicolon', 'CN=Ann;DC=x'],
    ['bare angle', 'CN=<Ann>,DC=x'],
    ['lone backslash at the end', 'CN=Ann\\'],
    ['unknown escape', 'CN=A\\nn,DC=x'],
    ['half a hexadecimal pair', 'CN=A\\C,DC=x'],
    ['bytes that are not UTF-8', 'CN=\\C3\\28,DC=x'],
    ['an encoded surrogate', 'CN=\\ED\\A0\\80,DC=x'],
    ['half a surrogate pair', 'CN=\ud800,DC=x'],
    ['BER value', 'CN=#04024869,DC=x'],
    ['extended DN', '<GUID=5c5c5c5c-0000-0000-0000-000000000000>;CN=Ann,DC=x'],
    ['NUL', 'CN=A\0,DC=x'],
    ['nothing but a line feed', '\n'],
    ['attribute with a space', 'C N=Ann,DC=x'],
  ])('refuses %s', (_reason, text) => {
    expect(parseDn(text)).toBeUndefined();
    expect(dnKey(text)).toBeUndefined();
    expect(parentOf(text)).toBeUndefined();
    expect(rdnValue(text)).toBeUndefined();
    expect(sameDn(text, text)).toBe(false);
    expect(isWithin(text, 'DC=x')).toBe(false);
    expect(isWithin('CN=Ann,DC=x', text)).toBe(false);
    expect(childDn('CN', 'Ann', text)).toBeUndefined();
  });
});

describe('comparing', () => {
  test.each([
    ['CN=Doe\\, John,DC=X', 'cn=doe\\2c john,dc=x'],
    ['CN=a\\;b,DC=x', 'CN=a\\3Bb,DC=x'],
    ['CN=A+OU=b,DC=x', 'ou=B+cn=a , dc=x'],
    ['CN=Zürich,DC=x', 'CN=Z\\C3\\9Crich,DC=x'],
    ['OID.2.5.4.3=a,DC=x', '2.5.4.3=A,DC=x'],
  ])('%s is %s', (one, other) => {
    expect(sameDn(one, other)).toBe(true);
    expect(dnKey(one)).toBe(dnKey(other));
  });

  // Shows: Connector / DNs are equal however they are escaped and cased (none)
  test('however it is escaped and cased, a DN keeps its key', () => {
    fc.assert(
      fc.property(dn, (value) => {
        expect(dnKey(formatDn(value, 'hexadecimal'))).toBe(dnKey(formatDn(value)));
      }),
    );
  });

  test('different names have different keys, whatever separators they hold', () => {
    fc.assert(
      fc.property(dn, dn, (one, other) => {
        const plain = (value: typeof one): string =>
          JSON.stringify(value.map((rdnParts) => rdnParts.map((p) => [p.attribute, p.value.toLowerCase()])));
        fc.pre(one.every((r) => r.length === 1) && other.every((r) => r.length === 1));
        fc.pre(plain(one).toLowerCase() !== plain(other).toLowerCase());
        expect(dnKey(formatDn(one))).not.toBe(dnKey(formatDn(other)));
      }),
    );
  });

  test('isWithin knows where a name ends', () => {
    expect(isWithin('CN=Ann,OU=Sales,DC=x', 'ou=sales,dc=X')).toBe(true);
    expect(isWithin('OU=Sales,DC=x', 'OU=Sales,DC=x')).toBe(true);
    expect(isWithin('CN=Ann,OU=More Sales,DC=x', 'OU=Sales,DC=x')).toBe(false);
    expect(isWithin('CN=Ann\\,OU=Sales,DC=x', 'OU=Sales,DC=x')).toBe(false);
    expect(isWithin('DC=x', 'OU=Sales,DC=x')).toBe(false);
  });
});

describe('childDn', () => {
  test('names a child whose name and parent are read back, whatever the name', () => {
    fc.assert(
      fc.property(name, dn, (value, parent) => {
        const child = childDn('CN', value, formatDn(parent));
        expect(child).toBeDefined();
        expect(rdnOf(child ?? '')).toEqual({ attribute: 'CN', value });
        expect(sameDn(parentOf(child ?? '') ?? '', formatDn(parent))).toBe(true);
        expect(isWithin(child ?? '', formatDn(parent))).toBe(true);
      }),
    );
  });

  test.each([
    [' Ann ', 'CN=\\ Ann\\ ,DC=x'],
    ['#1', 'CN=\\#1,DC=x'],
    ['a,b+c"d\\e<f>g;h=i', 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\=i,DC=x'],
    ['two\nlines', 'CN=two\\0Alines,DC=x'],
    ['nul\0', 'CN=nul\\00,DC=x'],
    ['😀', 'CN=😀,DC=x'],
    [' ', 'CN=\\ ,DC=x'],
  ])('%j is %s', (value, expected) => {
    expect(childDn('CN', value, 'DC=x')).toBe(expected);
  });

  test('refuses what no directory can store', () => {
    expect(childDn('CN', '', 'DC=x')).toBeUndefined();
    expect(childDn('CN', '\udc00', 'DC=x')).toBeUndefined();
    expect(childDn('C=N', 'Ann', 'DC=x')).toBeUndefined();
    expect(childDn('', 'Ann', 'DC=x')).toBeUndefined();
  });
});

describe('mangledName', () => {
  const guid = '44c6975c-6281-4651-9b83-ad097d1ed094';

  test('a deleted object, its name with a line feed and escapes', () => {
    expect(mangledName(`CN=Doe\\, J\\0Ax\\0ADEL:${guid.toUpperCase()},CN=Deleted Objects,DC=x`)).toEqual({
      kind: 'deleted',
      name: 'Doe, J\nx',
      guid,
    });
  });

  test('the loser of a replication conflict', () => {
    expect(mangledName(`OU=Sales\\0ACNF:${guid},DC=x`)).toEqual({ kind: 'conflict', name: 'Sales', guid });
  });

  test.each([`CN=DEL:${guid},DC=x`, `CN=Ann\\0ADEL:44c6,DC=x`, `CN=Ann,OU=O\\0ADEL:${guid},DC=x`, 'rubbish'])(
    '%s is neither',
    (text) => expect(mangledName(text)).toBeUndefined(),
  );
});

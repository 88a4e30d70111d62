import fc from 'fast-check';

import { decodeValue, encodeValue, guidBytes, guidText, sidBytes, sidText } from '../../directory/values.ts';
import { attribute, type AttributeDefinition, ATTRIBUTES } from '../../rules/attributes.ts';

function known(name: string): AttributeDefinition {
  const definition = attribute(name);
  if (definition === undefined) throw new Error(`${name} is not in the catalogue`);
  return definition;
}

/** What a server would receive, or had sent, for an image. */
function wire(definition: AttributeDefinition, image: string): Buffer | undefined {
  const value = encodeValue(definition, image);
  return value === undefined ? undefined : Buffer.from(value);
}

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

const sid = fc
  .record({
    authority: fc.oneof(fc.constant(5), fc.nat({ max: 2 ** 48 - 1 })),
    parts: fc.array(fc.nat({ max: 0xffffffff }), { minLength: 1, maxLength: 15 }),
  })
  .map(({ authority, parts }) => {
    const buffer = Buffer.alloc(8 + 4 * parts.length);
    buffer[0] = 1;
    buffer[1] = parts.length;
    buffer.writeUIntBE(authority, 2, 6);
    parts.forEach((part, index) => buffer.writeUInt32LE(part, 8 + 4 * index));
    return buffer;
  });

describe('GUIDs', () => {
  test('the first three groups are little-endian', () => {
    const image = '33221100-5544-7766-8899-aabbccddeeff';
    expect(guidText(Buffer.from('00112233445566778899aabbccddeeff', 'hex'))).toBe(image);
    expect(guidBytes(image.toUpperCase())?.toString('hex')).toBe('00112233445566778899aabbccddeeff');
  });

  test('bytes come back as they were', () => {
    fc.assert(
      fc.property(bytes(16), (value) => {
        expect(guidBytes(guidText(value) ?? '')).toEqual(value);
      }),
    );
  });

  test.each(['', '33221100', '{33221100-5544-7766-8899-aabbccddeeff}', '33221100-5544-7766-8899-aabbccddeefg'])(
    '"%s" is none',
    (text) => expect(guidBytes(text)).toBeUndefined(),
  );

  test('15 or 17 bytes are none', () => {
    expect(guidText(Buffer.alloc(15))).toBeUndefined();
    expect(guidText(Buffer.alloc(17))).toBeUndefined();
  });
});

describe('SIDs', () => {
  test.each([
    ['S-1-5-10', '01010000000000050a000000'],
    ['S-1-5-32-544', '01020000000000052000000020020000'],
    ['S-1-0x123456789abc-7', '0101123456789abc07000000'],
    ['S-1-5-21-4294967295-0-1', '0104000000000005' + '15000000ffffffff0000000001000000'],
  ])('%s', (text, hex) => {
    expect(sidText(Buffer.from(hex, 'hex'))).toBe(text);
    expect(sidBytes(text)?.toString('hex')).toBe(hex);
  });

  test('bytes come back as they were', () => {
    fc.assert(
      fc.property(sid, (value) => {
        expect(sidBytes(sidText(value) ?? '')).toEqual(value);
      }),
    );
  });

  test.each([
    '',
    'S-1-5',
    'S-2-5-10',
    'S-1-5-4294967296',
    'S-1-5-010',
    'S-1-05-10',
    'S-1-4294967296-1',
    'S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16',
    'S-1-5-10 ',
  ])('"%s" is none', (text) => expect(sidBytes(text)).toBeUndefined());

  test.each([
    '0201000000000005' + '0a000000',
    '01010000000000050a0000',
    '01010000000000050a00000000',
    '0100000000000005',
  ])('bytes %s are none', (hex) => expect(sidText(Buffer.from(hex, 'hex'))).toBeUndefined());
});

/** A NUL can not be kept by PostgreSQL; text that holds one is malformed. */
function withoutNul(text: string): boolean {
  return !text.includes('\0');
}

describe('images', () => {
  const values: Readonly<Record<AttributeDefinition['syntax'], fc.Arbitrary<string>>> = {
    text: fc.string({ unit: 'binary' }).filter(withoutNul),
    dn: fc.string({ unit: 'grapheme' }).filter(withoutNul),
    time: fc.constant('20260102030405.0Z'),
    binary: bytes(40).map((value) => value.toString('base64')),
    descriptor: bytes(41).map((value) => value.toString('base64')),
    guid: fc.uuid(),
    sid: sid.map((value) => sidText(value) ?? ''),
    boolean: fc.constantFrom('TRUE', 'FALSE'),
    integer: fc.integer().map(String),
    int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  };

  // Shows: Connector / binary values never guessed: each syntax survives the wire (none)
  test.each(Object.keys(values) as AttributeDefinition['syntax'][])('of %s survive the wire', (syntax) => {
    const definition: AttributeDefinition = { name: 'any', syntax, multi: false, link: false };
    fc.assert(
      fc.property(values[syntax], (image) => {
        expect(decodeValue(definition, wire(definition, image) ?? Buffer.from('not encoded'))).toBe(image);
      }),
    );
  });

  test.each([
    ['userAccountControl', '2147483648'],
    ['userAccountControl', '514.0'],
    ['userAccountControl', '+514'],
    ['userAccountControl', '0514'],
    ['userAccountControl', '-0'],
    ['userAccountControl', ''],
    ['msExchRecipientTypeDetails', '9223372036854775808'],
    ['msExchHideFromAddressLists', 'true'],
    ['msExchHideFromAddressLists', '1'],
    ['objectGUID', 'S-1-5-10'],
    ['objectSid', '33221100-5544-7766-8899-aabbccddeeff'],
    ['thumbnailPhoto', 'AAA'],
    ['thumbnailPhoto', 'AAA_'],
    ['displayName', 'half a pair \ud83d'],
  ])('%s cannot be %j', (name, image) => {
    expect(encodeValue(known(name), image)).toBeUndefined();
  });

  test.each([
    ['displayName', 'c328'],
    ['userAccountControl', '31c3a9'],
    ['msExchHideFromAddressLists', '01'],
    ['objectGUID', '00'],
  ])('what a server says for %s cannot be the bytes %s', (name, hex) => {
    expect(decodeValue(known(name), Buffer.from(hex, 'hex'))).toBeUndefined();
  });

  test('a byte order mark belongs to the text', () => {
    expect(decodeValue(known('displayName'), Buffer.from('\ufeffAnn'))).toBe('\ufeffAnn');
  });
});

describe('the catalogue', () => {
  test('holds each attribute once', () => {
    const names = ATTRIBUTES.map(({ name }) => name.toLowerCase());
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('is looked up in any case and answers in the canonical spelling', () => {
    for (const definition of ATTRIBUTES) {
      expect(attribute(definition.name.toUpperCase())).toBe(definition);
    }
    expect(attribute('MS-ds-consistencyguid')?.name).toBe('mS-DS-ConsistencyGuid');
    expect(attribute('extensionAttribute15')?.syntax).toBe('text');
    expect(attribute('extensionAttribute16')).toBeUndefined();
    expect(attribute('constructor')).toBeUndefined();
  });

  test('every linked attribute is DN-valued', () => {
    expect(ATTRIBUTES.filter(({ link, syntax }) => link && syntax !== 'dn')).toEqual([]);
  });
});

test('text that PostgreSQL could not keep is malformed, not cut and not guessed', () => {
  const title = known('title');
  expect(decodeValue(title, Buffer.from('Engineer'))).toBe('Engineer');
  expect(decodeValue(title, Buffer.from('Engi\0neer'))).toBeUndefined();
  expect(decodeValue(title, Buffer.from([0xc3, 0x28]))).toBeUndefined();
});

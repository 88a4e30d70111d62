import fc from 'fast-check';
import {
  formatVoiceString,
  lineOf,
  parseBitmap,
  parseVoiceString,
  VOICE_FEATURES,
  type VoiceFeature,
  type VoiceRequest,
} from '../../rules/voice-value.ts';

const bits = new Map<number, VoiceFeature>([
  [1, 'publicIm'],
  [128, 'enterpriseVoice'],
  [256, 'enhancedPresence'],
  [2 ** 30, 'remoteAccess'],
]);

test.each([
  ['385', ['publicIm', 'enterpriseVoice', 'enhancedPresence']],
  [' 256 ', ['enhancedPresence']],
  ['0001', ['publicIm']],
  [String(2 ** 30), ['remoteAccess']],
  ['0', []],
  ['', []],
  ['  ', []],
  [undefined, []],
])('the bitmap %s means the features of its bits', (text, features) => {
  expect(parseBitmap(text, bits)).toEqual({ ok: true, value: features });
});

test.each([
  ['abc', '"abc" is not a number from 0 to 2147483647'],
  ['-1', '"-1" is not a number'],
  ['1.5', '"1.5" is not a number'],
  ['0x101', '"0x101" is not a number'],
  ['2147483648', '"2147483648" is not a number from 0 to 2147483647'],
  ['387', '"387": no feature is configured for 2'],
  ['1073741854', 'no feature is configured for 2 + 4 + 8 + 16'],
])('the bitmap %s is refused', (text, details) => {
  expect(parseBitmap(text, bits)).toMatchObject({ ok: false, details: expect.stringContaining(details) as string });
});

test('of the features that bits stand for, any set is read from the sum of their bits', () => {
  const all = VOICE_FEATURES.map((feature, index): [number, VoiceFeature] => [2 ** (3 * index), feature]);
  fc.assert(
    fc.property(fc.subarray(all), (chosen) => {
      const sum = chosen.reduce((total, [bit]) => total + bit, 0);
      expect(parseBitmap(String(sum), new Map(all))).toEqual({ ok: true, value: chosen.map(([, feature]) => feature) });
    }),
  );
});

test.each<[string | undefined, Partial<VoiceRequest>]>([
  ['Type=LRS', { account: 'room' }],
  ['TYPE=user;reg=eu;', { region: 'EU' }],
  [' line = +49 (89) 123-45 ; EXT=12 ', { line: 'tel:+498912345;ext=12' }],
  ['LINE=tel:+4989123', { line: 'tel:+4989123' }],
  ['', {}],
  [' ; ', {}],
  [undefined, {}],
])('the string %s is read', (text, request) => {
  expect(parseVoiceString(text)).toEqual({
    ok: true,
    value: { account: 'user', region: null, line: null, ...request },
  });
});

test.each([
  ['Type=LRS;Pool=EU', '"Pool=EU"', 'the key is unknown'],
  ['LRS', '"LRS"', 'the key is unknown'],
  ['REG=EU;Type', '"Type"', 'the key has no value'],
  ['REG=EU;reg=EU', '"reg=EU"', 'REG is given twice'],
  ['Type=Room', '"Type=Room"', 'the type is neither USER nor LRS'],
  ['REG=E1', '"REG=E1"', 'the region is not a word'],
  ['LINE=089123', '"LINE=089123"', 'the number is not one of E.164'],
  ['LINE=+0891234', '"LINE=+0891234"', 'the number is not one of E.164'],
  ['LINE=+1234567890123456', '"LINE=+1234567890123456"', 'the number is not one of E.164'],
  ['LINE=', '"LINE="', 'the number is not one of E.164'],
  ['EXT=12', '"EXT=12"', 'LINE= is missing'],
  ['LINE=+4989123;EXT=a', '"EXT=a"', 'the extension is not 1 to 15 digits'],
])('the string %s is refused with the place and why', (text, place, why) => {
  expect(parseVoiceString(text)).toMatchObject({
    ok: false,
    details: expect.stringContaining(`"${text}": at ${place} ${why}`) as string,
  });
});

const request: fc.Arbitrary<VoiceRequest> = fc.record({
  account: fc.constantFrom('user', 'room'),
  region: fc.option(fc.stringMatching(/^[A-Z]{2,8}$/)),
  line: fc.option(fc.stringMatching(/^tel:\+[1-9][0-9]{2,14}(;ext=[0-9]{1,15})?$/)),
});

test('what is asked for is read again from how it is written, in any order and case', () => {
  fc.assert(
    fc.property(request, fc.boolean(), fc.boolean(), (asked, backwards, lower) => {
      const parts = formatVoiceString(asked).split(';');
      const text = (backwards ? parts.reverse() : parts).join(' ; ');
      expect(parseVoiceString(lower ? text.toLowerCase() : text)).toEqual({ ok: true, value: asked });
    }),
  );
});

test('any text is read or refused, and a line is a number of E.164', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(?:TYPE|LRS|LINE|EXT|;|=|\+|[0-9]){0,9}$/)), (text) => {
      const read = parseVoiceString(text);
      if (read.ok && read.value.line !== null)
        expect(read.value.line).toMatch(/^tel:\+[1-9]\d{2,14}(?:;ext=\d{1,15})?$/);
    }),
  );
});

test.each([
  ['+49 89 123-45', 'tel:+498912345'],
  ['(089) 12345', null],
  ['12345', null],
  ['', null],
])('the number %s becomes %s', (text, line) => {
  expect(lineOf(text)).toBe(line);
});

import fc from 'fast-check';
import { quoted, quotedList, wholeCharacters } from '../../rules/quote.ts';

test.each([
  ['plain text', 'Müller, Ann', '"Müller, Ann"'],
  ['a plain space at the end', 'Ann ', '"Ann "'],
  ['a no-break space', 'Ann\u00a0', '"Ann<U+00A0>"'],
  ['a tab and a line feed', 'a\tb\n', '"a<U+0009>b<U+000A>"'],
  ['a NUL', 'a\0b', '"a<U+0000>b"'],
  ['an escape sequence for a terminal', '\u001b[31m', '"<U+001B>[31m"'],
  ['the invisible zero width space', 'a\u200bb', '"a<U+200B>b"'],
  ['an override of the direction of writing', 'a\u202eb', '"a<U+202E>b"'],
  ['an emoji', '🚀', '"🚀"'],
])('quotes %s', (_what, value, shown) => {
  expect(quoted(value)).toBe(shown);
});

test('a value of 80 is shown whole, a longer one is cut and its length told', () => {
  expect(quoted('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
  expect(quoted('x'.repeat(81))).toBe(`"${'x'.repeat(80)}…" (81 characters)`);
});

test('what is quoted can be stored and printed, whatever the value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
      const shown = quoted(value);
      expect(shown.isWellFormed()).toBe(true);
      expect(shown).not.toMatch(/\p{Cc}/u);
    }),
  );
});

test('a list shows five values and counts the others', () => {
  expect(quotedList(['a'])).toBe('"a"');
  expect(quotedList(['a', 'b'])).toBe('"a" and "b"');
  expect(quotedList(['a', 'b', 'c', 'd', 'e'])).toBe('"a", "b", "c", "d" and "e"');
  expect(quotedList(['a', 'b', 'c', 'd', 'e', 'f'])).toBe('"a", "b", "c", "d", "e" and 1 more');
  expect(quotedList(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('"a", "b", "c", "d", "e" and 2 more');
});

test('cutting never splits a surrogate pair', () => {
  expect(wholeCharacters('a🚀', 2)).toBe('a');
  expect(wholeCharacters('a🚀', 3)).toBe('a🚀');
  expect(wholeCharacters('🚀🚀', 2)).toBe('🚀');
  expect(wholeCharacters('a\u{10000}', 2)).toBe('a');
  expect(wholeCharacters('a\u{10ffff}', 2)).toBe('a');
});

import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { checkExpression, type ExpressionInput } from '../../rules/expression-check.ts';
import { offeredFunctions, text, type Size } from '../../rules/expression-functions.ts';
import { anyExpression } from '../support/expressions.ts';
import { anyText } from '../support/source-object.ts';

const environment = new Environment()
  .registerVariable('value', 'map<string, string>')
  .registerVariable('values', 'map<string, list<string>>')
  .registerVariable('kind', 'string')
  .registerVariable('dn', 'string')
  .registerVariable('ou', 'list<string>');
for (const { overloads } of Object.values(offeredFunctions))
  for (const [signature, overload] of Object.entries(overloads ?? {}))
    environment.registerFunction(signature, overload);

/** The size of a value that an expression gave, or was given. */
function sizeOf(value: unknown): Size {
  if (!Array.isArray(value)) return text(String(value).length);
  const sizes = value.map(sizeOf);
  return {
    list: true,
    items: sizes.length,
    chars: sizes.reduce((sum, size) => sum + size.chars, 0),
    of: sizes.reduce((most, size) => (size.chars >= most.chars ? size : most), text(0)),
  };
}

describe('the steps of the worst case', () => {
  const ofSixtyFour = text(64);
  const input: ExpressionInput = {
    variables: {
      a: ofSixtyFour,
      l: { list: true, items: 4, chars: 256, of: ofSixtyFour },
      // Ten values of which two at most are as long as the longest.
      m: { list: true, items: 10, chars: 128, of: ofSixtyFour },
      none: { list: true, items: 3, chars: 0, of: text(0) },
      ll: { list: true, items: 3, chars: 12, of: { list: true, items: 2, chars: 4, of: text(4) } },
    },
    attributes: { value: () => ofSixtyFour },
  };
  const checking = new Environment();

  test.each([
    ['a', 1],
    ['"x"', 1],
    ['value.sn', 2],
    ['value["sn"]', 2],
    ['a + a', 5],
    ['l + l', 18],
    ['a == a', 6],
    ['!(a == a)', 7],
    ['a in l', 12],
    ['l[0]', 3],
    ['[a, a]', 3],
    ['a == a ? a : a', 9],
    ['a.lower()', 7],
    ['l.join(a)', 21],
    ['l.filter(v, v == a)', 33],
    ['m.filter(v, v == a)', 73],
    ['none.exists(v, v == "")', 19],
    ['l.map(v, l.map(w, w))', 61],
    ['ll.map(v, v.join(""))', 25.375],
  ])('of %s are %d', (written, steps) => {
    expect(checkExpression(environmentOf(checking, written), input).steps).toBe(steps);
  });

  test.each<[string, Size]>([
    ['a + a', text(128)],
    ['12', text(20)],
    ['"abc"', text(3)],
    ['a.upper()', text(192)],
    ['a.replace("x", "yyy")', text(192)],
    ['a.replace("x", "")', ofSixtyFour],
    ['l.join(a)', text(512)],
    ['a.split("x")', { list: true, items: 65, chars: 64, of: ofSixtyFour }],
    ['m.map(v, v + a)', { list: true, items: 10, chars: 768, of: text(128) }],
    ['m.filter(v, true)', { list: true, items: 10, chars: 128, of: ofSixtyFour }],
    ['m.exists(v, true)', text(20)],
    ['[a, "x"] + l', { list: true, items: 6, chars: 321, of: ofSixtyFour }],
    ['true ? l : m', { list: true, items: 10, chars: 256, of: ofSixtyFour }],
    ['true ? m : l', { list: true, items: 10, chars: 256, of: ofSixtyFour }],
    ['true ? "a" : a', ofSixtyFour],
    ['true ? none : l', { list: true, items: 4, chars: 256, of: ofSixtyFour }],
  ])('and the size of %s is known', (written, size) => {
    expect(checkExpression(environmentOf(checking, written), input).size).toEqual(size);
  });

  test.each([
    ['a.map(l, l)', 'the name l has a meaning already'],
    ['l.sn', 'sn can not be taken of this'],
    ['filter(a, a)', 'the function filter is not offered'],
    ['value[0]', 'value needs the name of an attribute'],
    ['hasOwnProperty', 'unknown variable hasOwnProperty'],
    ['a.hasOwnProperty()', 'the function hasOwnProperty is not offered'],
  ])('%s is refused: %s', (written, message) => {
    expect(() => checkExpression(environmentOf(checking, written), input)).toThrow(message);
  });
});

function environmentOf(some: Environment, written: string): ReturnType<Environment['parse']>['ast'] {
  return some.parse(written).ast;
}

// Shows: Flow / the worst case that is computed of an expression is never exceeded (none)
test('no object makes more of an expression than its worst case', () => {
  const short = fc.oneof(anyText(6), fc.constantFrom('', 'a', 'a@a', 'ΐΐ'));
  const list = fc.array(short, { maxLength: 4 });
  let evaluated = 0;
  fc.assert(
    fc.property(
      anyExpression,
      fc.record({ sn: short, info: short, url: list, otherTelephone: list, dn: short, ou: list }),
      (written, given) => {
        const value = { sn: given.sn, info: given.info };
        const values = { url: given.url, otherTelephone: given.otherTelephone };
        const input: ExpressionInput = {
          variables: { kind: text(4), dn: sizeOf(given.dn), ou: sizeOf(given.ou) },
          attributes: {
            value: (name) => sizeOf(value[name as keyof typeof value]),
            values: (name) => sizeOf(values[name as keyof typeof values]),
          },
        };
        const parsed = environment.parse(written);
        let most: Size;
        let result: unknown;
        try {
          most = checkExpression(parsed.ast, input).size;
          result = parsed({ value, values, kind: 'user', dn: given.dn, ou: given.ou });
        } catch {
          // Refused for its types or size, or failing for these values: other tests look at that.
          return;
        }
        evaluated += 1;
        const actual = sizeOf(result);
        expect(actual.chars).toBeLessThanOrEqual(most.chars);
        if (actual.list) expect(most.list && actual.items <= most.items && actual.of.chars <= most.of.chars).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(evaluated).toBeGreaterThan(500);
});

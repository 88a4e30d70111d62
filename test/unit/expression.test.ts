import fc from 'fast-check';
import { compileExpression, INPUT_LIMITS, MAX_EXPRESSION, type ExpressionResult } from '../../rules/expression.ts';
import type { SourceObject } from '../../rules/objects.ts';
import { anyExpression } from '../support/expressions.ts';
import { anyText, sourceObject } from '../support/source-object.ts';

const ann: SourceObject = {
  ...sourceObject('user', {
    givenName: 'Ann',
    sn: 'Doe',
    department: 'Sales|North',
    countryCode: '276',
    proxyAddresses: ['smtp:b@contoso.test', 'SMTP:a@contoso.test', 'sip:a@contoso.test'],
    info: '🙂🙂',
  }),
  dn: 'CN=Ann,OU=People\\, North,OU=HQ,DC=corp,DC=contoso,DC=test',
};

function evaluate(text: string, object: SourceObject = ann): ExpressionResult {
  const compiled = compileExpression(text);
  if (!compiled.ok) throw new Error(`${text} was refused: ${compiled.fault}`);
  return compiled.expression.evaluate(object, 'contoso');
}

function fault(text: string): string {
  const compiled = compileExpression(text);
  return compiled.ok ? 'none' : compiled.fault;
}

// Shows: Flow / values are transformed by an expression language (none)
test.each<[string, readonly string[]]>([
  ['value.sn', ['Doe']],
  ['value["sn"]', ['Doe']],
  ['value.title', []],
  ['value.givenName + " " + value.sn', ['Ann Doe']],
  ['[value.givenName, value.title, value.sn].present().join(" ")', ['Ann Doe']],
  ['value.sn.upper() + ", " + value.givenName.lower()', ['DOE, ann']],
  ['values.proxyAddresses', ['SMTP:a@contoso.test', 'sip:a@contoso.test', 'smtp:b@contoso.test']],
  ['values.proxyAddresses.filter(v, !v.startsWith("sip:"))', ['SMTP:a@contoso.test', 'smtp:b@contoso.test']],
  ['values.proxyAddresses.map(v, v.contains("b@"), v.replace("contoso", "tailspin"))', ['smtp:b@tailspin.test']],
  ['values.proxyAddresses.lower().map(v, v.split(":")[0])', ['smtp', 'sip']],
  ['values.proxyAddresses.upper().exists(v, v.endsWith("TEST"))', ['TRUE']],
  ['values.proxyAddresses.all(v, v.contains("@"))', ['TRUE']],
  ['value.department.split("|")[1]', ['North']],
  ['value.department.cut(5)', ['Sales']],
  ['value.department.substring(6) + value.department.substring(0, 1)', ['NorthS']],
  ['" x ".trim()', ['x']],
  ['value.department.indexOf("|") < 0 ? "none" : "some"', ['some']],
  ['value.info.cut(3)', ['🙂']],
  ['value.sn.replace("", "x")', ['Doe']],
  ['int(value.countryCode) + 1', ['277']],
  ['string(value.sn.size() - values.url.size())', ['3']],
  ['kind == "user" && customer == "contoso"', ['TRUE']],
  ['!(kind == "group") || false', ['TRUE']],
  ['ou', ['People, North', 'HQ']],
  ['domain', ['corp.contoso.test']],
  ['dn', ['CN=Ann,OU=People\\, North,OU=HQ,DC=corp,DC=contoso,DC=test']],
  ['guid', ['11111111-2222-4333-8444-555555555555']],
  ['["a", "A", "", "b"]', ['a', 'b']],
  ['[""]', []],
])('%s gives %j', (text, values) => {
  expect(evaluate(text)).toEqual({ ok: true, values });
});

// Shows: Flow / a broken expression is refused when the configuration is read, with its place (none)
test.each([
  ['value.sn +', 'character 11: Unexpected token: EOF'],
  ['valu.sn', 'character 1: unknown variable valu'],
  ['"a" + value.nope', 'character 7: the attribute nope is not known'],
  ['value.SN', 'character 1: the attribute SN is spelled sn'],
  ['value.sn.shout()', 'character 1: the function shout is not offered'],
  ['value.sn.cut("a")', "character 1: found no matching overload for 'string.cut(string)'"],
  ['"a" + 1', 'character 1: no such overload: string + int'],
  ['value.sn == "" ? "" : values.url', 'character 1: Ternary branches must have the same type'],
  ['value', 'character 1: value needs the name of an attribute'],
  ['value[kind]', 'character 1: value needs the name of an attribute'],
  ['value.sn.length', 'character 1: length can not be taken of this'],
  ['value.proxyAddresses', 'write values.proxyAddresses'],
  ['value.manager', 'manager refers to other objects'],
  ['values.member', 'member refers to other objects'],
  ['value.assistant', 'assistant refers to other objects'],
  ['value.thumbnailPhoto', 'thumbnailPhoto is binary'],
  ['value.nTSecurityDescriptor', 'nTSecurityDescriptor is binary'],
  ['value.objectGUID', 'objectGUID can not be looked at'],
  ['value.uSNChanged', 'uSNChanged can not be looked at'],
  ['[1]', 'gives list<int>'],
  ['[]', 'gives list'],
  ['[["a"]]', 'gives list<list<string>>'],
  ['null', 'only texts, whole numbers, true and false'],
  ['1.5', 'only texts, whole numbers, true and false'],
  ['b"x"', 'only texts, whole numbers, true and false'],
  ['{}', 'is not offered'],
  ['{"a": "b"}', 'maxMapEntries'],
  ['google.protobuf', 'unknown variable google'],
  ['values.url.map(kind, kind)', 'the name kind has a meaning already'],
  ['values.url.map(value, value)', 'the name value has a meaning already'],
  ['values.url.map(v, v)[0].map(w, w)', 'cannot be range of a comprehension'],
  ['', 'Unexpected token'],
  ['x'.repeat(MAX_EXPRESSION + 1), 'is longer than 1000 characters'],
])('%s is refused: %s', (text, message) => {
  expect(fault(text)).toContain(message);
});

// Shows: Flow / an expression always ends (none)
test.each([
  ['regular expressions, of which some never end', 'value.sn.matches("(a+)+b")'],
  ['names for parts, by which a text can double with each', 'cel.bind(x, value.sn + value.sn, x + x)'],
  ['a loop in a loop in a loop', 'values.url.filter(v, values.o.exists(w, values.ou.exists(x, x == v + w)))'],
  ['a text of all values for each value', 'values.url.map(v, values.url.map(w, v + w).join("")).join("")'],
  ['parts of parts', 'value.info.split("").map(v, value.info.split("").map(w, v + w))'],
  ['depth', `${'('.repeat(40)}1${')'.repeat(40)}`.replaceAll('(', '-(')],
  ['size', Array.from({ length: 150 }, () => 'kind').join('+')],
])('refuses %s', (_what, text) => {
  expect(fault(text)).toMatch(/not offered|takes too long|Exceeded|longer than/);
});

test('one list may be compared with another', () => {
  const text = 'values.otherTelephone.filter(v, !(v.lower() in values.otherMobile.lower()))';
  const object = sourceObject('user', { otherTelephone: ['A', 'b'], otherMobile: ['a'] });
  expect(evaluate(text, object)).toEqual({ ok: true, values: ['b'] });
});

// Shows: Flow / a failing expression is that object's error (none)
test.each([
  ['value.sn.substring(9)', 'out of range'],
  ['values.url[0]', 'out of bounds'],
  ['int(value.sn)', 'cannot convert to int'],
  ['1 / (value.sn.size() - 3)', 'division by zero'],
  ['9223372036854775807 + value.sn.size()', 'overflow'],
  ['value.sn.cut(-1)', 'not negative'],
  ['value.info.substring(0, 1)', '<U+D83D>'],
  ['[value.sn, value.info].join("").split("")', '<U+D83D>'],
])('%s fails for this object: %s', (text, reason) => {
  expect(evaluate(text)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) as unknown });
});

describe('what an expression looks at is bounded', () => {
  test.each([
    ['values', { url: Array.from({ length: INPUT_LIMITS.values + 1 }, (_, index) => String(index)) }],
    ['a value', { url: ['x'.repeat(INPUT_LIMITS.characters + 1)] }],
    ['values of more than', { url: Array.from({ length: 17 }, (_, index) => `${index}`.padEnd(4_096, 'x')) }],
  ])('%s', (what, attributes) => {
    expect(evaluate('values.url', sourceObject('user', attributes))).toMatchObject({
      ok: false,
      reason: expect.stringContaining(what) as unknown,
    });
  });

  test('at the limit it is looked at', () => {
    const values = Array.from({ length: INPUT_LIMITS.values }, (_, index) => `${index}`.padEnd(65, 'x'));
    expect(evaluate('values.url', sourceObject('user', { url: values }))).toMatchObject({ ok: true });
    const one = 'x'.repeat(INPUT_LIMITS.characters);
    expect(evaluate('value.info', sourceObject('user', { info: one }))).toEqual({ ok: true, values: [one] });
    expect(fault(`"${'x'.repeat(MAX_EXPRESSION - 2)}"`)).toBe('none');
  });

  test('and so are its name and its result', () => {
    const far = {
      ...sourceObject('user', { info: 'x'.repeat(2_000) }),
      dn: `CN=${'x'.repeat(INPUT_LIMITS.characters)}`,
    };
    expect(evaluate('ou', far)).toEqual({ ok: false, reason: 'its distinguished name is too long' });
    expect(evaluate('[value.info].join("").split("") + ["a"]', far)).toMatchObject({ ok: false });
    const near = sourceObject('user', { url: Array.from({ length: 600 }, (_, index) => `${index}`) });
    expect(evaluate('values.url + values.url.map(v, v + "x")', near)).toEqual({
      ok: false,
      reason: 'it gives more than 1000 values',
    });
  });

  test('and so is what replace() makes', () => {
    const object = sourceObject('user', { info: 'a'.repeat(1_000) });
    expect(evaluate(`value.info.replace("a", "${'b'.repeat(100)}")`, object)).toMatchObject({ ok: false });
    expect(evaluate('value.info.replace("a", "bb").cut(3)', object)).toEqual({ ok: true, values: ['bbb'] });
  });
});

test('an order of values that the directory changes makes no difference', () => {
  const text = 'values.url.join("|") + values.url[0]';
  expect(evaluate(text, sourceObject('user', { url: ['b', 'a', 'c'] }))).toEqual(
    evaluate(text, sourceObject('user', { url: ['c', 'b', 'a'] })),
  );
});

test('the attributes that an expression looks at are known before', () => {
  const compiled = compileExpression('kind == "user" ? value.sn : values.url.map(v, v + value.title).join("")');
  expect(compiled).toMatchObject({ ok: true, expression: { type: 'text', attributes: ['sn', 'title', 'url'] } });
});

const someValues = fc.uniqueArray(anyText(12), { maxLength: 5 });
const someObject = fc
  .record({ sn: anyText(12), info: anyText(40), url: someValues, otherTelephone: someValues })
  .map((attributes) => sourceObject('contact', attributes));

// Shows: Flow / any expression is refused when it is read, or evaluates without a throw to bounded text (none)
test('whatever is written is refused when it is read, or gives bounded text or a reason for each object', () => {
  let sound = 0;
  fc.assert(
    fc.property(
      fc.oneof({ weight: 9, arbitrary: anyExpression }, { weight: 1, arbitrary: anyText(30) }),
      someObject,
      (written, object) => {
        const compiled = compileExpression(written);
        if (!compiled.ok) {
          expect(compiled.fault).not.toBe('');
          return;
        }
        sound += 1;
        const result = compiled.expression.evaluate(object, 'contoso');
        expect(compiled.expression.evaluate(object, 'contoso')).toEqual(result);
        if (!result.ok) return;
        expect(result.values.length).toBeLessThanOrEqual(INPUT_LIMITS.values);
        expect(new Set(result.values.map((value) => value.toLowerCase())).size).toBe(result.values.length);
        for (const value of result.values)
          expect(value !== '' && value.isWellFormed() && !value.includes('\0')).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(sound).toBeGreaterThan(500);
});

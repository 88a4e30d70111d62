import fc from 'fast-check';
import { formatFilter, MAX_FILTER_DEPTH, MAX_FILTER_LENGTH, parseFilter } from '../../rules/filter.ts';
import { anyFilter } from '../support/filters.ts';

/** What a text is read as, written again; or where and why it is refused. */
function read(text: string): string {
  const parsed = parseFilter(text);
  return parsed.ok ? formatFilter(parsed.filter) : `${String(parsed.fault.at)}: ${parsed.fault.message}`;
}

test('a filter that is written is read as the same filter', () => {
  fc.assert(
    fc.property(anyFilter, (filter) => {
      expect(parseFilter(formatFilter(filter))).toMatchObject({ ok: true, filter });
    }),
  );
});

test('whatever text is read, it is a filter or refused at a place of the text', () => {
  const piece = fc.constantFrom(
    '(',
    ')',
    '&',
    '|',
    '!',
    '=',
    '*',
    '\\',
    '\\2a',
    'mail',
    ':',
    '>=',
    ';',
    '\0',
    ' ',
    '\ud800',
    'ü',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
      ),
      (text) => {
        const parsed = parseFilter(text);
        if (parsed.ok) expect(parseFilter(formatFilter(parsed.filter))).toMatchObject({ filter: parsed.filter });
        else {
          expect(parsed.fault.at).toBeGreaterThanOrEqual(0);
          expect(parsed.fault.at).toBeLessThanOrEqual(text.length);
          expect(parsed.fault.message).not.toBe('');
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['(mail=*)'],
  ['(cn=Doe, Ann)'],
  ['(&(mail=*)(|(department=Sales)(department=IT))(!(title=Intern)))'],
  ['(cn=A*n*)'],
  ['(cn=*n)'],
  ['(cn=A*b*c*d)'],
  ['(userAccountControl:1.2.840.113556.1.4.803:=2)'],
  ['(employeeID>=100)'],
  ['(employeeID<=100)'],
  ['(displayName~=Ann)'],
  ['(cn= Ann )'],
])('%s is read as it stands', (text) => {
  expect(read(text)).toBe(text);
});

test.each([
  ['(cn=a\\2ab)', '(cn=a\\2ab)'],
  ['(cn=\\28x\\29)', '(cn=\\28x\\29)'],
  ['(cn=M\\c3\\bcller)', '(cn=Müller)'],
  ['(cn=M\\C3\\BCller)', '(cn=Müller)'],
  ['(cn=a\\00b)', '(cn=a\\00b)'],
  ['(objectGUID=\\90\\39\\5f\\19)', '(objectGUID=\\90\\39\\5f\\19)'],
  [' ( & (a=1)\n  ( | (b=2) (c=3) )\n) ', '(&(a=1)(|(b=2)(c=3)))'],
  ['(!  (a=1))', '(!(a=1))'],
])('%j is the filter %s', (text, written) => {
  expect(read(text)).toBe(written);
});

test.each([
  ['', '0: "(" is expected, but the filter ends'],
  ['mail=*', '0: "(" is expected'],
  ['(mail=*', '7: ")" is expected, but the filter ends'],
  ['(mail=*)x', '8: nothing may follow'],
  ['(mail=*))', '8: nothing may follow'],
  ['()', '1: the name of an attribute is expected'],
  ['(&)', '2: "&" needs a filter'],
  ['(&(a=1)(b))', '9: "=", ">=", "<=" or ":" is expected'],
  ['(!(a=1)(b=2))', '0: "!" takes one filter'],
  ['(a=)', '3: a value is expected'],
  ['(a>=)', '4: a value is expected'],
  ['(a>=1*)', '4: an asterisk is a wildcard after "=" only'],
  ['(a=x**y)', '3: two asterisks'],
  ['(a=\\2)', '3: a backslash needs two hexadecimal digits'],
  ['(a=\\*)', '3: a backslash needs'],
  ['(a=b(c)', '4: "(" in a value is written \\28'],
  ['(a;binary=1)', '2: options of attributes'],
  ['(1.2.3=1)', '1: the name of an attribute'],
  ['( a b=1)', '3: "="'],
  ['(a:=1)', '2: a matching rule is expected'],
  ['(a:dn:1.2:=1)', '2: a matching rule is expected'],
  ['(a:1.2.3=1)', '2: a matching rule is expected'],
  ['(a=\ud800)', '0: the text holds half of a surrogate pair'],
])('%j is refused at %s', (text, fault) => {
  expect(read(text)).toContain(fault);
});

test('size and depth are bounded', () => {
  const nested = (depth: number): string => `${'(!'.repeat(depth - 1)}(a=1)${')'.repeat(depth - 1)}`;
  expect(read(nested(MAX_FILTER_DEPTH))).toBe(nested(MAX_FILTER_DEPTH));
  expect(read(nested(MAX_FILTER_DEPTH + 1))).toContain('nested more than 32 deep');
  expect(read(`(a=${'x'.repeat(MAX_FILTER_LENGTH - 4)})`)).not.toContain('at most');
  expect(read(`(a=${'x'.repeat(MAX_FILTER_LENGTH - 3)})`)).toContain(`has at most ${MAX_FILTER_LENGTH} characters`);
});

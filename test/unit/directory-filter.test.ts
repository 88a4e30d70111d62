import { BerWriter } from 'ldapts';
import fc from 'fast-check';

import { and, atLeast, type DirectoryFilter, equal, not, or, present } from '../../directory/filter.ts';

/** The bytes that a server receives. */
function sent(filter: DirectoryFilter | undefined): string {
  const writer = new BerWriter();
  filter?.write(writer);
  return writer.buffer.toString('hex');
}

const hex = (text: string): string => Buffer.from(text).toString('hex');

test('a GUID is sent as its bytes, those above 0x7f too', () => {
  expect(sent(equal('objectGUID', 'ff80fe90-c3bc-0000-8899-aabbccddeeff'))).toContain(
    '041090fe80ffbcc300008899aabbccddeeff',
  );
});

test('text is sent as it is: nothing in it becomes part of the filter', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
        fc.constantFrom('*', ')(cn=*', '\\2a', 'Zürich 😀'),
      ),
      (value) => {
        const bytes = Buffer.from(value);
        expect(sent(equal('displayName', value))).toBe(
          `a3${(bytes.length + 15).toString(16).padStart(2, '0')}040b${hex('displayName')}04${bytes.length.toString(16).padStart(2, '0')}${bytes.toString('hex')}`,
        );
      },
    ),
  );
});

test('a value that does not fit the attribute is a mistake of the caller', () => {
  expect(() => equal('objectGUID', 'not a GUID')).toThrow('not a GUID is not a value of objectGUID');
});

test('filters are put together', () => {
  const filter = and(
    equal('objectClass', 'user'),
    or(present('mail'), not(equal('l', 'München'))),
    atLeast('uSNChanged', 7n),
  );
  expect(filter.toString()).toBe('(&(objectClass=user)(|(mail=*)(!(l=München)))(uSNChanged>=7))');
});

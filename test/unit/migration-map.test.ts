import fc from 'fast-check';
import { lineFault, parseMap, type MapFacts } from '../../rules/migration-map.ts';

// Shows: Reconnection / a migration map is read line by line: GUID, SID or DN, with quotation marks (none)
test('a map is read with its heading, quoted names and empty lines left out', () => {
  const text = '\uFEFFold,new\r\n"CN=Ann, the first,DC=a", S-1-5-21-1-2-3-4 \r\n\r\n{a},"CN=""B"",DC=b"\n';
  expect(parseMap(text)).toEqual({
    ok: true,
    lines: [
      { line: 2, old: 'CN=Ann, the first,DC=a', new: 'S-1-5-21-1-2-3-4' },
      { line: 4, old: '{a}', new: 'CN="B",DC=b' },
    ],
  });
});

test('what can not be read is told by line, and nothing of the map is taken', () => {
  expect(parseMap('one\na,b,c\n"a,b\nold,\nright,too')).toEqual({
    ok: false,
    faults: [
      'line 1: not two values, the old and the new source object',
      'line 2: not two values, the old and the new source object; a DN stands in quotation marks',
      'line 3: a quotation mark is not closed, or stands within a value',
      'line 4: not two values, the old and the new source object',
    ],
  });
  expect(parseMap('old,new\n')).toEqual({ ok: false, faults: ['the map has no lines'] });
});

test('any two names come back as they were written', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 40 })
    .map((text) => text.replaceAll(/[\r\n\uFEFF]/g, 'x').trim() || 'x');
  const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 5 }), (pairs) => {
      const heading = 'old,new\n';
      const parsed = parseMap(heading + pairs.map(([old, next]) => `${quoted(old)},${quoted(next)}`).join('\n'));
      expect(parsed.ok && parsed.lines.map((line) => [line.old, line.new])).toEqual(pairs);
    }),
  );
});

const right: MapFacts = {
  line: 1,
  oldFound: 1,
  newFound: 1,
  sameObject: false,
  identityId: 'i',
  hasManaged: true,
  kinds: { old: 'user', new: 'user' },
  newGone: false,
  newHasManaged: false,
  done: false,
  oldTwice: false,
  newTwice: false,
};

// Shows: Reconnection / a wrong line of a migration map is told with its reason (none)
test.each<[string, Partial<MapFacts>]>([
  ['there is no such old source object', { oldFound: 0 }],
  ['several source objects have the name of the old one', { oldFound: 2 }],
  ['there is no such new source object, or it has not been read yet', { newFound: 0 }],
  ['several source objects have the name of the new one', { newFound: 3 }],
  ['the old and the new one are the same object', { sameObject: true }],
  ['the new one has been deleted', { newGone: true }],
  ['the old one has no services that could be reconnected', { identityId: null }],
  ['the old one has no services that could be reconnected', { hasManaged: false }],
  ['the old one is a user, the new one a group', { kinds: { old: 'user', new: 'group' } }],
  ['the new one has a managed object of its own; have that removed first', { newHasManaged: true }],
  ['another line names the same old one', { oldTwice: true }],
  ['another line names the same new one', { newTwice: true }],
])('%s', (fault, facts) => {
  expect(lineFault(right)).toBeNull();
  expect(lineFault({ ...right, ...facts })).toBe(fault);
  expect(lineFault({ ...right, ...facts, done: true })).toBeNull();
});

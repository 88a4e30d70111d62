import fc from 'fast-check';
import { isShortRead, judgeSentinels } from '../../rules/read-health.ts';

const seen = (objects: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(Object.entries(objects).map(([guid, attributes]) => [guid, new Set(attributes)]));

const title = [{ attribute: 'title', guids: ['a', 'b', 'c'] }];

// Shows: Guard / sentinel values: a lost right is told from cleared values (none)
test.each([
  ['all show it', { a: ['title'], b: ['title'], c: ['title', 'mail'] }, [], []],
  ['one was cleared', { a: [], b: ['title'], c: ['title'] }, [], [['b', 'c']]],
  ['one was deleted', { b: ['title'], c: ['title'] }, [], [['b', 'c']]],
  ['one is left', { a: [], c: ['title'] }, [], [['c']]],
  ['nobody shows it', { a: [], b: ['mail'], c: [] }, ['title'], []],
  ['nobody of those who are left shows it', { b: [] }, ['title'], []],
  ['nobody can be read', {}, [], [[]]],
])('%s', (_what, objects: Record<string, string[]>, suspect, left) => {
  const worn = left.map((guids) => ({ attribute: 'title', guids }));
  expect(judgeSentinels(title, seen(objects))).toEqual({ suspect, worn });
});

test('attributes are judged one by one', () => {
  const both = [...title, { attribute: 'mail', guids: ['a', 'd'] }];
  const objects = seen({ a: ['mail'], b: [], c: [], d: ['mail'] });
  expect(judgeSentinels(both, objects)).toEqual({ suspect: ['title'], worn: [] });
});

// Shows: Guard / an empty or suspiciously short read is never a delete (none)
test.each([
  [100, 0, false],
  [100, 9, false],
  [100, 10, true],
  [1000, 99, false],
  [1000, 100, true],
  // Few objects are no news, however small the domain is, unless they were all there were.
  [20, 9, false],
  [3, 3, true],
  [0, 0, false],
])('of %d known objects %d are missing: short %s', (known, missing, short) => {
  expect(isShortRead(known, missing, { percent: 10, objects: 10, again: '1h' })).toBe(short);
});

test('a read that lacks more is not less suspicious', () => {
  const settings = fc.record({ percent: fc.integer({ min: 1, max: 100 }), objects: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(settings, fc.nat(1000), fc.nat(1000), (limits, known, missing) => {
      const short = (lacks: number): boolean => isShortRead(known, lacks, { ...limits, again: '1h' });
      return missing > known || !short(missing) || missing === known || short(missing + 1);
    }),
  );
});

import fc from 'fast-check';
import { deletedTooOften } from '../../rules/deletions.ts';
import { isShortRead } from '../../rules/short-read.ts';

const now = new Date('2026-08-01T12:00:00Z');
const allowed = { count: 5, percent: 10 };
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);

// Shows: Drift / undeleting is guarded against loops (none)
test.each([
  [[], false],
  [[3, 2, 1], false],
  [[4, 3, 2, 1], true],
  [[100, 3, 2, 1], false],
  [[25, 24.5, 23, 2, 1], false],
] as const)('deleted %s hours ago, it is left to an operator: %s', (hours, expected) => {
  expect(deletedTooOften(hours.map(hoursAgo), { times: 3, within: '1d' }, now)).toBe(expected);
});

test('with none allowed the first deletion is left to an operator', () => {
  expect(deletedTooOften([hoursAgo(1)], { times: 0, within: '1d' }, now)).toBe(true);
});

// Shows: Confirmation / a suspiciously short managed read is not a delete (none)
test.each([
  [0, 0, false],
  [5, 5, false],
  [6, 6, true],
  [6, 59, true],
  [6, 60, false],
  [1000, 10_000, false],
  [1001, 10_000, true],
])('%d objects without a trace of %d: a right may have been withdrawn is %s', (missing, known, expected) => {
  expect(isShortRead(missing, known, allowed)).toBe(expected);
});

test('what is short stays short when more is missing', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(5000), fc.nat(50), (missing, others, more) => {
      const known = missing + others + more;
      expect(isShortRead(missing, known, allowed) && !isShortRead(missing + more, known, allowed)).toBe(false);
    }),
  );
});

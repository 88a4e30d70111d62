import { gapOf, tombstoneDays } from '../../rules/tombstone-lifetime.ts';

const DAY = 86_400_000;

// Shows: Connector / the tombstone lifetime of a forest, and what holds where it is not set (none)
test.each([
  [undefined, undefined, 60],
  ['180', undefined, 180],
  ['180', '30', 30],
  ['90', '365', 90],
  [undefined, '365', 60],
  ['0', undefined, 60],
  ['garbage', '-1', 60],
])('tombstoneLifetime %s, msDS-DeletedObjectLifetime %s: %d days', (tombstoneLifetime, deletedObjectLifetime, days) => {
  expect(tombstoneDays({ tombstoneLifetime, deletedObjectLifetime })).toBe(days);
});

// Shows: Connector / a gap longer than the tombstone lifetime, warning at half (none)
test.each([
  [0, 'short'],
  [29.9, 'short'],
  [30, 'half the tombstone lifetime'],
  [59.9, 'half the tombstone lifetime'],
  [60, 'the tombstone lifetime'],
  [600, 'the tombstone lifetime'],
])('not read for %d of 60 days: %s', (days, gap) => {
  expect(gapOf(days * DAY, 60)).toBe(gap);
});

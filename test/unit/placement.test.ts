import fc from 'fast-check';
import { placeMailbox } from '../../rules/placement.ts';

test('a mailbox goes to the database with the fewest', () => {
  const mailboxes = new Map([
    ['CN=DB01', 7],
    ['CN=DB02', 3],
    ['CN=DB03', 5],
  ]);
  expect(placeMailbox(['CN=DB01', 'CN=DB02', 'CN=DB03'], mailboxes)).toBe('CN=DB02');
});

test('an empty database comes first, and of equals the one that the configuration names first', () => {
  expect(placeMailbox(['CN=DB01', 'CN=DB02'], new Map([['CN=DB01', 1]]))).toBe('CN=DB02');
  expect(placeMailbox(['CN=DB02', 'CN=DB01'], new Map())).toBe('CN=DB02');
});

test('mailboxes placed one after the other spread evenly', () => {
  const databases = fc.uniqueArray(fc.stringMatching(/^CN=DB[0-9]{2}$/), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(databases, fc.nat({ max: 200 }), ([first = 'CN=DB00', ...others], count) => {
      const mailboxes = new Map<string, number>();
      for (let placed = 0; placed < count; placed += 1) {
        const database = placeMailbox([first, ...others], mailboxes) ?? '';
        mailboxes.set(database, (mailboxes.get(database) ?? 0) + 1);
      }
      const sizes = [first, ...others].map((database) => mailboxes.get(database) ?? 0);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a database with a weight gets its share', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.nat({ max: 200 }), (list, count) => {
      const databases = list.map((weight, index) => ({ database: `CN=DB${index}`, weight }));
      const mailboxes = new Map<string, number>();
      for (let placed = 0; placed < count; placed += 1) {
        const database = placeMailbox(databases, mailboxes) ?? '';
        mailboxes.set(database, (mailboxes.get(database) ?? 0) + 1);
      }
      const whole = list.reduce((sum, weight) => sum + weight, 0);
      for (const { database, weight } of databases)
        expect(mailboxes.get(database) ?? 0).toBeGreaterThanOrEqual(Math.floor((count * weight) / whole));
    }),
  );
});

// Shows: Placement / a full database gets no mailbox, and with all full there is none (none)
test('a database at its limit is left out, and when all are there is no place', () => {
  const databases = [
    { database: 'CN=DB01', weight: 9, limit: 2 },
    { database: 'CN=DB02', weight: 1, limit: 1 },
  ];
  const held = (one: number, two: number): Map<string, number> =>
    new Map(Object.entries({ 'CN=DB01': one, 'CN=DB02': two }));
  expect(placeMailbox(databases, held(0, 0))).toBe('CN=DB01');
  expect(placeMailbox(databases, held(2, 0))).toBe('CN=DB02');
  expect(placeMailbox(databases, held(2, 1))).toBeNull();
  expect(placeMailbox([...databases, 'CN=DB03'], held(2, 1))).toBe('CN=DB03');
});

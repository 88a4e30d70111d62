import fc from 'fast-check';
import { excess, limitOf, needsShare, reasonText, type Tally } from '../../rules/guard.ts';
import { guardSchema } from '../../rules/guard-settings.ts';

const standard = guardSchema.parse({});
const settings = guardSchema.parse({
  disconnected: { user: { count: 50, percent: 5, few: 3 } },
  cleared: { count: 20, percent: 10, few: 4 },
  attributes: { title: { cleared: { count: 2, percent: 100, few: 2 } } },
});
const users = (count: number): Tally => ({ what: 'disconnected', kind: 'user', count });
const cleared = (attribute: string, count: number): Tally => ({ what: 'cleared', attribute, count });

describe('a limit', () => {
  // Shows: Guard / separate limits, count and percent, per object kind (none)
  test.each([
    [50, 10_000, false],
    [51, 10_000, true],
    [5, 100, false],
    [6, 100, true],
    [3, 10, false],
    [4, 10, true],
    [1, 0, false],
    [4, 0, true],
  ])('of 50 and 5 %%, but never for 3 or fewer: %d disconnected of %d is held: %s', (count, of, held) => {
    expect(excess(users(count), of, settings) !== null).toBe(held);
  });

  // Shows: Guard / separate limits per attribute for cleared and for changed values (none)
  test('of an attribute takes the place of the general one', () => {
    expect(excess(cleared('title', 3), 1000, settings)).toMatchObject({ limit: { count: 2 } });
    expect(excess(cleared('company', 3), 1000, settings)).toBeNull();
    expect(limitOf({ what: 'changed', attribute: 'title' }, settings)).toEqual(standard.changed);
  });

  // Shows: Guard / an attribute that went from common to absent in one read is a lost right until proved otherwise (none)
  test('never allows that five objects or more lose the last value of an attribute', () => {
    const anything = guardSchema.parse({ cleared: { count: 1_000_000, percent: 100, few: 1_000_000 } });
    expect(excess(cleared('title', 4), 4, anything)).toBeNull();
    expect(excess(cleared('title', 5), 6, anything)).toBeNull();
    const vanished = excess(cleared('title', 5), 5, anything);
    expect(vanished).not.toBeNull();
    expect(vanished === null ? '' : reasonText(vanished)).toContain('the right to read it may have been withdrawn');
    expect(excess({ what: 'changed', attribute: 'title', count: 5 }, 5, anything)).toBeNull();
  });

  test('is told in one line that names no object', () => {
    const item = excess(users(60), 800, settings);
    expect(item === null ? '' : reasonText(item)).toBe('users to be disconnected: 60 of 800 (7.5 %), limit 50 and 5 %');
  });

  test('that is passed is passed by more of the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.nat(5000),
        (count, more, of) => {
          if (excess(users(count), of, settings) !== null)
            expect(excess(users(count + more), of, settings)).not.toBeNull();
        },
      ),
    );
  });

  test('that could be passed is not judged without knowing how many there are', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(5000), fc.boolean(), (count, of, attribute) => {
        const tally = attribute ? cleared('company', count) : users(count);
        if (excess(tally, of, settings) !== null) expect(needsShare(tally, settings)).toBe(true);
      }),
    );
  });
});

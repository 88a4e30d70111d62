/** What the forest says of its tombstones, in days, as its directory service object holds it (MS-ADTS 6.1.1.2.4.1.1). */
export interface TombstoneSettings {
  readonly tombstoneLifetime: string | undefined;
  readonly deletedObjectLifetime: string | undefined;
}

/** Days that a tombstone stays where tombstoneLifetime is not set (MS-ADTS 6.1.1.2.4.1.1). */
const DEFAULT_DAYS = 60;

const DAY = 86_400_000;

/**
 * Days for which a deletion can be read, at the least. Which of the two lifetimes it is hangs on the recycle bin; a deleted
 * object that is recycled after the one stays on as a tombstone for the other, so the shorter one is always safe.
 */
export function tombstoneDays({ tombstoneLifetime, deletedObjectLifetime }: TombstoneSettings): number {
  const tombstone = days(tombstoneLifetime) ?? DEFAULT_DAYS;
  return Math.min(tombstone, days(deletedObjectLifetime) ?? tombstone);
}

function days(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** What a gap between two reads means for deletions. */
export type Gap = 'short' | 'half the tombstone lifetime' | 'the tombstone lifetime';

/** @param milliseconds time since the last read */
export function gapOf(milliseconds: number, lifetimeDays: number): Gap {
  if (milliseconds >= lifetimeDays * DAY) return 'the tombstone lifetime';
  return milliseconds >= (lifetimeDays * DAY) / 2 ? 'half the tombstone lifetime' : 'short';
}

import type { MissedSettings } from './managed-settings.ts';

/**
 * Whether a complete read lacks so much of what was known that a right that was withdrawn is likelier than so many deletions
 * without a tombstone.
 *
 * @param missing objects that the read did not hold and that left no tombstone
 * @param known objects that are known alive, those included
 */
export function isShortRead(missing: number, known: number, { count, percent }: MissedSettings): boolean {
  return missing > count && missing * 100 > known * percent;
}

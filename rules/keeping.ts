import { daysOf, type KeepingSettings } from './keeping-settings.ts';

/** What is deleted when it has been kept long enough. `answers` are released pins and what is over of conversions, maps and reconnections. */
export type CleanedPart =
  'reports' | 'sourceChanges' | 'answers' | 'changes' | 'cycles' | 'sourceObjects' | 'managedObjects';

/** How many rows of each part were deleted. */
export type CleanedCounts = Readonly<Record<CleanedPart, number>>;

/** Which setting says how long a part is kept. */
const KEPT_BY: Readonly<Record<CleanedPart, 'history' | 'deletedObjects' | 'reports'>> = {
  reports: 'reports',
  sourceChanges: 'history',
  answers: 'history',
  changes: 'history',
  cycles: 'history',
  sourceObjects: 'deletedObjects',
  managedObjects: 'deletedObjects',
};

const DAY_MS = 86_400_000;

/** What of a part ended before this time is deleted. */
export function cutoff(part: CleanedPart, keeping: KeepingSettings, now: Date): Date {
  return new Date(now.getTime() - daysOf(keeping[KEPT_BY[part]]) * DAY_MS);
}

/** Days that Temporal is to keep histories: the longest that a customer of its namespace asks for. */
export function namespaceDays(customers: readonly Pick<KeepingSettings, 'workflows'>[]): number {
  return Math.max(1, ...customers.map(({ workflows }) => daysOf(workflows)));
}

import { z } from 'zod';

/** Whole days: `30d`. */
const days = z.string().regex(/^[1-9]\d{0,4}d$/, 'a number of days, such as 30d');

/** How long what Itasca has on record is kept (docs/keeping.md). */
export const keepingSchema = z.strictObject({
  history: days
    .default('730d')
    .describe(
      'How long the record is kept: values that were written, with those before, changes read of source objects, answers of operators, cycles. A cycle can be undone that long',
    ),
  deletedObjects: days
    .default('400d')
    .describe(
      'How long objects that are gone from a forest are kept, once nothing is left that was written for them; longer than the tombstone lifetime of the forests',
    ),
  reports: days.default('400d').describe('How long reports that were made are kept in the database'),
  workflows: days
    .default('30d')
    .describe(
      'How long Temporal keeps the histories of workflows that have ended. It is one time for all customers of its namespace: the longest of them, set by `itasca config apply`',
    ),
  at: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time of the day, such as 03:30')
    .default('03:30')
    .describe('Time of the daily cleaning, which deletes what has been kept long enough (UTC)'),
});

export type KeepingSettings = z.output<typeof keepingSchema>;

/** Days of a time such as `30d` that the schema has accepted. */
export function daysOf(text: string): number {
  return Number(text.slice(0, -1));
}

/** What is wrong between what is kept and what is to be shown of it. */
export function* keepingFaults(
  keeping: KeepingSettings,
  trendDays: number,
): Generator<{ readonly path: readonly string[]; readonly message: string }> {
  if (daysOf(keeping.history) < trendDays)
    yield {
      path: ['history'],
      message: `is shorter than the ${String(trendDays)} days of the charts (reports.trend), which show cycles that are on record`,
    };
}

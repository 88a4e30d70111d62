import { z } from 'zod';
import { duration } from './duration-settings.ts';
import { recipients } from './recipient-settings.ts';

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Reports of what is wrong and what was done (docs/reports.md). */
export const reportSchema = z.strictObject({
  when: z
    .enum(['daily', 'after each cycle', 'on demand'])
    .default('daily')
    .describe(
      'When a report is made and delivered by itself. Without a folder and recipients none is; one can be asked for at any time',
    ),
  at: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time of the day, such as 06:00')
    .default('06:00')
    .describe('Time of the daily report, which is about the day before'),
  timeZone: z
    .string()
    .refine(isTimeZone, 'a time zone of the IANA database, such as Europe/Berlin')
    .default('UTC')
    .describe('Time zone of `at`, of what a day is, and of the times in the report'),
  folder: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of the worker that reports are written to, each readable by its owner only; it must exist. Relative to this file. Nothing in it is overwritten',
    ),
  to: recipients
    .default([])
    .describe(
      'Recipients, each of whom gets a mail of their own with the report attached, by [the mail server](mail.md) of the worker',
    ),
  trend: z.int().min(2).max(366).default(30).describe('Days in the charts'),
  endsWithin: duration.default('14d').describe('Services that end within this time are listed'),
  longest: z.int().min(1).max(1000).default(20).describe('How many of the errors that last longest are listed'),
  perCode: z
    .int()
    .min(1)
    .max(1000)
    .default(50)
    .describe('How many objects of one error the page lists; the file errors.csv has all'),
});

export type ReportSettings = z.output<typeof reportSchema>;

/** Whether somebody gets reports that are made by themselves. */
export function isDelivered({ folder, to }: Pick<ReportSettings, 'folder' | 'to'>): boolean {
  return folder !== undefined || to.length > 0;
}

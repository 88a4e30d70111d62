import { z } from 'zod';
import { duration } from './duration-settings.ts';
import { attributeName } from './flow-settings.ts';

/** How changes are read, the best first. All of them end in the same state. */
export const READING_MODES = ['dirsync', 'dirsync-object-security', 'usn'] as const;

/**
 * - `dirsync`: DirSync by the right "Replicating Directory Changes" (MS-ADTS 3.1.1.3.4.1.3).
 * - `dirsync-object-security`: DirSync with the account's own read rights (LDAP_DIRSYNC_OBJECT_SECURITY).
 * - `usn`: objects whose uSNChanged is above the one that was read up to, on one domain controller.
 */
export type ReadingMode = (typeof READING_MODES)[number];

/** How a Customer Forest is read, and what is taken for trouble with reading it. */
export const readingSchema = z.strictObject({
  mode: z
    .enum(['auto', ...READING_MODES])
    .default('auto')
    .describe(
      'How changes are read. `auto` takes DirSync; without the right Replicating Directory Changes, DirSync with the own rights of the account (`dirsync-object-security`); where the server has neither, `usn`',
    ),
  wholeEveryWithoutTombstones: duration
    .default('24h')
    .describe(
      'Time after which a forest is read whole again when the account may not see deleted objects: a deletion is believed after two such reads. Never longer than cycle.wholeEvery',
    ),
  shortRead: z
    .strictObject({
      percent: z
        .int()
        .min(1)
        .max(100)
        .default(10)
        .describe('Part of the known objects of a domain, in percent, that a whole read must lack to be suspicious'),
      objects: z
        .int()
        .min(1)
        .default(10)
        .describe('Number of objects that a whole read must lack, besides, to be suspicious'),
      again: duration.default('1h').describe('Time after which the domain is read whole again'),
    })
    .prefault({})
    .describe('When a whole read is too short to be believed. One that holds nothing at all never is'),
  sentinels: z
    .strictObject({
      perAttribute: z.int().min(1).max(20).default(3).describe('Objects that are watched for each attribute'),
      common: z
        .int()
        .min(2)
        .default(10)
        .describe('Number of objects of a domain that must have an attribute for its loss to be noticed'),
    })
    .prefault({})
    .describe('Objects that are read back before each read, so that a lost right is not taken for cleared values'),
  absent: z
    .array(attributeName)
    .default([])
    .describe('Attributes that may disappear from all objects at once, because they were cleared on purpose'),
});

export type ReadingSettings = z.output<typeof readingSchema>;

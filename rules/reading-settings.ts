import { z } from 'zod';
import { duration } from './duration-settings.ts';

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
});

export type ReadingSettings = z.output<typeof readingSchema>;

import { z } from 'zod';
import { duration } from './duration-settings.ts';

/** What happens to managed objects that somebody else changes or deletes. */
export const managedKeeping = {
  drift: z
    .enum(['correct', 'report'])
    .default('correct')
    .describe(
      'What happens to a value of the attribute flow that somebody else changed in the Managed Forest: it is put right, or reported and left until the source value changes',
    ),
  undelete: z
    .strictObject({
      times: z
        .int()
        .min(0)
        .max(9)
        .default(3)
        .describe('So often a managed object that somebody deleted is brought back; then it is left to an operator'),
      within: duration.default('1d').describe('The time in which those deletions are counted'),
    })
    .prefault({})
    .describe('How often a managed object that somebody deletes again and again is brought back'),
  missed: z
    .strictObject({
      count: z.int().min(0).default(5).describe('So many may be missing, whatever their share'),
      percent: z.number().min(0).max(100).default(10).describe('Beyond that, the share of all that may be missing'),
    })
    .prefault({})
    .describe(
      'How much of what is known a complete read of the Managed Forest may miss without a tombstone. One that misses more is taken for a right that was withdrawn: nothing counts as gone',
    ),
};

export interface MissedSettings {
  readonly count: number;
  readonly percent: number;
}

export interface UndeleteSettings {
  readonly times: number;
  readonly within: string;
}

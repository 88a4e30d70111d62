import { z } from 'zod';
import { duration } from './duration-settings.ts';
import { DEFAULT_MEANINGS, MEANINGS } from './transitions.ts';

const meaning = z.enum(MEANINGS);

/** How services end (docs/deprovisioning.md). */
export const deprovisioningSchema = z.strictObject({
  removalValue: meaning
    .default(DEFAULT_MEANINGS.removalValue)
    .describe(
      'What the removal value in the provisioning attribute asks for: `mailUser` takes the mailbox off, `mailDisable` clears the mail attributes, `remove` deletes the managed object in the end, `nothing` leaves all as it is',
    ),
  mailCleared: meaning.default(DEFAULT_MEANINGS.mailCleared).describe('The same, where `mail` is cleared'),
  outOfScope: meaning
    .default(DEFAULT_MEANINGS.outOfScope)
    .describe('The same, where the object leaves the included organizational units'),
  filtered: meaning
    .default(DEFAULT_MEANINGS.filtered)
    .describe('The same, where a filter, a condition or the SMTP inclusion list leaves the object out'),
  deleted: meaning.default(DEFAULT_MEANINGS.deleted).describe('The same, where the source object is deleted'),
  grace: duration.default('7d').describe('How long nothing is undone after services were to end'),
  retention: duration
    .default('30d')
    .describe(
      'How long what was undone can be given back: the previous-mailbox attributes, and the managed object where it is to be deleted, are kept',
    ),
  lookAgainEvery: duration
    .default('1h')
    .describe('How often it is looked whether a litigation hold has ended, or an error that is in the way'),
});

export type DeprovisioningSettings = z.output<typeof deprovisioningSchema>;

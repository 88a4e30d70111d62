import type { DirectoryEntry } from '../directory/entries.ts';
import { generalizedTime } from '../directory/values.ts';
import { SELF, type MailboxFacts } from '../rules/mailbox.ts';
import { first } from '../rules/objects.ts';
import { recipientOf } from '../rules/recipients.ts';

/** What must be read of a managed object to know its mailbox. */
export const MAILBOX_ATTRIBUTES = [
  'msExchMailboxGuid',
  'homeMDB',
  'legacyExchangeDN',
  'msExchWhenMailboxCreated',
  'msExchRecipientTypeDetails',
  'msExchRecipientDisplayType',
  'msExchMasterAccountSid',
] as const;

/**
 * The mailbox that a managed object has already, to be kept as it is, its recipient kind too; null when it has none, and
 * `incomplete` when it has an msExchMailboxGuid but not all that goes with it: another mailbox must not be made in its place.
 *
 * @param sids of the source account, the objectSid first: one that it had before still lets it in, and is kept
 */
export function mailboxFacts(present: DirectoryEntry, sids: readonly string[]): MailboxFacts | 'incomplete' | null {
  const mailboxGuid = first(present.attributes, 'msExchMailboxGuid');
  if (mailboxGuid === undefined) return null;
  const database = present.links['homeMDB']?.[0]?.dn;
  const legacyExchangeDn = first(present.attributes, 'legacyExchangeDN');
  if (database === undefined || legacyExchangeDn === undefined) return 'incomplete';
  const facts = {
    mailboxGuid,
    database,
    legacyExchangeDn,
    createdAt: first(present.attributes, 'msExchWhenMailboxCreated') ?? generalizedTime(new Date()),
  };
  const [sourceSid] = sids;
  const recipientTypeDetails = first(present.attributes, 'msExchRecipientTypeDetails');
  if (recipientTypeDetails === undefined || sourceSid === undefined) return facts;
  const master = first(present.attributes, 'msExchMasterAccountSid');
  const isKept = master !== undefined && (sids.includes(master) || (master === SELF && recipientTypeDetails !== '2'));
  return {
    ...facts,
    recipient: recipientOf(recipientTypeDetails),
    adopted: {
      recipientTypeDetails,
      recipientDisplayType: first(present.attributes, 'msExchRecipientDisplayType') ?? null,
      masterAccountSid: isKept ? master : sourceSid,
      sourceSid,
    },
  };
}

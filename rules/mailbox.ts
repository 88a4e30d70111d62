import type { AttributeImage } from './attributes.ts';
import { RECIPIENTS, recipientOf, type RecipientKind } from './recipients.ts';

/** What a mailbox is given once and keeps for life, whatever its owner's attributes do later. */
export interface MailboxFacts {
  /** msExchMailboxGuid, lower-case dashed text. */
  readonly mailboxGuid: string;
  /** DN of the mailbox database. */
  readonly database: string;
  readonly legacyExchangeDn: string;
  /** When the mailbox was made, LDAP generalized time. */
  readonly createdAt: string;
  /** What it was made as, whatever is asked for later. Absent from mailboxes of the time when all were linked. */
  readonly recipient?: RecipientKind;
  /** What a mailbox that was there before is, where it was adopted: its kind is not ours to choose. */
  readonly adopted?: AdoptedMailbox;
}

export interface AdoptedMailbox {
  readonly recipientTypeDetails: string;
  readonly recipientDisplayType: string | null;
  readonly masterAccountSid: string;
  /** objectSid that the source account had then: as long as it has it, the mailbox keeps the SID that it was found with. */
  readonly sourceSid: string;
}

export interface MailboxContext {
  /** objectSid of the source account, which gets the access to the mailbox. */
  readonly sourceSid: string;
  readonly homeServer: string;
  readonly quotaBytes: bigint | null;
  readonly addressLists: readonly string[];
  /** Address lists that show rooms besides. */
  readonly roomLists: readonly string[];
  readonly hidden: boolean;
  /** People that a room holds; null when nothing is said. */
  readonly capacity: number | null;
}

/**
 * NT AUTHORITY\SELF: what msExchMasterAccountSid of a shared mailbox or of a resource holds, for nobody logs on with its
 * account.
 */
export const SELF = 'S-1-5-10';

/** The kind of mailbox that was made. */
export function recipientKind({ recipient, adopted }: MailboxFacts): RecipientKind {
  return recipient ?? (adopted === undefined ? 'linked' : recipientOf(adopted.recipientTypeDetails));
}

/**
 * The attributes of a mailbox of any kind: a disabled account whose mailbox belongs to the source account by its SID, or, of
 * a shared mailbox or a resource, to nobody. Quotas are in KiB, at 98, 99 and 100 % of the plan's size (MBXF: warning,
 * prohibit send, prohibit send and receive). An attribute with no values here must be absent. What a resource that was
 * adopted says of itself stays as it is.
 */
export function mailboxImage(facts: MailboxFacts, context: MailboxContext): AttributeImage {
  const quota = (percent: bigint): readonly string[] =>
    context.quotaBytes === null ? [] : [String((context.quotaBytes * percent) / 100n / 1024n)];
  const kind = RECIPIENTS[recipientKind(facts)];
  const { recipientTypeDetails, recipientDisplayType } = facts.adopted ?? {
    recipientTypeDetails: kind.typeDetails,
    recipientDisplayType: kind.displayType,
  };
  const lists = kind.resource === 'Room' ? [...context.addressLists, ...context.roomLists] : context.addressLists;
  const { resource } = kind;
  return {
    msExchMasterAccountSid: [masterAccountSid(facts, context.sourceSid)],
    msExchMailboxGuid: [facts.mailboxGuid],
    homeMDB: [facts.database],
    msExchHomeServerName: [context.homeServer],
    legacyExchangeDN: [facts.legacyExchangeDn],
    msExchRecipientTypeDetails: [recipientTypeDetails],
    msExchRecipientDisplayType: recipientDisplayType === null ? [] : [recipientDisplayType],
    msExchUserAccountControl: ['2'],
    msExchWhenMailboxCreated: [facts.createdAt],
    mDBUseDefaults: [context.quotaBytes === null ? 'TRUE' : 'FALSE'],
    mDBStorageQuota: quota(98n),
    mDBOverQuotaLimit: quota(99n),
    mDBOverHardQuotaLimit: quota(100n),
    showInAddressBook: context.hidden ? [] : [...new Set(lists)].sort(),
    ...(facts.adopted === undefined
      ? {
          targetAddress: [],
          msExchResourceMetaData: resource === null ? [] : [`ResourceType:${resource}`],
          msExchResourceSearchProperties: resource === null ? [] : [resource],
          msExchResourceDisplay: resource === null ? [] : [resource],
          msExchResourceCapacity: resource === null || context.capacity === null ? [] : [String(context.capacity)],
        }
      : {}),
  };
}

/** A mailbox that belongs to nobody's account, a shared one or a resource, keeps that too, whatever becomes of the source account. */
function masterAccountSid(facts: MailboxFacts, sourceSid: string): string {
  const { adopted } = facts;
  if (adopted === undefined) return RECIPIENTS[recipientKind(facts)].owner === 'nobody' ? SELF : sourceSid;
  return adopted.masterAccountSid === SELF || adopted.sourceSid === sourceSid ? adopted.masterAccountSid : sourceSid;
}

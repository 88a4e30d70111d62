import type { AttributeImage } from './attributes.ts';

/** What a mailbox is given once and keeps for life, whatever its owner's attributes do later. */
export interface MailboxFacts {
  /** msExchMailboxGuid, lower-case dashed text. */
  readonly mailboxGuid: string;
  /** DN of the mailbox database. */
  readonly database: string;
  readonly legacyExchangeDn: string;
  /** When the mailbox was made, LDAP generalized time. */
  readonly createdAt: string;
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
  readonly hidden: boolean;
}

/**
 * NT AUTHORITY\SELF: what msExchMasterAccountSid of a shared mailbox or of a resource holds, for nobody logs on with its
 * account.
 */
export const SELF = 'S-1-5-10';

/** Values of msExchRecipientTypeDetails and msExchRecipientDisplayType of a linked mailbox. */
const LINKED_MAILBOX = { recipientTypeDetails: '2', recipientDisplayType: '1073741824' } as const;

/**
 * The attributes of a linked mailbox: a disabled account whose mailbox belongs to the source account by its SID.
 * Quotas are in KiB, at 98, 99 and 100 % of the plan's size (MBXF: warning, prohibit send, prohibit send and receive).
 * An attribute with no values here must be absent.
 */
export function linkedMailbox(facts: MailboxFacts, context: MailboxContext): AttributeImage {
  const quota = (percent: bigint): readonly string[] =>
    context.quotaBytes === null ? [] : [String((context.quotaBytes * percent) / 100n / 1024n)];
  const { recipientTypeDetails, recipientDisplayType } = facts.adopted ?? LINKED_MAILBOX;
  return {
    msExchMasterAccountSid: [masterAccountSid(facts.adopted, context.sourceSid)],
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
    showInAddressBook: context.hidden ? [] : [...context.addressLists].sort(),
  };
}

/** A mailbox that belongs to nobody's account, a shared one or a resource, keeps that too, whatever becomes of the source account. */
function masterAccountSid(adopted: AdoptedMailbox | undefined, sourceSid: string): string {
  if (adopted === undefined) return sourceSid;
  return adopted.masterAccountSid === SELF || adopted.sourceSid === sourceSid ? adopted.masterAccountSid : sourceSid;
}

import type { AttributeImage } from './attributes.ts';
import { first, type ObjectKind } from './objects.ts';
import { recipientOf } from './recipients.ts';
import type { End, Holding } from './transitions.ts';

/** What a mailbox is made of, and what is cleared when it is taken off (`mailbox.ts`). */
const MAILBOX = [
  'homeMDB',
  'msExchMailboxGuid',
  'msExchHomeServerName',
  'msExchMasterAccountSid',
  'msExchUserAccountControl',
  'msExchWhenMailboxCreated',
  'mDBUseDefaults',
  'mDBStorageQuota',
  'mDBOverQuotaLimit',
  'mDBOverHardQuotaLimit',
  'msExchResourceMetaData',
  'msExchResourceSearchProperties',
  'msExchResourceDisplay',
  'msExchResourceCapacity',
] as const;

/** What a mail-disabled object has no more (KB 2655364). */
const MAIL = ['mail', 'mailNickname', 'legacyExchangeDN', 'proxyAddresses', 'targetAddress'] as const;

const RECIPIENT = ['msExchRecipientTypeDetails', 'msExchRecipientDisplayType'] as const;
const PREVIOUS = ['msExchPreviousHomeMDB', 'msExchPreviousMailboxGuid', 'msExchPreviousRecipientTypeDetails'] as const;
const INACTIVE = ['msExchRecipientSoftDeletedStatus', 'msExchWhenSoftDeletedTime'] as const;
const SHOWN = ['msExchHideFromAddressLists', 'showInAddressBook'] as const;
const VOICE_ENABLED = 'msRTCSIP-UserEnabled';
const LITIGATION_HOLD = ['msExchLitigationHoldDate', 'msExchUserHoldPolicies', 'msExchELCMailboxFlags'] as const;

/** Every attribute that an end of services may change; what a managed object has of them is kept before. */
export const ENDING_ATTRIBUTES: readonly string[] = [
  ...MAILBOX,
  ...MAIL,
  ...RECIPIENT,
  ...PREVIOUS,
  ...INACTIVE,
  ...SHOWN,
  VOICE_ENABLED,
];

/** What must be read of a managed object to know how its services can end. */
export const HOLDING_ATTRIBUTES: readonly string[] = [...ENDING_ATTRIBUTES, ...LITIGATION_HOLD];

/**
 * Bit of msExchRecipientSoftDeletedStatus for an inactive mailbox: `Inactive` of Exchange's RecipientSoftDeletedStatusFlags
 * (Microsoft.Exchange.Data.Directory.Recipient), beside 1 `Removed`, 2 `Disabled`, 4 `IncludeInGarbageCollection`. The
 * others say that Exchange has the object among its deleted ones, which is not so here.
 */
const INACTIVE_BIT = 8;
/** Bit of msExchELCMailboxFlags for a litigation hold: `LitigationHold` of Exchange's ElcMailboxFlags, in the same place. */
const LITIGATION_HOLD_BIT = 8;
/** msExchRecipientTypeDetails and msExchRecipientDisplayType of a mail user. */
const MAIL_USER = { msExchRecipientTypeDetails: ['128'], msExchRecipientDisplayType: ['6'] };

/** What a managed object is, by its attributes; null where there is none. */
export function holdingOf(kind: ObjectKind, present: AttributeImage | null): Holding {
  if (present === null) return 'removed';
  if (kind === 'group') return 'group';
  const hasMail = MAIL.some((name) => name !== 'legacyExchangeDN' && first(present, name) !== undefined);
  if (kind === 'contact') return hasMail ? 'contact' : 'none';
  if ((Number(first(present, 'msExchRecipientSoftDeletedStatus') ?? 0) & INACTIVE_BIT) !== 0) return 'inactive';
  if (first(present, 'msExchMailboxGuid') === undefined) return hasMail ? 'mailUser' : 'none';
  return recipientOf(first(present, 'msExchRecipientTypeDetails') ?? '');
}

/** Whether what a managed object holds may not be ended: by date, by policy or by flag. */
export function onLitigationHold(present: AttributeImage): boolean {
  const flags = Number(first(present, 'msExchELCMailboxFlags') ?? 0);
  return (
    first(present, 'msExchLitigationHoldDate') !== undefined ||
    first(present, 'msExchUserHoldPolicies') !== undefined ||
    (flags & LITIGATION_HOLD_BIT) !== 0
  );
}

/** The image of an inactive mailbox: all of the mailbox stays, nobody sees it. */
export function inactiveMailbox(since: string): AttributeImage {
  return {
    msExchRecipientSoftDeletedStatus: [String(INACTIVE_BIT)],
    msExchWhenSoftDeletedTime: [since],
    msExchHideFromAddressLists: ['TRUE'],
    showInAddressBook: [],
  };
}

/**
 * What a managed object shall hold when its services have ended, until the retention time is over. The previous-mailbox
 * attributes make a reconnection possible. An attribute with no values here must be absent.
 *
 * @param had what it held before anything was undone
 * @param wasInactive the mailbox was hidden meanwhile: who stays is shown again as before
 */
export function ended(end: End, had: AttributeImage, wasInactive = false): AttributeImage {
  const hide = { msExchHideFromAddressLists: ['TRUE'], showInAddressBook: [] };
  if (end === 'removeGroup') return hide;
  const mailbox = first(had, 'msExchMailboxGuid') === undefined ? {} : withoutMailbox(had);
  const shown = wasInactive ? Object.fromEntries(SHOWN.map((name) => [name, had[name] ?? []])) : {};
  if (end === 'mailUser') return { ...mailbox, ...shown };
  if (end === 'mailDisable') return { ...mailbox, ...shown, ...cleared([...MAIL, ...RECIPIENT, 'showInAddressBook']) };
  const voice = first(had, VOICE_ENABLED) === 'TRUE' ? { [VOICE_ENABLED]: ['FALSE'] } : {};
  return { ...mailbox, ...voice, ...hide };
}

function withoutMailbox(had: AttributeImage): AttributeImage {
  return {
    ...cleared([...MAILBOX, ...INACTIVE]),
    ...MAIL_USER,
    msExchPreviousHomeMDB: had['homeMDB'] ?? [],
    msExchPreviousMailboxGuid: had['msExchMailboxGuid'] ?? [],
    msExchPreviousRecipientTypeDetails: had['msExchRecipientTypeDetails'] ?? [],
  };
}

/** What is left to be cleared of an object that is kept, when the retention time is over. */
export const forgotten: AttributeImage = cleared(PREVIOUS);

/**
 * The attributes that an end has the say over while it goes on. Flow's are among them: what is hidden is not shown again by
 * the flow, and what was cleared comes back by the end.
 *
 * @param end the end that was begun; null where the mailbox was made inactive only
 */
export function heldBack(end: End | null, had: AttributeImage): readonly string[] {
  return Object.keys(end === null ? inactiveMailbox('') : ended(end, had));
}

/**
 * What gives an object back what was taken.
 *
 * @param end the end that was begun; null where the mailbox was made inactive only
 * @param flowing what flow wants by now of the attributes that it owns
 */
export function givenBack(end: End | null, had: AttributeImage, flowing: AttributeImage): AttributeImage {
  const touched = new Set([...heldBack(end, had), ...heldBack(null, had)]);
  return Object.fromEntries([...touched].map((name) => [name, flowing[name] ?? had[name] ?? []]));
}

function cleared(names: readonly string[]): AttributeImage {
  return Object.fromEntries(names.map((name) => [name, []]));
}

import type { AttributeImage } from './attributes.ts';
import { parseProxyAddress } from './addresses.ts';
import { dnKey } from './dn.ts';
import { first, type ObjectKind } from './objects.ts';

/**
 * What makes a managed object without a mailbox a recipient, beside what flows by the flow table. It flows by page, for
 * who has no mailbox of ours: a mailbox has its own values of these.
 */
export const RECIPIENT_ATTRIBUTES = [
  'msExchRecipientTypeDetails',
  'msExchRecipientDisplayType',
  'legacyExchangeDN',
  'targetAddress',
  'showInAddressBook',
] as const;

/** By which the recipient attributes of an object that was adopted are known to be a mailbox's. */
export const MAILBOX_MARK = 'msExchMailboxGuid';

/** Recipients without a mailbox, with their msExchRecipientTypeDetails and msExchRecipientDisplayType. */
const KINDS = {
  mailUser: ['128', '6'],
  mailContact: ['64', '6'],
  distributionGroup: ['256', '1'],
  mailSecurityGroup: ['1024', '1073741833'],
} as const;

/** Address lists by the kind of object that they show, as {@link listKey} has them. */
export type RecipientLists = Readonly<Record<ObjectKind, readonly string[]>>;

/** The name of an address list in the form in which two names of the same list are equal; itself a name of it. */
export function listKey(dn: string): string {
  return dnKey(dn) ?? dn;
}

interface ListSettings {
  readonly addressLists: readonly string[];
  readonly contactLists?: readonly string[] | undefined;
  readonly groupLists?: readonly string[] | undefined;
}

/** The address lists of the configuration. */
export function recipientLists({ addressLists, contactLists, groupLists }: ListSettings): RecipientLists {
  const names = (lists: readonly string[]): readonly string[] => [...new Set(lists.map(listKey))].sort();
  return {
    user: names(addressLists),
    contact: names(contactLists ?? addressLists),
    group: names(groupLists ?? addressLists),
  };
}

/**
 * What makes a contact whose mail goes somewhere a mail contact, a group with `mail` a distribution group or, where it gives
 * rights, a mail-enabled security group, and a user whose mail goes elsewhere a mail user. Nothing for what is no recipient.
 *
 * @param wanted what flow wants the managed object to hold
 * @param target where the mail of a user goes; null for who has or is to have a mailbox here, and where nothing tells
 */
export function recipientImage(
  kind: ObjectKind,
  wanted: AttributeImage,
  lists: RecipientLists,
  target: string | null,
): AttributeImage {
  const recipient = recipientOf(kind, wanted, target);
  if (recipient === null) return {};
  const [typeDetails, displayType] = KINDS[recipient];
  const shown = first(wanted, 'msExchHideFromAddressLists') === 'TRUE' ? [] : lists[kind];
  return {
    msExchRecipientTypeDetails: [typeDetails],
    msExchRecipientDisplayType: [displayType],
    ...(target === null || kind !== 'user' ? {} : { targetAddress: [target] }),
    ...(shown.length === 0 ? {} : { showInAddressBook: shown }),
  };
}

function recipientOf(kind: ObjectKind, wanted: AttributeImage, target: string | null): keyof typeof KINDS | null {
  if (first(wanted, 'mail') === undefined) return null;
  if (kind === 'user') return target === null ? null : 'mailUser';
  if (kind === 'contact') return first(wanted, 'targetAddress') === undefined ? null : 'mailContact';
  return groupKind(wanted);
}

function groupKind(image: AttributeImage): 'mailSecurityGroup' | 'distributionGroup' {
  return Number(first(image, 'groupType') ?? '0') < 0 ? 'mailSecurityGroup' : 'distributionGroup';
}

/**
 * Where the mail of a user without a hosted mailbox goes: targetAddress, and where there is none but a mailbox in the
 * Customer Forest (homeMDB), `mail`. Null where nothing tells, or where targetAddress leads here.
 */
export function targetOf(source: AttributeImage, leadsHere: boolean): string | null {
  if (leadsHere) return null;
  const target = first(source, 'targetAddress');
  if (target !== undefined) return parseProxyAddress(target) === null ? `SMTP:${target}` : target;
  const mail = first(source, 'mail');
  return first(source, 'homeMDB') === undefined || mail === undefined ? null : `SMTP:${mail}`;
}

/** What is known of a managed object when its recipient attributes are planned. */
export interface RecipientObject {
  readonly kind: ObjectKind;
  /** What the rules want of it. */
  readonly wanted: AttributeImage;
  /** What it was last confirmed to hold; null for an object that is to be made. */
  readonly managed: AttributeImage | null;
  /** It was there before us. */
  readonly adopted: boolean;
  /** legacyExchangeDN for an object that has none. */
  readonly legacyExchangeDn: string;
}

/**
 * The recipient attributes that are to be written of an object that has no mailbox of ours, [] for one that shall be empty;
 * what is not named is left as it is. legacyExchangeDN is made once and kept. An adopted object of another recipient kind
 * keeps all that it has: what it is, is not ours to choose.
 */
export function plannedRecipient({
  kind,
  wanted,
  managed,
  adopted,
  legacyExchangeDn,
}: RecipientObject): AttributeImage {
  if (first(wanted, 'msExchRecipientTypeDetails') === undefined) return {};
  if (adopted && managed !== null && !isOurs(kind, wanted, managed)) return {};
  const { msExchRecipientTypeDetails = [], msExchRecipientDisplayType = [], showInAddressBook = [] } = wanted;
  const hasLegacyDn = managed !== null && first(managed, 'legacyExchangeDN') !== undefined;
  const isAsFound = adopted && managed !== null && first(managed, 'msExchRecipientDisplayType') !== undefined;
  return {
    msExchRecipientTypeDetails,
    ...(isAsFound && sameKind(wanted, managed) ? {} : { msExchRecipientDisplayType }),
    ...(kind === 'user' ? { targetAddress: wanted['targetAddress'] ?? [] } : {}),
    ...(hasLegacyDn ? {} : { legacyExchangeDN: [legacyExchangeDn] }),
    showInAddressBook,
  };
}

function sameKind(wanted: AttributeImage, managed: AttributeImage): boolean {
  return first(wanted, 'msExchRecipientTypeDetails') === first(managed, 'msExchRecipientTypeDetails');
}

/** Whether an adopted object is no recipient yet, is of the kind that is wanted, or is a group of the kind of its type, which flows. */
function isOurs(kind: ObjectKind, wanted: AttributeImage, managed: AttributeImage): boolean {
  const shown = first(managed, 'msExchRecipientTypeDetails');
  if (shown === undefined)
    return first(managed, MAILBOX_MARK) === undefined && first(managed, 'msExchRecipientDisplayType') === undefined;
  return sameKind(wanted, managed) || (kind === 'group' && shown === KINDS[groupKind(managed)][0]);
}

/** legacyExchangeDN of an identity's managed object, where it is ours to make. */
export function legacyExchangeDnOf(recipientsDn: string, identity: string): string {
  return `${recipientsDn}/cn=${identity.replaceAll('-', '')}`;
}

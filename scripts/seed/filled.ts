import { createHash } from 'node:crypto';
import { present } from '../../directory/filter.ts';
import type { DirectoryEntry } from '../../directory/entries.ts';
import { openReader } from '../../directory/reader.ts';
import { guidBytes, sidBytes } from '../../directory/values.ts';
import { first, kindOf } from '../../rules/objects.ts';
import { loadObjects } from '../sample/load.ts';
import type { SampleObject, SampleValue } from '../sample/sample-object.ts';
import type { ForestCoordinates } from '../stack/forest.ts';
import { setFormerSids } from './former-sids.ts';

export interface FilledOptions {
  /** DN of the organizational unit of the Customer Forest whose users and groups have managed objects. */
  readonly sourceOu: string;
  /** DN of the organizational unit of the Managed Forest that is made for them. */
  readonly managedOu: string;
  /** Put before account names, which are unique in a domain; up to 8 characters. */
  readonly prefix: string;
  /** Users of whom two managed objects match. */
  readonly ambiguous: number;
  /** Linked mailboxes whose users have left. */
  readonly withoutSource: number;
}

/** What was made, in numbers of managed objects. */
export interface FilledCounts {
  readonly mailboxes: number;
  readonly groups: number;
  /** Mailboxes of users who had another SID when they were made. */
  readonly formerSid: number;
  /** Shared mailboxes, which only employeeID leads to. */
  readonly shared: number;
}

/** The attribute in which FIM kept its anchor here: the objectGUID of the source object in base64. */
export const FIM_ANCHOR = 'adminDescription';

const SELF = 'S-1-5-10';
const RECIPIENTS = '/o=Fabrikam/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients';
const DATABASES =
  'CN=Databases,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,CN=Fabrikam,CN=Microsoft Exchange,CN=Services,CN=Configuration';

/** One in so many users came from another domain, or has a shared mailbox. */
const EVERY = { formerSid: 7, shared: 20, staleTitle: 25 } as const;
/** What FIM had flowed; the rest of the address book it left out. */
const FLOWED = [
  'displayName',
  'givenName',
  'sn',
  'title',
  'department',
  'company',
  'telephoneNumber',
  'l',
  'co',
  'mail',
  'mailNickname',
  'proxyAddresses',
];

/**
 * Fills a Managed Forest of the development stack as FIM leaves it: linked mailboxes under other names, in other
 * organizational units than ours, with FIM's anchor, for each user and group below an organizational unit of the Customer
 * Forest. The same for the same source.
 */
export async function fillManaged(
  customer: ForestCoordinates,
  managed: ForestCoordinates,
  options: FilledOptions,
): Promise<FilledCounts> {
  const entries = await sourceEntries(customer, options.sourceOu);
  const users = entries.filter((entry) => kindOf(entry.attributes['objectClass'] ?? []) === 'user');
  const groups = entries.filter((entry) => kindOf(entry.attributes['objectClass'] ?? []) === 'group');
  const plan = users.map((entry, index) => mailboxOf(entry, index, options, managed.namingContext));
  await setFormerSids(
    customer,
    plan.flatMap(({ entry, formerSid }) => (formerSid === null ? [] : [{ dn: entry.dn, sid: formerSid }])),
  );
  const unit = (dn: string): SampleObject => ({
    dn,
    kind: 'organizationalUnit',
    attributes: { objectClass: ['organizationalUnit'] },
    links: {},
  });
  const dnOf = new Map(plan.map(({ entry, object }) => [entry.guid, object.dn]));
  const groupDn = (index: number): string => `CN=DL-${numbered(index)},OU=Lists,${options.managedOu}`;
  for (const [index, group] of groups.entries()) dnOf.set(group.guid, groupDn(index));
  const byHand = `CN=Made by hand,OU=Lists,${options.managedOu}`;
  await loadObjects(managed, [
    unit(options.managedOu),
    unit(`OU=Mailboxes,${options.managedOu}`),
    unit(`OU=Lists,${options.managedOu}`),
    ...plan.map(({ object }) => object),
    ...plan.slice(0, options.ambiguous).map(({ object }, index) => duplicateOf(object, index, options)),
    ...Array.from({ length: options.withoutSource }, (_, index) => abandoned(index, options, managed.namingContext)),
    { dn: byHand, kind: 'contact', attributes: { objectClass: ['contact'] }, links: {} },
    ...groups.map((group, index) => ({
      ...listOf(group, index, groupDn(index), options),
      links: {
        member: [
          ...(group.links['member'] ?? []).flatMap(({ guid }) => dnOf.get(guid ?? '') ?? []),
          ...(index < 3 ? [byHand] : []),
        ],
      },
    })),
  ]);
  return {
    mailboxes: plan.length,
    groups: groups.length,
    formerSid: plan.filter(({ formerSid }) => formerSid !== null).length,
    shared: plan.filter(({ shared }) => shared).length,
  };
}

async function sourceEntries(customer: ForestCoordinates, ou: string): Promise<readonly DirectoryEntry[]> {
  const reader = openReader({
    controllers: [customer.url],
    tls: { caFile: customer.caFile },
    bind: customer.administrator,
  });
  const attributes = [
    'objectClass',
    'objectSid',
    'sAMAccountName',
    'employeeID',
    'legacyExchangeDN',
    'member',
    'groupType',
  ];
  const found: DirectoryEntry[] = [];
  try {
    for await (const page of reader.pages({
      base: ou,
      scope: 'sub',
      filter: present('mail'),
      attributes: [...attributes, ...FLOWED],
      pageSize: 500,
    }))
      found.push(...page);
  } finally {
    await reader.close();
  }
  return found.sort((one, other) => (account(one) < account(other) ? -1 : 1));
}

interface Mailbox {
  readonly entry: DirectoryEntry;
  readonly object: SampleObject;
  readonly formerSid: string | null;
  readonly shared: boolean;
}

function mailboxOf(entry: DirectoryEntry, index: number, options: FilledOptions, namingContext: string): Mailbox {
  const shared = index % EVERY.shared === EVERY.shared - 1;
  const formerSid =
    !shared && index % EVERY.formerSid === EVERY.formerSid - 1 ? strangeSid(1_000_000 + index, options) : null;
  const sid = shared ? SELF : (formerSid ?? first(entry.attributes, 'objectSid') ?? SELF);
  const name = `M${numbered(index)}`;
  const stale = index % EVERY.staleTitle === 0 ? { title: ['Title of last year'] } : {};
  const legacy = first(entry.attributes, 'legacyExchangeDN');
  const object = {
    dn: `CN=${name},OU=Mailboxes,${options.managedOu}`,
    kind: 'user' as const,
    attributes: {
      ...flowed(entry),
      ...stale,
      proxyAddresses: [
        ...(entry.attributes['proxyAddresses'] ?? []),
        ...(legacy === undefined ? [] : [`X500:${legacy}`]),
      ],
      employeeID: entry.attributes['employeeID'] ?? [],
      [FIM_ANCHOR]: shared ? [] : [anchorOf(entry)],
      ...linkedMailbox(name, index, sid, shared, options, namingContext),
    },
    links: {},
  };
  return { entry, object: { ...object, attributes: withoutEmpty(object.attributes) }, formerSid, shared };
}

/** What Exchange has on a mailbox whose account is disabled. */
function linkedMailbox(
  name: string,
  index: number,
  sid: string,
  shared: boolean,
  { prefix }: FilledOptions,
  namingContext: string,
): Readonly<Record<string, readonly SampleValue[]>> {
  return {
    objectClass: ['user'],
    sAMAccountName: [`${prefix}${name}`],
    userAccountControl: ['514'],
    msExchMasterAccountSid: [sidBytes(sid) ?? Buffer.alloc(0)],
    msExchMailboxGuid: [createHash('sha256').update(`${prefix}${name}`).digest().subarray(0, 16)],
    homeMDB: [`CN=${['EU-DB01', 'NA-DB02'][index % 2] ?? ''},${DATABASES},${namingContext}`],
    legacyExchangeDN: [`${RECIPIENTS}/cn=${prefix}${name}`],
    msExchRecipientTypeDetails: [shared ? '4' : '2'],
    msExchRecipientDisplayType: ['1073741824'],
    msExchWhenMailboxCreated: ['20140312083000.0Z'],
    mDBUseDefaults: ['TRUE'],
  };
}

/** A second managed object of the same user: left over from a move that nobody has cleaned up after. */
function duplicateOf(object: SampleObject, index: number, { prefix, managedOu }: FilledOptions): SampleObject {
  const name = `OLD-${numbered(index)}`;
  const { msExchMasterAccountSid = [], employeeID = [] } = object.attributes;
  return {
    dn: `CN=${name},OU=Mailboxes,${managedOu}`,
    kind: 'user',
    attributes: withoutEmpty({
      objectClass: ['user'],
      sAMAccountName: [`${prefix}${name}`],
      userAccountControl: ['514'],
      msExchMasterAccountSid,
      employeeID,
    }),
    links: {},
  };
}

function abandoned(index: number, options: FilledOptions, namingContext: string): SampleObject {
  const name = `LEFT-${numbered(index)}`;
  return {
    dn: `CN=${name},OU=Mailboxes,${options.managedOu}`,
    kind: 'user',
    attributes: linkedMailbox(name, index, strangeSid(2_000_000 + index, options), false, options, namingContext),
    links: {},
  };
}

function listOf(entry: DirectoryEntry, index: number, dn: string, { prefix }: FilledOptions): SampleObject {
  const security = Number(first(entry.attributes, 'groupType') ?? '0') < 0;
  return {
    dn,
    kind: 'group',
    attributes: withoutEmpty({
      objectClass: ['group'],
      sAMAccountName: [`${prefix}DL-${numbered(index)}`],
      groupType: [security ? '-2147483640' : '8'],
      msExchRecipientTypeDetails: [security ? '1024' : '256'],
      msExchRecipientDisplayType: [security ? '1073741833' : '1'],
      legacyExchangeDN: [`${RECIPIENTS}/cn=${prefix}DL-${numbered(index)}`],
      ...flowed(entry),
      [FIM_ANCHOR]: [anchorOf(entry)],
    }),
    links: {},
  };
}

function flowed(entry: DirectoryEntry): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(FLOWED.map((name) => [name, entry.attributes[name] ?? []]));
}

/** A SID of a domain that is not there (any more). */
function strangeSid(number: number, { prefix }: FilledOptions): string {
  const domain = createHash('sha256').update(prefix).digest();
  return `S-1-5-21-${domain.readUInt32LE(0)}-${domain.readUInt32LE(4)}-${domain.readUInt32LE(8)}-${number}`;
}

function anchorOf(entry: DirectoryEntry): string {
  return guidBytes(entry.guid)?.toString('base64') ?? '';
}

function account(entry: DirectoryEntry): string {
  return first(entry.attributes, 'sAMAccountName') ?? entry.guid;
}

function numbered(index: number): string {
  return String(index + 1).padStart(5, '0');
}

function withoutEmpty(
  attributes: Readonly<Record<string, readonly SampleValue[]>>,
): Readonly<Record<string, readonly SampleValue[]>> {
  return Object.fromEntries(Object.entries(attributes).filter(([, values]) => values.length > 0));
}

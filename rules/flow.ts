import { wantedProxyAddresses } from './addresses.ts';
import type { AttributeImage } from './attributes.ts';
import { all, first, type ObjectKind, type SourceObject } from './objects.ts';

/** One attribute flow: a source attribute's values are what the managed object's attribute shall hold. */
export interface AttributeFlow {
  readonly attribute: string;
  readonly kinds: readonly ObjectKind[];
}

const PERSON: readonly ObjectKind[] = ['user', 'contact'];
const EVERY: readonly ObjectKind[] = ['user', 'contact', 'group'];

function flows(kinds: readonly ObjectKind[], names: string): readonly AttributeFlow[] {
  return names.split(/\s+/).map((attribute) => ({ attribute, kinds }));
}

const extensionAttributes = Array.from({ length: 15 }, (_, index) => `extensionAttribute${String(index + 1)}`).join(
  ' ',
);

/** The default attribute flow: what an address book shows, and what mail routing needs. */
export const defaultFlow: readonly AttributeFlow[] = [
  ...flows(EVERY, 'displayName mail mailNickname info msExchHideFromAddressLists msExchRequireAuthToSendTo'),
  ...flows(EVERY, extensionAttributes),
  ...flows(PERSON, 'givenName sn initials title department company division physicalDeliveryOfficeName'),
  ...flows(PERSON, 'telephoneNumber otherTelephone homePhone otherHomePhone mobile otherMobile pager otherPager'),
  ...flows(PERSON, 'facsimileTelephoneNumber otherFacsimileTelephoneNumber ipPhone msExchAssistantName'),
  ...flows(PERSON, 'streetAddress postOfficeBox l st postalCode c co countryCode wWWHomePage'),
  ...flows(PERSON, 'personalTitle generationQualifier employeeNumber employeeType thumbnailPhoto'),
  ...flows(['contact'], 'targetAddress'),
  ...flows(['group'], 'description hideDLMembership reportToOriginator reportToOwner oOFReplyToOriginator'),
];

/** Attributes that are references to other objects; they flow in the second pass, when both ends exist. */
export const referenceFlow: readonly AttributeFlow[] = [
  ...flows(PERSON, 'manager'),
  ...flows(['group'], 'member managedBy'),
];

/** The back links of the reference attributes (MS-ADTS 3.1.1.1.6): what the target of a reference knows of its holders. */
export const backLinks: Readonly<Record<string, string>> = {
  memberOf: 'member',
  directReports: 'manager',
  managedObjects: 'managedBy',
};

/** Attributes of which flow owns single values, not the whole: a value that none of us wrote is left alone. */
export const valueOwned: ReadonlySet<string> = new Set(['proxyAddresses']);

/** groupType of a universal distribution group and of a universal security group (MS-ADTS 2.2.12). */
const UNIVERSAL = { distribution: '8', security: '-2147483640' } as const;

/**
 * What flow wants the managed object to hold. Covers exactly the attributes that {@link flowOwned} names for the kind;
 * an attribute without values is absent here, and is cleared where the managed object has it.
 */
export function wantedAttributes(object: SourceObject): AttributeImage {
  const wanted: Record<string, readonly string[]> = {};
  for (const flow of defaultFlow) {
    const values = all(object.attributes, flow.attribute);
    if (flow.kinds.includes(object.kind) && values.length > 0) wanted[flow.attribute] = values;
  }
  const proxyAddresses = wantedProxyAddresses(object);
  if (proxyAddresses.length > 0) wanted['proxyAddresses'] = proxyAddresses;
  if (object.kind === 'user') wanted['userAccountControl'] = ['514'];
  if (object.kind === 'group')
    wanted['groupType'] = [isSecurityGroup(object) ? UNIVERSAL.security : UNIVERSAL.distribution];
  return wanted;
}

const owned: Readonly<Record<ObjectKind, readonly string[]>> = {
  user: [...ownedByTable('user'), 'proxyAddresses', 'userAccountControl'],
  contact: [...ownedByTable('contact'), 'proxyAddresses'],
  group: [...ownedByTable('group'), 'proxyAddresses', 'groupType'],
};

/** The attributes of a managed object that flow owns, whole or (see {@link valueOwned}) by value. */
export function flowOwned(kind: ObjectKind): readonly string[] {
  return owned[kind];
}

/** The reference attributes that flow owns for a kind. */
export function referencesOf(kind: ObjectKind): readonly string[] {
  return referenceFlow.filter((flow) => flow.kinds.includes(kind)).map((flow) => flow.attribute);
}

/** The source attributes that the rules look at, references left out: what a read of the Customer Forest asks for. */
export function sourceAttributes(provisioningAttribute: string): readonly string[] {
  const identity =
    'objectGUID objectSid objectClass parentGUID name sAMAccountName userAccountControl groupType isCriticalSystemObject whenCreated';
  const evidence =
    'proxyAddresses legacyExchangeDN userPrincipalName employeeID sIDHistory mS-DS-ConsistencyGuid targetAddress homeMDB';
  return [
    ...new Set([
      ...identity.split(' '),
      ...evidence.split(' '),
      ...defaultFlow.map((flow) => flow.attribute),
      provisioningAttribute,
    ]),
  ];
}

function ownedByTable(kind: ObjectKind): readonly string[] {
  return defaultFlow.filter((flow) => flow.kinds.includes(kind)).map((flow) => flow.attribute);
}

function isSecurityGroup(object: SourceObject): boolean {
  return Number(first(object.attributes, 'groupType') ?? '0') < 0;
}

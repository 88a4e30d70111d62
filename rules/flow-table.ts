import type { ObjectKind } from './objects.ts';

/** One attribute flow: a source attribute's values are what the managed object's attribute of that name shall hold. */
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
  ...flows(EVERY, 'displayName mail mailNickname proxyAddresses info'),
  ...flows(EVERY, 'msExchHideFromAddressLists msExchRequireAuthToSendTo'),
  ...flows(EVERY, extensionAttributes),
  ...flows(PERSON, 'givenName sn initials title department company division physicalDeliveryOfficeName'),
  ...flows(PERSON, 'telephoneNumber otherTelephone homePhone otherHomePhone mobile otherMobile pager otherPager'),
  ...flows(PERSON, 'facsimileTelephoneNumber otherFacsimileTelephoneNumber ipPhone msExchAssistantName'),
  ...flows(PERSON, 'streetAddress postOfficeBox l st postalCode c co countryCode wWWHomePage'),
  ...flows(PERSON, 'personalTitle generationQualifier thumbnailPhoto'),
  ...flows(['user'], 'employeeNumber employeeType'),
  ...flows(['contact'], 'targetAddress'),
  ...flows(['group'], 'description hideDLMembership reportToOriginator reportToOwner oOFReplyToOriginator'),
];

/** Attributes that are references to other objects; they flow in the second pass, when both ends exist. */
export const defaultReferences: readonly AttributeFlow[] = [
  ...flows(PERSON, 'manager'),
  ...flows(['group'], 'member managedBy'),
  ...flows(EVERY, 'authOrig unauthOrig dLMemSubmitPerms dLMemRejectPerms'),
];

/** The attributes that flow to a kind of object by default, references among them. */
export function defaultTargets(kind: ObjectKind): readonly string[] {
  return [...defaultFlow, ...defaultReferences]
    .filter((flow) => flow.kinds.includes(kind))
    .map((flow) => flow.attribute);
}

/** Attributes that may be transformed but not left out: mail is delivered, and objects are told apart, by them. */
export const requiredTargets: ReadonlySet<string> = new Set([
  'mail',
  'mailNickname',
  'proxyAddresses',
  'targetAddress',
]);

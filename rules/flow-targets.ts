import { attribute } from './attributes.ts';
import type { ObjectKind } from './objects.ts';

/** An attribute of a managed object that flow may write. */
export interface FlowTarget {
  readonly name: string;
  /** The kinds of object that can hold it, by the schema's classes. */
  readonly kinds: readonly ObjectKind[];
  /** rangeUpper of the schema: UTF-16 units of text, octets of binary values, the greatest integer. */
  readonly limit: number | null;
}

const PERSON: readonly ObjectKind[] = ['user', 'contact'];
const EVERY: readonly ObjectKind[] = ['user', 'contact', 'group'];

function numbered(prefix: string, from: number, to: number, limit: string): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `${prefix}${from + index}${limit}`).join(' ');
}

/**
 * The list of allowed targets, `name:rangeUpper`, by the kinds whose classes the schema lets hold them (Active Directory
 * 2012 R2, Exchange 2016). What is not on it is never written by flow.
 */
const TARGETS: readonly (readonly [readonly ObjectKind[], string])[] = [
  [
    EVERY,
    `displayName:256 displayNamePrintable:256 mail:256 mailNickname:64 proxyAddresses:1123 info:1024 description:1024
     telephoneNumber:64 wWWHomePage:2048 url msDS-PhoneticDisplayName:256 msExchAssistantName:256
     msExchHideFromAddressLists msExchRequireAuthToSendTo hideDLMembership reportToOriginator reportToOwner
     oOFReplyToOriginator ${numbered('extensionAttribute', 1, 10, ':1024')}
     ${numbered('extensionAttribute', 11, 15, ':2048')} ${numbered('msExchExtensionCustomAttribute', 1, 5, ':2048')}
     authOrig unauthOrig dLMemSubmitPerms dLMemRejectPerms publicDelegates`,
  ],
  [
    PERSON,
    `givenName:64 sn:64 initials:6 middleName:64 personalTitle:64 generationQualifier:64 title:128 department:64
     division:256 company:64 o:64 physicalDeliveryOfficeName:128 homePhone:64 mobile:64 pager:64
     facsimileTelephoneNumber:64 ipPhone:64 primaryTelexNumber:64 primaryInternationalISDNNumber:64 otherTelephone:64
     otherHomePhone:64 otherMobile:64 otherPager:64 otherFacsimileTelephoneNumber:64 otherIpPhone streetAddress:1024
     street:1024 postOfficeBox:40 postalAddress:4096 homePostalAddress:4096 l:128 st:128 postalCode:40 c:3 co:128
     countryCode:65535 comment employeeID:16 msDS-PhoneticFirstName:64 msDS-PhoneticLastName:64
     msDS-PhoneticDepartment:64 msDS-PhoneticCompanyName:64 msDS-HABSeniorityIndex thumbnailPhoto:102400
     thumbnailLogo:32767 manager`,
  ],
  [
    ['user'],
    `employeeNumber:512 employeeType:256 departmentNumber businessCategory:128 roomNumber carLicense preferredLanguage
     jpegPhoto ${numbered('msDS-cloudExtensionAttribute', 1, 20, '')}`,
  ],
  [['contact'], 'targetAddress:1123'],
  [['group'], 'member managedBy'],
];

/** Every attribute that flow may write. */
export const flowTargets: readonly FlowTarget[] = TARGETS.flatMap(([kinds, names]) =>
  names.split(/\s+/).map((entry) => {
    const [name = '', limit] = entry.split(':');
    return { name, kinds, limit: limit === undefined ? null : Number(limit) };
  }),
);

const BY_NAME: ReadonlyMap<string, FlowTarget> = new Map(flowTargets.map((target) => [target.name, target]));

/** The allowed target of that name, spelled as the schema spells it. */
export function flowTarget(name: string): FlowTarget | undefined {
  return BY_NAME.get(name);
}

/** Attributes that decide who may log on or act as somebody: writing them from a customer's values would hand that over. */
const SECURITY =
  /^(?:userAccountControl|sIDHistory|servicePrincipalName|altSecurityIdentities|adminCount|nTSecurityDescriptor|objectSid|unicodePwd|pwdLastSet|accountExpires|lockoutTime|primaryGroupID|userPrincipalName|userCertificate|userSMIMECertificate|userPKCS12|scriptPath|profilePath|homeDirectory|homeDrive|userWorkstations|msDS-KeyCredentialLink|msDS-AllowedTo.*|msExchMasterAccountSid|msExch.*SecurityDescriptor|msRTCSIP-OriginatorSid)$/i;
const SERVICES =
  /^(?:msExch|msRTCSIP-|mDB|homeM|altRecipient|deliv|submissionContLength|garbageColl|showInAddressBook)/i;
const CHOSEN = /^(?:cn|name|sAMAccountName|distinguishedName|objectGUID|objectClass|groupType|legacyExchangeDN)$/i;

/**
 * Why flow may not write an attribute of an object kind; null when it may.
 *
 * @param name as the configuration spells it
 */
export function targetFault(name: string, kind: ObjectKind): string | null {
  const target = flowTarget(name);
  if (target?.kinds.includes(kind)) return null;
  if (name === 'targetAddress') return `${name} of a ${kind} belongs to the services, which alone write it`;
  if (target !== undefined) return `a ${kind} of the managed forest can not hold ${name}`;
  const canonical = attribute(name)?.name;
  if (canonical !== undefined && canonical !== name && flowTarget(canonical) !== undefined)
    return `the attribute ${name} is spelled ${canonical}`;
  if (SECURITY.test(name)) return `${name} bears on security and is never written from a customer's values`;
  if (CHOSEN.test(name)) return `${name} is given by the product when the object is made`;
  if (SERVICES.test(name)) return `${name} belongs to the services, which alone write it`;
  return `${name} is not on the list of attributes that flow may write (docs/flow.md)`;
}

/**
 * How a value is written, after the attributeSyntax of MS-ADTS 3.1.1.2.2.2. The image of a value is always text:
 *
 * | syntax | image |
 * | --- | --- |
 * | text, dn, time | as the directory writes it |
 * | binary, descriptor | base64 with padding |
 * | guid | lower-case dashed text |
 * | sid | `S-1-...` |
 * | integer, int64 | decimal |
 * | boolean | `TRUE` or `FALSE` |
 */
export type AttributeSyntax =
  'text' | 'binary' | 'guid' | 'sid' | 'dn' | 'integer' | 'int64' | 'boolean' | 'time' | 'descriptor';

export interface AttributeDefinition {
  /** lDAPDisplayName, spelled as the schema spells it. */
  readonly name: string;
  readonly syntax: AttributeSyntax;
  readonly multi: boolean;
  /** A linked attribute (it has a linkID), so that the directory keeps a back link and replicates single values. */
  readonly link: boolean;
}

/** Attribute values by canonical name. An attribute without values is absent. */
export type AttributeImage = Readonly<Record<string, readonly string[]>>;

type Shape = Omit<AttributeDefinition, 'name'>;

const CATALOGUE: readonly (readonly [Shape, string])[] = [
  // Base schema of Active Directory (2012 R2).
  [
    one('text'),
    `cn name dc sAMAccountName userPrincipalName mail displayName displayNamePrintable givenName sn initials middleName
     title department division company physicalDeliveryOfficeName telephoneNumber homePhone mobile pager
     facsimileTelephoneNumber ipPhone primaryInternationalISDNNumber primaryTelexNumber streetAddress street
     homePostalAddress l st postalCode c co info comment adminDescription adminDisplayName wWWHomePage employeeID
     employeeNumber employeeType msExchAssistantName legacyExchangeDN textEncodedORAddress preferredLanguage
     generationQualifier personalTitle msDS-LastKnownRDN msDS-PhoneticDisplayName msDS-PhoneticFirstName
     msDS-PhoneticLastName msDS-PhoneticDepartment msDS-PhoneticCompanyName msDS-SourceObjectDN dNSHostName
     homeDirectory homeDrive profilePath scriptPath userWorkstations lDAPDisplayName attributeID attributeSyntax defaultSecurityDescriptor
     ${numbered('msDS-cloudExtensionAttribute', 20)}`,
  ],
  [
    many('text'),
    `objectClass ou proxyAddresses departmentNumber otherTelephone otherHomePhone otherMobile otherPager
     otherFacsimileTelephoneNumber otherIpPhone internationalISDNNumber postalAddress postOfficeBox description url
     otherMailbox uid businessCategory carLicense roomNumber houseIdentifier o x121Address destinationIndicator
     labeledURI servicePrincipalName networkAddress altSecurityIdentities mayContain systemMayContain auxiliaryClass
     systemAuxiliaryClass`,
  ],
  [one('guid'), 'objectGUID parentGUID invocationId attributeSecurityGUID'],
  [one('sid'), 'objectSid'],
  [many('sid'), 'sIDHistory'],
  [one('dn'), 'distinguishedName objectCategory assistant lastKnownParent'],
  [many('dn'), 'secretary showInAddressBook seeAlso'],
  [oneLink(), 'manager managedBy'],
  [manyLinks(), 'member memberOf directReports managedObjects msDS-ObjectReference'],
  [one('boolean'), 'isDeleted isRecycled isCriticalSystemObject showInAdvancedViewOnly isSingleValued isDefunct'],
  [
    one('integer'),
    `userAccountControl groupType sAMAccountType countryCode adminCount instanceType primaryGroupID codePage
     garbageCollPeriod gidNumber uidNumber msDS-HABSeniorityIndex tombstoneLifetime msDS-DeletedObjectLifetime linkID
     oMSyntax rangeLower rangeUpper`,
  ],
  [many('integer'), 'preferredDeliveryMethod localeID'],
  [one('int64'), 'uSNChanged uSNCreated accountExpires pwdLastSet lastLogonTimestamp lockoutTime'],
  [one('time'), 'whenCreated whenChanged'],
  [one('descriptor'), 'nTSecurityDescriptor'],
  [one('binary'), 'thumbnailPhoto thumbnailLogo mS-DS-ConsistencyGuid unicodePwd replPropertyMetaData schemaIDGUID'],
  [many('binary'), 'jpegPhoto photo userCertificate userSMIMECertificate userPKCS12 telexNumber registeredAddress'],

  // Exchange.
  [
    one('text'),
    `mailNickname targetAddress msExchHomeServerName msExchExpansionServerName msExchImmutableId msExchDirsyncID
     msExchDirsyncSourceObjectClass msExchLitigationHoldOwner msExchResourceDisplay msExchUsageLocation
     msExchExtensionAttribute35 msDS-ExternalDirectoryObjectId ${numbered('extensionAttribute', 15)}`,
  ],
  [
    many('text'),
    `msExchPoliciesIncluded msExchPoliciesExcluded protocolSettings msExchOriginatingForest msExchArchiveName
     msExchUserHoldPolicies msExchResourceMetaData msExchResourceSearchProperties msExchUCVoiceMailSettings
     msExchSenderHintTranslations ${numbered('msExchExtensionCustomAttribute', 5)}`,
  ],
  [one('guid'), 'msExchMailboxGuid msExchPreviousMailboxGuid msExchArchiveGUID msExchDisabledArchiveGUID'],
  [one('sid'), 'msExchMasterAccountSid msExchPreviousAccountSid msExchImmutableSid msExchForeignGroupSID'],
  [one('descriptor'), 'msExchMailboxSecurityDescriptor'],
  [one('binary'), 'msExchObjectID msExchSafeSendersHash msExchSafeRecipientsHash msExchBlockedSendersHash'],
  [
    one('boolean'),
    `msExchHideFromAddressLists msExchRequireAuthToSendTo mDBUseDefaults deliverAndRedirect reportToOriginator
     reportToOwner oOFReplyToOriginator hideDLMembership mAPIRecipient msExchEnableModeration
     msExchCalculatedTargetAddress`,
  ],
  [
    one('integer'),
    `msExchUserAccountControl msExchRecipientDisplayType msExchALObjectVersion mDBStorageQuota mDBOverQuotaLimit
     mDBOverHardQuotaLimit internetEncoding submissionContLength delivContLength msExchArchiveStatus
     msExchRecipientSoftDeletedStatus msExchELCMailboxFlags msExchResourceCapacity msExchModerationFlags
     msExchGroupMemberCount`,
  ],
  [
    one('int64'),
    'msExchRecipientTypeDetails msExchRemoteRecipientType msExchPreviousRecipientTypeDetails msExchVersion',
  ],
  [one('time'), 'msExchWhenMailboxCreated msExchWhenSoftDeletedTime msExchLitigationHoldDate'],
  [one('dn'), 'homeMTA msExchPreviousHomeMDB'],
  [
    oneLink(),
    `homeMDB altRecipient msExchArchiveDatabaseLink msExchDisabledArchiveDatabaseLink msExchAddressBookPolicyLink`,
  ],
  [
    // The syntax of authOrig and its kin is OR-name, whose LDAP form is the plain DN (MS-ADTS 3.1.1.2.2.2.10).
    manyLinks(),
    `homeMDBBL altRecipientBL authOrig authOrigBL unauthOrig unauthOrigBL dLMemSubmitPerms dLMemSubmitPermsBL
     dLMemRejectPerms dLMemRejectPermsBL publicDelegates publicDelegatesBL msExchDelegateListLink
     msExchModeratedByLink msExchBypassModerationLink msExchCoManagedByLink`,
  ],

  // Lync and Skype for Business.
  [one('text'), 'msRTCSIP-PrimaryUserAddress msRTCSIP-Line msRTCSIP-LineServer msRTCSIP-DeploymentLocator'],
  // msRTCSIP-UserPolicy is DN-binary, `B:8:01000000:<dn>`: no image of its own, so it is carried as the server writes it.
  [many('text'), 'msRTCSIP-UserExtension msRTCSIP-UserPolicy'],
  [one('boolean'), 'msRTCSIP-UserEnabled msRTCSIP-FederationEnabled msRTCSIP-InternetAccessEnabled'],
  [one('integer'), 'msRTCSIP-ArchivingEnabled msRTCSIP-OptionFlags'],
  [one('dn'), 'msRTCSIP-PrimaryHomeServer msRTCSIP-TargetHomeServer'],
  [one('sid'), 'msRTCSIP-OriginatorSid'],
];

/** Every attribute that the product knows. */
export const ATTRIBUTES: readonly AttributeDefinition[] = CATALOGUE.flatMap(([shape, names]) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => ({ name, ...shape })),
);

const BY_NAME: ReadonlyMap<string, AttributeDefinition> = new Map(
  ATTRIBUTES.map((definition) => [definition.name.toLowerCase(), definition]),
);

/**
 * What is known of an attribute, looked up without regard to case (attribute descriptions are case-insensitive,
 * RFC 4512 2.5); its `name` is the canonical spelling. Undefined when the product does not know it.
 */
export function attribute(name: string): AttributeDefinition | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/**
 * Whether rules can look at an attribute. Some are kept in columns of their own and not as attributes, some are never
 * told, and some each domain controller has for itself, so that they would differ after a fail-over.
 */
export function isReadable(name: string): boolean {
  return !NOT_READABLE.has(name);
}

const NOT_READABLE: ReadonlySet<string> = new Set(
  'objectClass objectGUID parentGUID distinguishedName whenCreated whenChanged uSNChanged uSNCreated unicodePwd'.split(
    ' ',
  ),
);

function one(syntax: AttributeSyntax): Shape {
  return { syntax, multi: false, link: false };
}

function many(syntax: AttributeSyntax): Shape {
  return { syntax, multi: true, link: false };
}

function oneLink(): Shape {
  return { syntax: 'dn', multi: false, link: true };
}

function manyLinks(): Shape {
  return { syntax: 'dn', multi: true, link: true };
}

function numbered(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`).join(' ');
}

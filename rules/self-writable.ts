/**
 * Attributes that every user may write on the own account: those of the property sets Personal Information, Phone and Mail
 * Options and Web Information, which the defaultSecurityDescriptor of the class user opens to SELF
 * (`(OA;;RPWP;77B5B886-...;;PS)`, `E45795B2-...`, `E45795B3-...`; MS-ADSC, class user; MS-ADTS 5.1.3.3). As the schema of
 * Windows Server 2016 has them by attributeSecurityGUID; a domain may open more, and no list can know that.
 */
const SELF_WRITABLE: ReadonlySet<string> = new Set(
  `assistant c facsimileTelephoneNumber homePhone homePostalAddress info internationalISDNNumber ipPhone l mSMQDigests
   mSMQSignCertificates mobile msDS-FailedInteractiveLogonCount msDS-FailedInteractiveLogonCountAtLastSuccessfulLogon
   msDS-GeoCoordinatesAltitude msDS-GeoCoordinatesLatitude msDS-GeoCoordinatesLongitude msDS-HostServiceAccount
   msDS-LastFailedInteractiveLogonTime msDS-LastSuccessfulInteractiveLogonTime msDS-SupportedEncryptionTypes
   ${Array.from({ length: 20 }, (_, index) => `msDS-cloudExtensionAttribute${String(index + 1)}`).join(' ')}
   otherFacsimileTelephoneNumber otherHomePhone otherIpPhone otherMobile otherPager otherTelephone pager personalTitle
   physicalDeliveryOfficeName postOfficeBox postalAddress postalCode preferredDeliveryMethod
   primaryInternationalISDNNumber primaryTelexNumber registeredAddress st street streetAddress telephoneNumber
   teletexTerminalIdentifier telexNumber thumbnailPhoto url userCert userCertificate userSMIMECertificate
   userSharedFolder userSharedFolderOther wWWHomePage x121Address`
    .split(/\s+/)
    .map((name) => name.toLowerCase()),
);

/** Whether users may write the attribute on their own accounts, as Active Directory is delivered. */
export function isSelfWritable(name: string): boolean {
  return SELF_WRITABLE.has(name.toLowerCase());
}

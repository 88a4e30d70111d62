/** The back links of the reference attributes (MS-ADTS 3.1.1.1.6): what the target of a reference knows of its holders. */
export const backLinks: Readonly<Record<string, string>> = {
  memberOf: 'member',
  directReports: 'manager',
  managedObjects: 'managedBy',
  authOrigBL: 'authOrig',
  unauthOrigBL: 'unauthOrig',
  dLMemSubmitPermsBL: 'dLMemSubmitPerms',
  dLMemRejectPermsBL: 'dLMemRejectPerms',
  publicDelegatesBL: 'publicDelegates',
};

/** Every reference attribute that can flow; others that a directory has are not staged. */
export const referenceAttributes: ReadonlySet<string> = new Set(Object.values(backLinks));

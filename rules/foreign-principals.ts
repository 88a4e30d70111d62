/** CN of a foreignSecurityPrincipal that stands for a principal of a domain: its SID (MS-DTYP 2.4.2.4, S-1-5-21-domain-rid). */
const FOREIGN = /^CN=(S-1-5-21(?:-\d{1,10}){4}),/i;

/**
 * The SID of the principal of another forest that an object of this name stands for; null for any other object, those for
 * well-known principals (Authenticated Users and the like) included, which are the same in each forest and no members.
 */
export function foreignSid(dn: string): string | null {
  return FOREIGN.exec(dn)?.[1]?.toUpperCase() ?? null;
}

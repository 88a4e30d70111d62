import type { AttributeImage } from './attributes.ts';
import { all, first } from './objects.ts';

/**
 * Whether a change tells all that the object holds: it was made, or moved here from another domain. Its classes alone are no
 * sign, they change when a user becomes an inetOrgPerson; whenCreated and objectSid never do.
 */
export function tellsAll(told: AttributeImage): boolean {
  const made = first(told, 'whenCreated') ?? first(told, 'objectSid');
  return all(told, 'objectClass').length > 0 && made !== undefined;
}

/**
 * Whether what a domain says of an object is older than what another domain of the forest said of it, where the object is
 * known to be now. A move keeps the objectGUID, gives a new SID and puts the old one into sIDHistory (MS-ADTS 3.1.1.5.4.2).
 *
 * @param now the object as the other domain has it
 * @param told what this domain says of it, or of a change to what was here
 */
export function isLeftBehind(now: AttributeImage, told: AttributeImage): boolean {
  if (!tellsAll(told)) return true;
  const sid = first(told, 'objectSid');
  return sid !== undefined && all(now, 'sIDHistory').includes(sid);
}

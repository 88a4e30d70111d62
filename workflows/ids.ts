/** Ids of workflows and schedules. They make runs readable and exclude nothing: locks in PostgreSQL do. No personal data. */

export const taskQueue = 'itasca';

/** A cycle that is started by hand; a Schedule appends the time itself. */
export function cycleId(customer: string, forest: string, at?: Date): string {
  const base = `cycle/${customer}/${forest}`;
  return at === undefined ? base : `${base}-${at.toISOString().replace(/\.\d{3}Z$/, 'Z')}`;
}

/** A cycle that reads a single object, by its objectGUID. */
export function objectCycleId(customer: string, forest: string, object: string): string {
  return `${cycleId(customer, forest)}/${object}`;
}

export function cycleScheduleId(customer: string, forest: string): string {
  return `cycle/${customer}/${forest}`;
}

/** The undo of a cycle, by the number of its run. */
export function undoId(customer: string, forest: string, run: string): string {
  return `undo/${customer}/${forest}/${run}`;
}

/** The preview of a forest's next cycle. */
export function previewId(customer: string, forest: string): string {
  return `plan/${customer}/${forest}`;
}

/** An operator's decision about the managed objects that match a source object. */
export function joinId(customer: string, forest: string, sourceGuid: string): string {
  return `join/${customer}/${forest}/${sourceGuid}`;
}

/** The preflight of a customer. */
export function checkId(customer: string): string {
  return `check/${customer}`;
}

/** The change of a mailbox's recipient kind, as the error PE403 names it. */
export function conversionId(customer: string, identity: string): string {
  return `convert/${customer}/${identity}`;
}

/** The end of the services of an identity. */
export function deprovisionId(customer: string, identity: string): string {
  return `deprovision/${customer}/${identity}`;
}

/** The reconnection of a new source object with the services that it had. */
export function reconnectionId(customer: string, forest: string, sourceGuid: string): string {
  return `reconnect/${customer}/${forest}/${sourceGuid}`;
}

/** The migration wave of a map, by its number. */
export function migrationId(customer: string, map: string): string {
  return `migrate/${customer}/${map}`;
}

/** The reports of a customer, by what they are about; a Schedule appends the time itself. */
export function reportId(customer: string, about?: string): string {
  return about === undefined ? `report/${customer}` : `report/${customer}/${about}`;
}

export function reportScheduleId(customer: string): string {
  return `report/${customer}`;
}

/** The cleaning of a customer; a Schedule appends the time itself. */
export function cleanId(customer: string): string {
  return `clean/${customer}`;
}

export function cleanScheduleId(customer: string): string {
  return `clean/${customer}`;
}

/** The alerts of a customer; a Schedule appends the time itself. */
export function alertId(customer: string): string {
  return `alerts/${customer}`;
}

export function alertScheduleId(customer: string): string {
  return `alerts/${customer}`;
}

/** The bulk onboarding of a customer. */
export function onboardingId(customer: string): string {
  return `onboard/${customer}`;
}

/** The erasure of a person, by objectGUID, or of everything of a customer. */
export function purgeId(customer: string, person: { readonly forest: string; readonly guid: string } | null): string {
  return person === null ? `purge/${customer}` : `purge/${customer}/${person.forest}/${person.guid}`;
}

/** The offboarding of a customer. */
export function offboardingId(customer: string): string {
  return `offboard/${customer}`;
}

export function provisionId(customer: string, identity: string): string {
  return `provision/${customer}/${identity}`;
}

import { SampleBuilder } from './builder.ts';
import { addGenerated, GENERATED_USERS } from './generated.ts';
import { addGroups } from './groups.ts';
import { addMistakenContacts } from './mistaken-contacts.ts';
import { addMistakenGroups } from './mistaken-groups.ts';
import { addMistakenUsers } from './mistaken-users.ts';
import { addOrganization } from './organization.ts';
import { addPartners } from './partners.ts';
import type { Mistake, SampleKind, SampleObject } from './sample-object.ts';
import { addStaff } from './staff.ts';
import { addUnusualUsers } from './unusual.ts';

export interface SampleOptions {
  /** DN of the organizational unit that holds the whole sample; it is part of the sample. */
  readonly base?: string;
  /**
   * Put before account names and addresses, which are unique in a forest: two samples in one forest need different ones.
   * At most 6 letters and digits.
   */
  readonly prefix?: string;
  /** Number of users that are there only for the number; {@link GENERATED_USERS} when absent. */
  readonly generated?: number;
}

/** An object of the sample on which something is wrong. */
export interface SampleMistake extends Mistake {
  readonly dn: string;
  readonly kind: SampleKind;
}

export const SAMPLE_BASE = 'OU=Contoso,DC=corp,DC=contoso,DC=test';

/**
 * The directory of the sample customer Contoso, the same in every run: containers first, then users, contacts and
 * groups. Links may point to objects further on; add the objects first and the links afterwards.
 */
export function sampleObjects({
  base = SAMPLE_BASE,
  prefix = '',
  generated = GENERATED_USERS,
}: SampleOptions = {}): readonly SampleObject[] {
  const builder = new SampleBuilder({ base, prefix });
  const places = addOrganization(builder);
  const contacts = addPartners(builder, places);
  const teams = addStaff(builder, places);
  const users = addUnusualUsers(builder, places, teams);
  addMistakenUsers(builder, places);
  addMistakenContacts(builder, places);
  addGroups(builder, places, { teams, users, contacts, generated: addGenerated(builder, places, generated) });
  addMistakenGroups(builder, places);
  return builder.objects();
}

/** The sample's deliberate mistakes, for the pages that explain them and the tests that look for them. */
export function sampleMistakes(options: SampleOptions = {}): readonly SampleMistake[] {
  return sampleObjects(options).flatMap(({ dn, kind, mistake }) => (mistake ? [{ dn, kind, ...mistake }] : []));
}

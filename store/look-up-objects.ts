import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SID = /^S-1-\d+(?:-\d+)+$/i;

/** A source object as an operator's name for it finds it. */
export interface FoundObject {
  readonly forestId: ForestId;
  readonly forest: string;
  readonly guid: string;
  readonly gone: boolean;
}

/** How many objects one name may find and still be worth listing. */
const SEVERAL = 5;

/**
 * The source objects of a customer that an operator means: by objectGUID, SID, DN or mail address; those that are there
 * first.
 */
export async function sourcesNamed(
  db: Queryable,
  customer: string,
  name: string,
  forest?: string,
): Promise<readonly FoundObject[]> {
  const text = name.trim();
  const condition = GUID.test(text)
    ? 'o.guid = $2::text::uuid'
    : SID.test(text)
      ? `o.attributes ? 'objectSid' AND o.attributes -> 'objectSid' ->> 0 = upper($2)`
      : text.includes('=')
        ? 'lower(o.dn) = lower($2)'
        : `(lower(o.attributes -> 'mail' ->> 0) = lower($2) OR lower(o.attributes -> 'userPrincipalName' ->> 0) = lower($2))`;
  return db.query<FoundObject>(
    `SELECT o.forest_id AS "forestId", f.name AS forest, o.guid, o.tombstone_at IS NOT NULL AS gone FROM source_object o JOIN forest f ON f.id = o.forest_id AND f.side = 'source'
     WHERE f.customer = $1 AND ($3::text IS NULL OR f.name = $3) AND ${condition} ORDER BY o.tombstone_at IS NOT NULL, o.guid LIMIT ${String(SEVERAL)}`,
    [customer, text, forest ?? null],
  );
}

/** An identity as an operator's name for its managed object finds it. */
export interface FoundIdentity {
  readonly identityId: string;
  readonly managedGuid: string;
}

/** The identities of a customer whose managed object an operator means: by objectGUID, DN, mail address, or the identity's id. */
export async function identitiesNamed(
  db: Queryable,
  customer: string,
  name: string,
): Promise<readonly FoundIdentity[]> {
  const text = name.trim();
  const condition = GUID.test(text)
    ? '$2::text::uuid IN (i.managed_guid, i.id)'
    : text.includes('=')
      ? 'EXISTS (SELECT FROM managed_object m WHERE m.forest_id = i.managed_forest AND m.guid = i.managed_guid AND lower(m.dn) = lower($2) AND m.deleted_at IS NULL)'
      : `EXISTS (SELECT FROM claim c WHERE c.managed_forest = i.managed_forest AND c.kind = 'address' AND c.value = 'smtp:' || lower($2) AND c.forest_id = i.source_forest AND c.guid = i.source_guid)`;
  return db.query<FoundIdentity>(
    `SELECT i.id AS "identityId", i.managed_guid AS "managedGuid" FROM identity i WHERE i.customer = $1 AND i.managed_guid IS NOT NULL AND ${condition} ORDER BY i.id LIMIT ${String(SEVERAL)}`,
    [customer, text],
  );
}

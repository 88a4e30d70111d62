import type { AttributeImage } from '../rules/attributes.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';
import type { NamedPair } from './reconnection-cases.ts';

/** A source object as it is shown beside another one. */
export interface SourceSide {
  readonly forest: string;
  readonly guid: string;
  readonly dn: string;
  readonly kind: string;
  readonly is: 'there' | 'disabled' | 'gone';
  /** Why it is in scope or not. */
  readonly scope: string | null;
  readonly createdAt: string;
  readonly attributes: AttributeImage;
}

/** What an identity has that may be the new source object's. */
export interface IdentitySide {
  readonly identityId: string;
  readonly managedGuid: string;
  readonly managedDn: string | null;
  readonly mailboxGuid: string | null;
  readonly database: string | null;
  /** The stage of the end of its services, where they end. */
  readonly ending: string | null;
  readonly source: SourceSide;
}

/** SQL: the source object `o` as it is shown. */
const SIDE = `json_build_object('forest', f.name, 'guid', o.guid, 'dn', o.dn, 'kind', o.kind, 'createdAt', o.created_at, 'attributes', o.attributes,
  'is', CASE WHEN o.tombstone_at IS NOT NULL THEN 'gone' WHEN (o.attributes -> 'userAccountControl' ->> 0)::bigint & 2 = 2 THEN 'disabled' ELSE 'there' END,
  'scope', (SELECT e.scope_rule FROM evaluation e WHERE e.forest_id = o.forest_id AND e.guid = o.guid))`;

/** A source object, gone or not; null where it never was read. */
export async function sourceSide(db: Queryable, forest: ForestId, guid: string): Promise<SourceSide | null> {
  const [row] = await db.query<{ side: SourceSide }>(
    `SELECT ${SIDE} AS side FROM source_object o JOIN forest f ON f.id = o.forest_id WHERE o.forest_id = $1 AND o.guid = $2`,
    [forest, guid],
  );
  return row?.side ?? null;
}

/** Identities of a customer with what they have and their source objects, in the order of their ids in `identities`. */
export async function identitySides(
  db: Queryable,
  customer: string,
  identities: readonly NamedPair['identityId'][],
): Promise<readonly IdentitySide[]> {
  return db.query<IdentitySide>(
    `SELECT i.id AS "identityId", i.managed_guid AS "managedGuid", m.dn AS "managedDn", s.facts ->> 'mailboxGuid' AS "mailboxGuid", s.facts ->> 'database' AS database,
       (SELECT d.stage FROM deprovisioning d WHERE d.identity_id = i.id AND d.stage <> 'ended') AS ending, ${SIDE} AS source
     FROM identity i JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid JOIN forest f ON f.id = o.forest_id
     LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid LEFT JOIN service s ON s.identity_id = i.id AND s.service = 'mail'
     WHERE i.customer = $1 AND i.id = ANY($2) ORDER BY array_position($2, i.id)`,
    [customer, identities],
  );
}

import { OPERATOR_RULE, type JoinAnswer, type JoinMatch, type OtherSource } from '../rules/join.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';
import type { JoinedForests } from './joining.ts';

/** A source object with what the rules have found for it, the weightiest first, and what an operator has said to it. */
export interface MatchedObject {
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly matches: readonly JoinMatch[];
  readonly answer: JoinAnswer | null;
}

/** SQL: the source object (forest_id, guid) of `row`, as another one is named; with the columns in `more`. */
const other = (row: string, more = ''): string =>
  `json_build_object('forest', ${row}.forest_id, 'guid', ${row}.guid, 'dn', (SELECT o.dn FROM source_object o WHERE o.forest_id = ${row}.forest_id AND o.guid = ${row}.guid)${more})`;

/** SQL: matches as the rules look at them, from the relation `c` with the columns guid, managed_guid, rule, mode, position. */
const MATCH = `SELECT c.guid, c.position, c.rule, c.mode, m.guid AS "managedGuid", m.dn, m.kind, m.anchor, m.attributes -> 'userAccountControl' ->> 0 AS "accountControl",
    (SELECT ${other('j', ", 'customer', j.customer")} FROM (SELECT i.source_forest AS forest_id, i.source_guid AS guid, i.customer FROM identity i WHERE i.managed_forest = $2 AND i.managed_guid = m.guid) j) AS joined,
    (SELECT coalesce(json_agg(${other('r')}), '[]') FROM join_candidate r JOIN forest g ON g.id = r.forest_id JOIN forest f ON f.id = $1 AND f.customer = g.customer
     WHERE r.managed_forest = $2 AND r.managed_guid = m.guid AND r.mode = 'auto' AND (r.forest_id, r.guid) <> ($1, c.guid)
       AND NOT EXISTS (SELECT FROM join_review v WHERE v.forest_id = r.forest_id AND v.guid = r.guid AND v.state = 'rejected')) AS rivals
  FROM c JOIN managed_object m ON m.forest_id = $2 AND m.guid = c.managed_guid AND m.deleted_at IS NULL`;

type MatchRow = Omit<JoinMatch, 'joined' | 'rivals'> & {
  readonly guid: string;
  readonly joined: (OtherSource & { customer: string }) | null;
  readonly rivals: readonly OtherSource[];
};

/** The next source objects that something was found for. */
export async function matchedObjects(
  db: Queryable,
  { source, managed }: JoinedForests,
  after: string,
  limit: number,
): Promise<readonly MatchedObject[]> {
  const objects = await db.query<{ guid: string; kind: ObjectKind; answer: JoinAnswer | null }>(
    `SELECT p.guid, o.kind, CASE WHEN r.operator IS NOT NULL THEN json_build_object(
       'decision', CASE r.state WHEN 'approved' THEN 'adopt' WHEN 'rejected' THEN 'create' ELSE 'wait' END, 'managedGuid', r.managed_guid,
       'seen', (SELECT coalesce(json_agg(s ->> 'guid'), '[]') FROM jsonb_array_elements(r.candidates) s)) END AS answer
     FROM (SELECT DISTINCT guid FROM join_candidate WHERE forest_id = $1 AND guid > $2 ORDER BY guid LIMIT $3) p
     JOIN source_object o ON o.forest_id = $1 AND o.guid = p.guid LEFT JOIN join_review r ON r.forest_id = $1 AND r.guid = p.guid ORDER BY p.guid`,
    [source, after, limit],
  );
  const rows = await db.query<MatchRow>(
    `WITH c AS (SELECT guid, managed_guid, rule, mode, position FROM join_candidate WHERE forest_id = $1 AND guid = ANY($3))
     ${MATCH} ORDER BY c.guid, c.position, m.guid`,
    [source, managed, objects.map((object) => object.guid)],
  );
  const byObject = Map.groupBy(rows, (row) => row.guid);
  return objects.map((object) => ({ ...object, matches: byObject.get(object.guid) ?? [] }));
}

/** A source object with what it is joined to. */
export interface JoinedObject {
  readonly guid: string;
  readonly kind: ObjectKind;
  /** Its managed object, where it has one. */
  readonly managedGuid: string | null;
}

/** A source object with what it is joined to; null when it is not there any more. */
export async function joinedObject(
  db: Queryable,
  { source }: JoinedForests,
  guid: string,
): Promise<JoinedObject | null> {
  const [row] = await db.query<JoinedObject>(
    `SELECT o.guid, o.kind, i.managed_guid AS "managedGuid" FROM source_object o LEFT JOIN identity i ON i.source_forest = o.forest_id AND i.source_guid = o.guid
     WHERE o.forest_id = $1 AND o.guid = $2 AND o.tombstone_at IS NULL`,
    [source, guid],
  );
  return row ?? null;
}

/** A managed object as a match that an operator has named; null when there is none of that objectGUID. */
export async function operatorsMatch(
  db: Queryable,
  { source, managed }: JoinedForests,
  guid: string,
  managedGuid: string,
): Promise<JoinMatch | null> {
  const [row] = await db.query<MatchRow>(
    `WITH c AS (SELECT $3::uuid AS guid, $4::uuid AS managed_guid, '${OPERATOR_RULE}' AS rule, 'auto' AS mode, 0 AS position) ${MATCH}`,
    [source, managed, guid, managedGuid],
  );
  return row ?? null;
}

/** How many managed objects in a customer's part of the Managed Forest are no source object's. */
export async function countUnmatched(db: Queryable, managed: ForestId, customer: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM managed_unmatched u JOIN managed_object m USING (forest_id, guid) WHERE u.forest_id = $1 AND u.customer = $2 AND m.deleted_at IS NULL`,
    [managed, customer],
  );
  return row?.count ?? 0;
}

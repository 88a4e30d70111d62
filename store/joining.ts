import type { AttributeImage } from '../rules/attributes.ts';
import { ANCHOR_RULE, OPERATOR_RULE, type JoinKey } from '../rules/join.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { managedByKey } from './join-index.ts';
import type { RunId } from './runs.ts';

/** Matches of one rule that are kept: more than an operator reads. */
const MATCHES = 20;

/** The two forests that objects are joined between. */
export interface JoinedForests {
  readonly source: ForestId;
  readonly managed: ForestId;
}

/** SQL: what an identity takes over of the managed object `m` that becomes its own. A name that another identity has is not taken over. */
const ADOPTED = `m.guid, m.kind, coalesce(m.attributes -> 'name' ->> 0, m.guid::text) AS cn,
  CASE WHEN EXISTS (SELECT FROM identity x WHERE x.managed_forest = m.forest_id AND lower(x.sam) = lower(m.sam)) THEN NULL ELSE m.sam END AS sam, m.kind = 'user' AS services_unread`;

/** SQL: nobody has the managed object `m`. */
const FREE = 'NOT EXISTS (SELECT FROM identity x WHERE x.managed_forest = m.forest_id AND x.managed_guid = m.guid)';

/**
 * Joins objects in scope without an identity to the managed object that carries their anchor: what a lost database is
 * rebuilt by. An anchor that several managed objects carry, or one of another kind, is left to the rules to report.
 *
 * @returns how many were joined
 */
export async function joinByAnchor(
  transaction: Transaction,
  { source, managed }: JoinedForests,
  run: RunId,
): Promise<number> {
  const rows = await transaction.query(
    `WITH anchored AS (
       SELECT f.customer, e.guid AS source_guid, ${ADOPTED} FROM evaluation e JOIN source_object o USING (forest_id, guid) JOIN forest f ON f.id = $1
       JOIN managed_object m ON m.forest_id = $2 AND m.deleted_at IS NULL AND m.anchor = f.customer || '/' || f.name || '/' || e.guid
       WHERE e.forest_id = $1 AND (e.unsettled OR e.settling) AND e.in_scope AND o.tombstone_at IS NULL AND m.kind = o.kind AND ${FREE}
         AND NOT EXISTS (SELECT FROM identity i WHERE i.source_forest = $1 AND i.source_guid = e.guid)
         AND NOT EXISTS (SELECT FROM managed_object t WHERE t.forest_id = $2 AND t.deleted_at IS NULL AND t.anchor = m.anchor AND t.guid <> m.guid)
     ), joined AS (
       INSERT INTO identity (customer, source_forest, source_guid, managed_forest, managed_guid, kind, cn, sam, joined_by, joined_run, services_unread)
       SELECT customer, $1, source_guid, $2, guid, kind, cn, sam, '${ANCHOR_RULE}', $3, services_unread FROM anchored RETURNING managed_guid
     ), matched AS (
       DELETE FROM managed_unmatched u USING joined WHERE u.forest_id = $2 AND u.guid = joined.managed_guid
     )
     SELECT 1 FROM joined`,
    [source, managed, run],
  );
  return rows.length;
}

/** A source object that is looked for in the Managed Forest. */
export interface SearchedObject {
  readonly guid: string;
  readonly kind: ObjectKind;
  /** Of its attributes, those that the rules look at. */
  readonly attributes: AttributeImage;
}

/**
 * Looks for the managed objects that match the objects in scope that have none: by the anchor, by the rules' keys, and
 * those that an operator has named. What was found before is replaced.
 *
 * @param sources attributes of source objects that the rules look at
 * @param keysOf where the rules find an object
 */
export async function collectCandidates(
  transaction: Transaction,
  { source, managed }: JoinedForests,
  sources: readonly string[],
  keysOf: (object: SearchedObject) => readonly JoinKey[],
): Promise<void> {
  await transaction.query('DELETE FROM join_candidate WHERE forest_id = $1', [source]);
  await transaction.query(
    `CREATE TEMPORARY TABLE searched ON COMMIT DROP AS
     SELECT o.guid FROM (
       SELECT e.guid FROM evaluation e WHERE e.forest_id = $1 AND (e.unsettled OR e.settling)
         AND NOT EXISTS (SELECT FROM identity i WHERE i.source_forest = $1 AND i.source_guid = e.guid)
         AND NOT EXISTS (SELECT FROM reconnection_candidate c WHERE c.forest_id = $1 AND c.guid = e.guid)
       UNION
       -- Those that were to be created and have not been.
       SELECT i.source_guid FROM identity i WHERE i.source_forest = $1 AND i.managed_guid IS NULL AND i.state = 'connected' AND i.joined_by IS NULL
         AND NOT EXISTS (SELECT FROM planned_change p WHERE p.identity_id = i.id AND p.operation = 'add' AND p.state IN ('applied', 'confirmed', 'undone'))
     ) s JOIN source_object o ON o.forest_id = $1 AND o.guid = s.guid AND o.tombstone_at IS NULL
     JOIN evaluation e ON e.forest_id = $1 AND e.guid = s.guid AND e.in_scope`,
    [source],
  );
  await transaction.query('ALTER TABLE searched ADD PRIMARY KEY (guid)');
  await transaction.query('ANALYZE searched');
  const into = 'INSERT INTO join_candidate (forest_id, guid, managed_forest, managed_guid, rule, mode, position)';
  await transaction.query(
    `${into} SELECT $1, s.guid, $2, m.guid, '${ANCHOR_RULE}', 'auto', -2 FROM searched s JOIN forest f ON f.id = $1
     JOIN managed_object m ON m.forest_id = $2 AND m.deleted_at IS NULL AND m.anchor = f.customer || '/' || f.name || '/' || s.guid`,
    [source, managed],
  );
  await transaction.query(
    `${into} SELECT $1, s.guid, $2, m.guid, '${OPERATOR_RULE}', 'auto', -1 FROM searched s
     JOIN join_review r ON r.forest_id = $1 AND r.guid = s.guid AND r.state = 'approved'
     JOIN managed_object m ON m.forest_id = $2 AND m.guid = r.managed_guid AND m.deleted_at IS NULL`,
    [source, managed],
  );
  const [keys] = await transaction.query<{ any: boolean }>(
    'SELECT EXISTS (SELECT FROM managed_key WHERE forest_id = $1) AS any',
    [managed],
  );
  if (keys?.any === true) await lookUp(transaction, { source, managed }, into, sources, keysOf);
  // They are looked for again until they are joined or created.
  await transaction.query(
    `UPDATE evaluation e SET unsettled = true FROM (SELECT DISTINCT guid FROM join_candidate WHERE forest_id = $1) c
     WHERE e.forest_id = $1 AND e.guid = c.guid AND NOT e.unsettled`,
    [source],
  );
}

const PAGE = 1000;

async function lookUp(
  transaction: Transaction,
  { source, managed }: JoinedForests,
  into: string,
  sources: readonly string[],
  keysOf: (object: SearchedObject) => readonly JoinKey[],
): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page = await transaction.query<SearchedObject>(
      `SELECT o.guid, o.kind, (SELECT coalesce(jsonb_object_agg(a, o.attributes -> a), '{}') FROM unnest($3::text[]) a WHERE o.attributes ? a) AS attributes
       FROM searched s JOIN source_object o ON o.forest_id = $1 AND o.guid = s.guid WHERE s.guid > $2 ORDER BY s.guid LIMIT ${String(PAGE)}`,
      [source, after, sources],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    const keys = page.flatMap((object) =>
      keysOf(object).map((key, position) => ({ guid: object.guid, ...key, position })),
    );
    await transaction.query(
      `${into} SELECT DISTINCT ON (w.guid, k.guid, w.rule) $1::smallint, w.guid, $2::smallint, k.guid, w.rule, w.mode, w.position
       FROM json_to_recordset($3::json) AS w (guid uuid, rule text, mode text, attribute text, value text, position smallint)
       CROSS JOIN LATERAL (${managedByKey('$2', 'w', MATCHES)}) k ORDER BY w.guid, k.guid, w.rule, w.position ON CONFLICT DO NOTHING`,
      [source, managed, JSON.stringify(keys)],
    );
    after = last.guid;
  }
}

/** A source object that becomes the owner of a managed object that was there before. */
export interface Adoption {
  readonly guid: string;
  readonly managedGuid: string;
  readonly rule: string;
}

/**
 * Gives source objects their managed objects, as those are. One that another cycle has taken meanwhile stays a candidate,
 * to be looked at again.
 *
 * @returns how many were adopted
 */
export async function adoptManaged(
  transaction: Transaction,
  { source, managed }: JoinedForests,
  run: RunId,
  adoptions: readonly Adoption[],
): Promise<number> {
  if (adoptions.length === 0) return 0;
  await transaction.query(
    `CREATE TEMPORARY TABLE adoption ON COMMIT DROP AS
     SELECT f.customer, r.guid AS source_guid, r.rule, ${ADOPTED} FROM json_to_recordset($3::json) AS r (guid uuid, "managedGuid" uuid, rule text)
     JOIN forest f ON f.id = $1 JOIN managed_object m ON m.forest_id = $2 AND m.guid = r."managedGuid" AND m.deleted_at IS NULL WHERE ${FREE}`,
    [source, managed, JSON.stringify(adoptions)],
  );
  await transaction.query(
    `UPDATE identity i SET managed_guid = a.guid, kind = a.kind, cn = a.cn, sam = a.sam, joined_by = a.rule, joined_run = $2, services_unread = a.services_unread, plan_dirty = true, links_dirty = true
     FROM adoption a WHERE i.source_forest = $1 AND i.source_guid = a.source_guid AND i.managed_guid IS NULL`,
    [source, run],
  );
  await transaction.query(
    `INSERT INTO identity (customer, source_forest, source_guid, managed_forest, managed_guid, kind, cn, sam, joined_by, joined_run, services_unread)
     SELECT customer, $1, source_guid, $2, guid, kind, cn, sam, rule, $3, services_unread FROM adoption a
     WHERE NOT EXISTS (SELECT FROM identity i WHERE i.source_forest = $1 AND i.source_guid = a.source_guid) ON CONFLICT DO NOTHING`,
    [source, managed, run],
  );
  const rows = await transaction.query<{ guid: string; managed_guid: string }>(
    `SELECT a.source_guid AS guid, a.guid AS managed_guid FROM adoption a JOIN identity i ON i.source_forest = $1 AND i.source_guid = a.source_guid AND i.managed_guid = a.guid`,
    [source],
  );
  await dropCandidates(
    transaction,
    source,
    rows.map((row) => row.guid),
  );
  await transaction.query('DELETE FROM managed_unmatched WHERE forest_id = $1 AND guid = ANY($2)', [
    managed,
    rows.map((row) => row.managed_guid),
  ]);
  await transaction.query('DROP TABLE adoption');
  return rows.length;
}

/** Forgets what was found for these objects: nothing keeps them from being created any more. */
export async function dropCandidates(db: Queryable, source: ForestId, guids: readonly string[]): Promise<void> {
  await db.query('DELETE FROM join_candidate WHERE forest_id = $1 AND guid = ANY($2)', [source, guids]);
}

/** Forgets single matches: managed objects that are none of the customer's business. */
export async function dropMatches(
  db: Queryable,
  source: ForestId,
  matches: readonly { readonly guid: string; readonly managedGuid: string }[],
): Promise<void> {
  if (matches.length === 0) return;
  await db.query(
    `DELETE FROM join_candidate c USING json_to_recordset($2::json) AS r (guid uuid, "managedGuid" uuid)
     WHERE c.forest_id = $1 AND c.guid = r.guid AND c.managed_guid = r."managedGuid"`,
    [source, JSON.stringify(matches)],
  );
}

/** Ends the errors, and the questions to operators, of objects that nothing is found for any more. */
export async function endJoinErrors(transaction: Transaction, source: ForestId): Promise<void> {
  await transaction.query(
    `DELETE FROM object_error e WHERE e.forest_id = $1 AND e.finder = 'join'
       AND NOT EXISTS (SELECT FROM join_candidate c WHERE c.forest_id = $1 AND c.guid = e.guid)`,
    [source],
  );
  await transaction.query(
    `DELETE FROM join_review r WHERE r.forest_id = $1 AND r.state = 'open'
       AND NOT EXISTS (SELECT FROM object_error e WHERE e.forest_id = $1 AND e.guid = r.guid AND e.code = 'SE814')`,
    [source],
  );
}

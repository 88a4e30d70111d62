import type { AttributeImage } from '../rules/attributes.ts';
import { misplacementOf } from '../rules/misplaced.ts';
import type { Drifted } from '../rules/drift.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** What a read shows of a managed object: all its attributes, or those that changed, with [] for one that was cleared. */
export interface Shown {
  readonly guid: string;
  readonly dn: string;
  readonly attributes: AttributeImage;
}

/**
 * Notes what somebody else changed of managed objects, before a read of them is staged: attributes that showed what was
 * wanted of them and do so no more, and objects that have another name or place. Our own changes lead to what is wanted.
 *
 * @param whole the attributes are all that the objects have
 * @param valueOwned attributes of which flow owns single values: others may come and go
 */
export async function noteDrift(
  transaction: Transaction,
  forest: ForestId,
  anchorAttribute: string,
  valueOwned: readonly string[],
  whole: boolean,
  objects: readonly Shown[],
): Promise<void> {
  if (objects.length === 0) return;
  const shown = JSON.stringify(
    objects.map(({ guid, dn, attributes }) => ({
      guid,
      dn,
      attributes,
      misplaced: misplacementOf(dn) === 'replication conflict object',
    })),
  );
  await transaction.query(
    `WITH looked AS (
       SELECT r.guid, o.attributes AS was, CASE WHEN $3 THEN r.attributes ELSE o.attributes || r.attributes END AS now,
              e.wanted || jsonb_build_object($4::text, jsonb_build_array(f.customer || '/' || f.name || '/' || i.source_guid)) AS wanted
       FROM json_to_recordset($2::json) AS r (guid uuid, attributes jsonb)
       JOIN managed_object o ON o.forest_id = $1 AND o.guid = r.guid AND o.deleted_at IS NULL
       JOIN identity i ON i.managed_forest = $1 AND i.managed_guid = r.guid AND i.state = 'connected'
       JOIN forest f ON f.id = i.source_forest
       JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid AND e.in_scope
       WHERE NOT $3 OR o.attributes <> r.attributes
     ), compared AS (
       SELECT l.guid, k.key, coalesce(l.was -> k.key, '[]') AS was, coalesce(l.now -> k.key, '[]') AS now, coalesce(l.wanted -> k.key, '[]') AS wanted
       FROM looked l, LATERAL (SELECT DISTINCT key FROM jsonb_object_keys(l.was || l.now) key) k
     )
     INSERT INTO drift (forest_id, guid, attribute, wanted)
     SELECT $1, guid, key, wanted FROM compared
     WHERE was <> now AND was @> wanted AND (key = ANY($5) OR wanted @> was) AND NOT (now @> wanted AND (key = ANY($5) OR wanted @> now))
     ON CONFLICT (forest_id, guid, attribute, target) DO UPDATE SET wanted = excluded.wanted, seen_at = now(), changed_at = NULL`,
    [forest, shown, whole, anchorAttribute, valueOwned],
  );
  await transaction.query(
    `INSERT INTO managed_notice AS n (forest_id, code, guid, details, was)
     SELECT $1, 'moved', r.guid, 'its name or place was changed; it is left where it is', o.dn
     FROM json_to_recordset($2::json) AS r (guid uuid, dn text, misplaced boolean)
     JOIN managed_object o ON o.forest_id = $1 AND o.guid = r.guid AND o.deleted_at IS NULL AND NOT o.conflict AND NOT r.misplaced AND o.dn <> r.dn
     WHERE EXISTS (SELECT FROM identity i WHERE i.managed_forest = $1 AND i.managed_guid = r.guid)
     ON CONFLICT (forest_id, code, guid) DO UPDATE SET last_seen = now()`,
    [forest, shown],
  );
  await transaction.query(
    `DELETE FROM managed_notice n USING json_to_recordset($2::json) AS r (guid uuid, dn text)
     WHERE n.forest_id = $1 AND n.code = 'moved' AND n.guid = r.guid AND n.was = r.dn`,
    [forest, shown],
  );
}

/**
 * Notes which references of managed objects came and went without us, by the temporary table `link_change` (holder, attribute,
 * target, comes). Those that are not what is wanted are drift: the planning of references tells.
 */
export async function noteLinkDrift(transaction: Transaction, forest: ForestId): Promise<void> {
  await transaction.query(
    // A list that is told whole leaves and comes as a whole.
    `WITH changed AS (
       SELECT i.id, c.holder, c.attribute, c.target, bool_and(c.comes) AS comes
       FROM link_change c JOIN identity i ON i.managed_forest = $1 AND i.managed_guid = c.holder AND i.state = 'connected'
       GROUP BY i.id, c.holder, c.attribute, c.target HAVING bool_and(c.comes) = bool_or(c.comes)
     ), ours AS (
       SELECT p.identity_id AS id, p.attribute, v.target::uuid AS target, v.comes
       FROM planned_change p, LATERAL (
         SELECT value AS target, true AS comes FROM jsonb_array_elements_text(p.after)
         UNION ALL SELECT value, false FROM jsonb_array_elements_text(p.before)) v
       WHERE p.identity_id IN (SELECT id FROM changed) AND p.operation = 'link' AND p.state IN ('planned', 'applied')
     )
     INSERT INTO drift (forest_id, guid, attribute, target, wanted)
     SELECT $1, c.holder, c.attribute, c.target, to_jsonb(NOT c.comes) FROM changed c
     LEFT JOIN ours o ON o.id = c.id AND o.attribute = c.attribute AND o.target = c.target AND o.comes = c.comes WHERE o.id IS NULL
     ON CONFLICT (forest_id, guid, attribute, target) DO UPDATE SET wanted = excluded.wanted, seen_at = now(), changed_at = NULL`,
    [forest],
  );
}

/** The drift of these identities, that of references left out. */
export async function driftOf(db: Queryable, identities: readonly string[]): Promise<ReadonlyMap<string, Drifted>> {
  const rows = await db.query<{ id: string; attribute: string; wanted: readonly string[] }>(
    `SELECT i.id, d.attribute, d.wanted FROM identity i JOIN drift d ON d.forest_id = i.managed_forest AND d.guid = i.managed_guid
     WHERE i.id = ANY($1) AND d.target IS NULL`,
    [identities],
  );
  const found = new Map<string, Map<string, readonly string[]>>();
  for (const { id, attribute, wanted } of rows)
    found.set(id, (found.get(id) ?? new Map<string, readonly string[]>()).set(attribute, wanted));
  return found;
}

/** Forgets drift that is none any more: the object shows what is wanted, or something else is wanted by now. */
export async function settleDrift(
  transaction: Transaction,
  settled: readonly { readonly id: string; readonly attribute: string }[],
): Promise<void> {
  if (settled.length === 0) return;
  await transaction.query(
    `DELETE FROM drift d USING identity i JOIN unnest($1::uuid[], $2::text[]) AS s (id, attribute) ON s.id = i.id
     WHERE d.forest_id = i.managed_forest AND d.guid = i.managed_guid AND d.attribute = s.attribute AND d.target IS NULL`,
    [settled.map((item) => item.id), settled.map((item) => item.attribute)],
  );
}

/** Objects whose drift was noted since a time, and of which it is not known when they were changed. */
export async function undatedDrift(
  db: Queryable,
  forest: ForestId,
  since: Date,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db.query<{ guid: string }>(
    'SELECT DISTINCT guid FROM drift WHERE forest_id = $1 AND seen_at >= $2 AND changed_at IS NULL LIMIT $3',
    [forest, since, limit],
  );
  return rows.map((row) => row.guid);
}

/** Notes when an object with drift was last changed. */
export async function dateDrift(db: Queryable, forest: ForestId, guid: string, changedAt: Date): Promise<void> {
  await db.query('UPDATE drift SET changed_at = $3 WHERE forest_id = $1 AND guid = $2 AND changed_at IS NULL', [
    forest,
    guid,
    changedAt,
  ]);
}

/** Drift as an operator sees it. */
export interface DriftReport {
  readonly dn: string;
  readonly attribute: string;
  /** Distinguished name of the reference that came or went; null for an attribute. */
  readonly targetDn: string | null;
  readonly seenAt: Date;
  readonly changedAt: Date | null;
}

/** The drift of a source forest's managed objects that stands: reported, or not corrected yet. */
export async function listDrift(db: Queryable, sourceForest: ForestId, limit: number): Promise<readonly DriftReport[]> {
  return db.query<DriftReport>(
    `SELECT m.dn, d.attribute, t.dn AS "targetDn", d.seen_at AS "seenAt", d.changed_at AS "changedAt"
     FROM identity i JOIN drift d ON d.forest_id = i.managed_forest AND d.guid = i.managed_guid
     JOIN managed_object m ON m.forest_id = d.forest_id AND m.guid = d.guid
     LEFT JOIN managed_object t ON t.forest_id = d.forest_id AND t.guid = d.target
     WHERE i.source_forest = $1 ORDER BY d.seen_at DESC, m.dn, d.attribute LIMIT $2`,
    [sourceForest, limit],
  );
}

import type { AttributeImage } from '../rules/attributes.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** A source object as the connector space holds it. */
export interface KnownSource {
  readonly kind: ObjectKind;
  readonly parentGuid: string | null;
  readonly attributes: AttributeImage;
  readonly malformed: readonly string[];
  readonly createdAt: string;
  /** Its tombstone was read, or complete reads no longer held it. */
  readonly gone: boolean;
}

/** What is staged of these objects, by objectGUID. */
export async function knownSources(
  db: Queryable,
  forest: ForestId,
  guids: readonly string[],
): Promise<ReadonlyMap<string, KnownSource>> {
  const rows = await db.query<KnownSource & { guid: string }>(
    `SELECT guid, kind, parent_guid AS "parentGuid", attributes, malformed, created_at AS "createdAt", tombstone_at IS NOT NULL AS gone
     FROM source_object WHERE forest_id = $1 AND guid = ANY($2)`,
    [forest, guids],
  );
  return new Map(rows.map(({ guid, ...known }) => [guid, known]));
}

/** Which of these objects are known to be gone. */
export async function goneSources(
  db: Queryable,
  forest: ForestId,
  guids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ guid: string }>(
    'SELECT guid FROM source_object WHERE forest_id = $1 AND guid = ANY($2) AND tombstone_at IS NOT NULL',
    [forest, guids],
  );
  return new Set(rows.map((row) => row.guid));
}

/** Which of these objects are, alive, in another naming context of the forest, and what they hold. */
export async function knownElsewhere(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  guids: readonly string[],
): Promise<ReadonlyMap<string, AttributeImage>> {
  const rows = await db.query<{ guid: string; attributes: AttributeImage }>(
    'SELECT guid, attributes FROM source_object WHERE forest_id = $1 AND guid = ANY($2) AND naming_context <> $3 AND tombstone_at IS NULL',
    [forest, guids, namingContext.toLowerCase()],
  );
  return new Map(rows.map((row) => [row.guid, row.attributes]));
}

/**
 * Makes the links that lead to an object from holders of a naming context those that its back links tell there, and marks
 * the holders that gained or lost one. A controller knows of no back links from other domains (MS-ADTS 3.1.1.1.6).
 */
export async function replaceBackLinks(
  transaction: Transaction,
  forest: ForestId,
  namingContext: string,
  target: string,
  holders: readonly { readonly holder: string; readonly attribute: string }[],
): Promise<void> {
  const rows = await transaction.query<{ holder: string }>(
    `WITH told AS (
       SELECT holder, attribute FROM json_to_recordset($3::json) AS r (holder uuid, attribute text)
     ), gone AS (
       DELETE FROM source_link l USING source_object o WHERE l.forest_id = $1 AND l.target = $2
         AND o.forest_id = $1 AND o.guid = l.holder AND o.naming_context = $4
         AND NOT EXISTS (SELECT FROM told t WHERE t.holder = l.holder AND t.attribute = l.attribute) RETURNING l.holder
     ), come AS (
       INSERT INTO source_link (forest_id, holder, attribute, target)
       SELECT $1, t.holder, t.attribute, $2 FROM told t JOIN source_object o ON o.forest_id = $1 AND o.guid = t.holder
       ON CONFLICT DO NOTHING RETURNING holder
     )
     SELECT holder FROM gone UNION SELECT holder FROM come`,
    [forest, target, JSON.stringify(holders), namingContext.toLowerCase()],
  );
  const changed = rows.map((row) => row.holder);
  await transaction.query("UPDATE source_object SET links_hash = '' WHERE forest_id = $1 AND guid = ANY($2)", [
    forest,
    changed,
  ]);
  await transaction.query('UPDATE identity SET links_dirty = true WHERE source_forest = $1 AND source_guid = ANY($2)', [
    forest,
    changed,
  ]);
}

/**
 * Marks objects whose tombstone was read. An object that has moved to another domain leaves a tombstone in the one that it
 * came from, so one counts only in the naming context where the object was last seen.
 *
 * @returns how many were marked
 */
export async function markTombstones(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  guids: readonly string[],
): Promise<number> {
  const rows = await db.query(
    `UPDATE source_object SET tombstone_at = now(), dirty = true
     WHERE forest_id = $1 AND naming_context = $2 AND guid = ANY($3) AND tombstone_at IS NULL RETURNING guid`,
    [forest, namingContext.toLowerCase(), guids],
  );
  return rows.length;
}

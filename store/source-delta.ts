import type { AttributeImage } from '../rules/attributes.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { StagedLink } from './source-space.ts';

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

/** Link values that a delta read says came or went. */
export interface LinkDelta {
  readonly holder: string;
  readonly adds: readonly StagedLink[];
  readonly removes: readonly StagedLink[];
  /** Attributes of which `adds` holds every value. */
  readonly sets: readonly string[];
}

/** Applies link values that came and went, one row a value, and marks the holders' references. */
export async function applyLinkDelta(
  transaction: Transaction,
  forest: ForestId,
  deltas: readonly LinkDelta[],
): Promise<void> {
  const touched = deltas.filter((delta) => delta.adds.length + delta.removes.length + delta.sets.length > 0);
  if (touched.length === 0) return;
  const rows = (links: (delta: LinkDelta) => readonly StagedLink[]): string =>
    JSON.stringify(
      touched.flatMap((delta) =>
        links(delta).map(({ attribute, target, targetDn }) => ({
          holder: delta.holder,
          attribute,
          target,
          dn: target === null ? targetDn : '',
        })),
      ),
    );
  await transaction.query(
    `DELETE FROM source_link l USING json_to_recordset($2::json) AS r (holder uuid, attribute text)
     WHERE l.forest_id = $1 AND l.holder = r.holder AND l.attribute = r.attribute`,
    [forest, JSON.stringify(touched.flatMap(({ holder, sets }) => sets.map((attribute) => ({ holder, attribute }))))],
  );
  await transaction.query(
    `DELETE FROM source_link l USING json_to_recordset($2::json) AS r (holder uuid, attribute text, target uuid, dn text)
     WHERE r.target IS NOT NULL AND l.forest_id = $1 AND l.holder = r.holder AND l.attribute = r.attribute AND l.target = r.target`,
    [forest, rows((delta) => delta.removes)],
  );
  await transaction.query(
    `DELETE FROM source_link l USING json_to_recordset($2::json) AS r (holder uuid, attribute text, target uuid, dn text)
     WHERE r.target IS NULL AND l.forest_id = $1 AND l.holder = r.holder AND l.attribute = r.attribute AND l.target IS NULL AND l.target_dn = r.dn`,
    [forest, rows((delta) => delta.removes)],
  );
  await transaction.query(
    `INSERT INTO source_link (forest_id, holder, attribute, target, target_dn)
     SELECT DISTINCT $1::smallint, r.holder, r.attribute, r.target, r.dn
     FROM json_to_recordset($2::json) AS r (holder uuid, attribute text, target uuid, dn text)
     JOIN source_object o ON o.forest_id = $1 AND o.guid = r.holder ON CONFLICT DO NOTHING`,
    [forest, rows((delta) => delta.adds)],
  );
  const holders = touched.map((delta) => delta.holder);
  // The hash over all values is not known any more: the next whole read compares the values themselves.
  await transaction.query("UPDATE source_object SET links_hash = '' WHERE forest_id = $1 AND guid = ANY($2)", [
    forest,
    holders,
  ]);
  await transaction.query('UPDATE identity SET links_dirty = true WHERE source_forest = $1 AND source_guid = ANY($2)', [
    forest,
    holders,
  ]);
}

/** Makes the links that lead to an object those that its back links tell, and marks the holders that gained or lost one. */
export async function replaceBackLinks(
  transaction: Transaction,
  forest: ForestId,
  target: string,
  holders: readonly { readonly holder: string; readonly attribute: string }[],
): Promise<void> {
  const rows = await transaction.query<{ holder: string }>(
    `WITH told AS (
       SELECT holder, attribute FROM json_to_recordset($3::json) AS r (holder uuid, attribute text)
     ), gone AS (
       DELETE FROM source_link l WHERE l.forest_id = $1 AND l.target = $2
         AND NOT EXISTS (SELECT FROM told t WHERE t.holder = l.holder AND t.attribute = l.attribute) RETURNING l.holder
     ), come AS (
       INSERT INTO source_link (forest_id, holder, attribute, target)
       SELECT $1, t.holder, t.attribute, $2 FROM told t JOIN source_object o ON o.forest_id = $1 AND o.guid = t.holder
       ON CONFLICT DO NOTHING RETURNING holder
     )
     SELECT holder FROM gone UNION SELECT holder FROM come`,
    [forest, target, JSON.stringify(holders)],
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

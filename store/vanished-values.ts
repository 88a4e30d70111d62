import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** An attribute that objects no longer showed in the read under way, while they were not deleted. */
export interface Vanished {
  readonly attribute: string;
  readonly objects: number;
  /** Some of them. */
  readonly guids: readonly string[];
}

/** SQL: vanished values of a naming context that have not come back meanwhile. */
const VANISHED = `vanished_value v JOIN source_object o ON o.forest_id = v.forest_id AND o.guid = v.guid
  WHERE v.forest_id = $1 AND o.naming_context = $2 AND o.tombstone_at IS NULL AND NOT o.attributes ? v.attribute
  AND NOT EXISTS (SELECT FROM source_link l WHERE l.forest_id = v.forest_id AND l.holder = v.guid AND l.attribute = v.attribute)`;

/** What has vanished in the read under way, and in one before it that did not come to its end. */
export async function vanishedAttributes(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
): Promise<readonly Vanished[]> {
  return db.query<Vanished>(
    `SELECT v.attribute, count(*)::int AS objects, (array_agg(v.guid ORDER BY v.guid))[1:50] AS guids FROM ${VANISHED} GROUP BY v.attribute ORDER BY 1`,
    [forest, namingContext.toLowerCase()],
  );
}

/**
 * Ends the bookkeeping of a read: gives objects back what they last held of attributes that became unreadable, and lets
 * the other values go.
 *
 * @returns how many values were given back
 */
export async function settleVanished(
  transaction: Transaction,
  forest: ForestId,
  namingContext: string,
  unreadable: readonly string[],
): Promise<number> {
  const values = [forest, namingContext.toLowerCase(), unreadable];
  // What is given back did not change. A value that was cleared earlier has its return between.
  await transaction.query(
    `DELETE FROM source_change c USING (SELECT v.guid, v.attribute FROM ${VANISHED} AND v.attribute = ANY($3)) AS kept
     WHERE c.forest_id = $1 AND c.guid = kept.guid AND c.attribute = kept.attribute AND c.after IS NULL
       AND NOT EXISTS (SELECT FROM source_change n WHERE n.forest_id = $1 AND n.guid = c.guid AND n.attribute = c.attribute AND n.at > c.at)`,
    values,
  );
  const attributes = await transaction.query(
    `WITH kept AS (
       SELECT v.guid, jsonb_object_agg(v.attribute, v.value) AS attributes FROM ${VANISHED} AND v.attribute = ANY($3)
         AND jsonb_typeof(v.value -> 0) = 'string' GROUP BY v.guid
     )
     -- An empty hash equals none: the next whole read looks at the object again.
     UPDATE source_object o SET attributes = o.attributes || kept.attributes, hash = '', dirty = true FROM kept
     WHERE o.forest_id = $1 AND o.guid = kept.guid RETURNING o.guid`,
    values,
  );
  const links = await transaction.query<{ holder: string }>(
    `INSERT INTO source_link (forest_id, holder, attribute, target, target_dn)
     SELECT v.forest_id, v.guid, v.attribute, (link ->> 0)::uuid, link ->> 1
     FROM (SELECT v.* FROM ${VANISHED} AND v.attribute = ANY($3) AND jsonb_typeof(v.value -> 0) = 'array') AS v,
       jsonb_array_elements(v.value) AS link
     ON CONFLICT DO NOTHING RETURNING holder`,
    values,
  );
  const holders = [...new Set(links.map((row) => row.holder))];
  await transaction.query("UPDATE source_object SET links_hash = '' WHERE forest_id = $1 AND guid = ANY($2)", [
    forest,
    holders,
  ]);
  await transaction.query('UPDATE identity SET links_dirty = true WHERE source_forest = $1 AND source_guid = ANY($2)', [
    forest,
    holders,
  ]);
  await transaction.query(
    'DELETE FROM vanished_value v USING source_object o WHERE o.forest_id = v.forest_id AND o.guid = v.guid AND v.forest_id = $1 AND o.naming_context = $2',
    values.slice(0, 2),
  );
  return attributes.length + holders.length;
}

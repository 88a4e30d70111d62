import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** Values are looked up by their beginning: what is longer has no use as a name. */
const VALUE = (value: string): string => `left(lower(${value}), 256)`;

/** A staged managed object, with the customers in whose part of the Managed Forest it is. */
export interface IndexedManaged {
  readonly guid: string;
  readonly residents: readonly string[];
}

/**
 * Keeps up to date by what joining finds managed objects, and which of them nobody has joined. To be called in the
 * transaction that stages them.
 *
 * @param attributes those whose values the join rules look up
 */
export async function indexManaged(
  transaction: Transaction,
  forest: ForestId,
  objects: readonly IndexedManaged[],
  attributes: readonly string[],
): Promise<void> {
  const guids = objects.map((object) => object.guid);
  if (guids.length === 0) return;
  await transaction.query(
    `WITH present AS (
       SELECT DISTINCT o.guid, a.name AS attribute, ${VALUE('v.value')} AS value
       FROM managed_object o CROSS JOIN unnest($3::text[]) a (name) CROSS JOIN jsonb_array_elements_text(o.attributes -> a.name) v (value)
       WHERE o.forest_id = $1 AND o.guid = ANY($2)
     ), gone AS (
       DELETE FROM managed_key k WHERE k.forest_id = $1 AND k.guid = ANY($2)
         AND NOT EXISTS (SELECT FROM present p WHERE p.guid = k.guid AND p.attribute = k.attribute AND p.value = k.value)
     )
     INSERT INTO managed_key (forest_id, guid, attribute, value) SELECT $1, guid, attribute, value FROM present ON CONFLICT DO NOTHING`,
    [forest, guids, attributes],
  );
  await transaction.query(
    `WITH unmatched AS (
       SELECT o.guid, r.customer FROM json_to_recordset($3::json) AS r (guid uuid, customer text)
       JOIN managed_object o ON o.forest_id = $1 AND o.guid = r.guid AND o.deleted_at IS NULL
       WHERE NOT EXISTS (SELECT FROM identity i WHERE i.managed_forest = $1 AND i.managed_guid = o.guid)
     ), gone AS (
       DELETE FROM managed_unmatched m WHERE m.forest_id = $1 AND m.guid = ANY($2)
         AND NOT EXISTS (SELECT FROM unmatched u WHERE u.guid = m.guid AND u.customer = m.customer)
     )
     INSERT INTO managed_unmatched (forest_id, customer, guid) SELECT $1, customer, guid FROM unmatched ON CONFLICT DO NOTHING`,
    [
      forest,
      guids,
      JSON.stringify(objects.flatMap(({ guid, residents }) => residents.map((customer) => ({ guid, customer })))),
    ],
  );
}

/** SQL: the managed objects, up to so many, that have a value of an attribute; `key` names its columns attribute and value. */
export function managedByKey(forest: string, key: string, limit: number): string {
  return `SELECT k.guid FROM managed_key k JOIN managed_object m ON m.forest_id = k.forest_id AND m.guid = k.guid AND m.deleted_at IS NULL
    WHERE k.forest_id = ${forest} AND NOT m.conflict AND k.attribute = ${key}.attribute AND k.value = ${VALUE(`${key}.value`)} ORDER BY k.guid LIMIT ${String(limit)}`;
}

import type { Transaction } from './database.ts';

/**
 * Has the references planned again of whoever links to these source objects, in their own forest or, by a
 * foreignSecurityPrincipal, from another one.
 *
 * @param objects SQL of a query for forest_id and guid, with parameters of these values
 */
export async function markHolders(
  transaction: Transaction,
  objects: string,
  values: readonly unknown[] = [],
): Promise<void> {
  await transaction.query(
    `UPDATE identity h SET links_dirty = true FROM (${objects}) c JOIN source_link l ON l.forest_id = c.forest_id AND l.target = c.guid
     WHERE h.source_forest = l.forest_id AND h.source_guid = l.holder AND NOT h.links_dirty`,
    values,
  );
  await transaction.query(
    `UPDATE identity h SET links_dirty = true FROM (${objects}) c
     JOIN foreign_principal p ON p.target_forest = c.forest_id AND p.target = c.guid
     JOIN source_link l ON l.forest_id = p.forest_id AND l.target = p.guid
     WHERE h.source_forest = l.forest_id AND h.source_guid = l.holder AND NOT h.links_dirty`,
    values,
  );
}

import type { ReferenceRule } from '../rules/flow.ts';
import type { Transaction } from './database.ts';
import { inGroups } from './deprovisioning.ts';
import type { ForestId } from './forests.ts';
import { frozen } from './identities.ts';
import { untouchable } from './managed-deletions.ts';

/**
 * Finds what the source's links want of the references of identities: by sets, in temporary tables of the transaction.
 * `holder` has those of the identities that references flow to now, `wanted_link` their wanted targets: there in the
 * Managed Forest, and connected or not yet taken out of their groups.
 *
 * @param condition SQL that names the identities `i`
 */
export async function findWantedLinks(
  transaction: Transaction,
  forest: ForestId,
  rules: readonly ReferenceRule[],
  condition: string,
): Promise<void> {
  await transaction.query(
    `CREATE TEMPORARY TABLE reference_rule ON COMMIT DROP AS SELECT * FROM json_to_recordset($1::json) AS r (kind text, attribute text, source text, single boolean)`,
    [JSON.stringify(rules)],
  );
  await transaction.query(
    `CREATE TEMPORARY TABLE holder ON COMMIT DROP AS
     SELECT i.id, i.source_forest AS forest_id, i.source_guid AS guid, i.managed_forest, i.managed_guid, i.kind FROM identity i
     JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid
     WHERE i.source_forest = $1 AND ${condition} AND i.state = 'connected' AND e.in_scope AND i.managed_guid IS NOT NULL AND NOT ${frozen('e')}
       AND NOT ${untouchable('i.managed_forest', 'i.managed_guid')}`,
    [forest],
  );
  await transaction.query('ANALYZE holder');
  await transaction.query(
    `CREATE TEMPORARY TABLE wanted_link ON COMMIT DROP AS
     SELECT h.id, h.managed_guid AS holder, r.attribute, t.managed_guid AS target
     FROM holder h JOIN forest f ON f.id = h.managed_forest JOIN reference_rule r ON r.kind = h.kind AND NOT r.attribute = ANY(f.lacking)
     JOIN source_link l ON l.forest_id = $1 AND l.holder = h.guid AND l.attribute = r.source
     JOIN identity t ON t.source_forest = $1 AND t.source_guid = l.target
     WHERE ${inGroups('t')} AND t.managed_guid IS NOT NULL`,
    [forest],
  );
  // A link to the source object that somebody had before a migration means the same person as long as it is there.
  await transaction.query(
    `INSERT INTO wanted_link
     SELECT DISTINCT h.id, h.managed_guid, r.attribute, t.managed_guid
     FROM reconnection c JOIN source_link l ON l.forest_id = c.former_forest AND l.target = c.former_guid
     JOIN holder h ON h.guid = l.holder JOIN forest f ON f.id = h.managed_forest
     JOIN reference_rule r ON r.kind = h.kind AND r.source = l.attribute AND NOT r.attribute = ANY(f.lacking)
     JOIN identity t ON t.id = c.identity_id AND t.managed_forest = h.managed_forest
     WHERE c.former_forest = $1 AND c.state IN ('linked', 'reconnected') AND ${inGroups('t')} AND t.managed_guid IS NOT NULL`,
    [forest],
  );
  await transaction.query(
    `INSERT INTO wanted_link
     SELECT DISTINCT h.id, h.managed_guid, r.attribute, t.managed_guid
     FROM foreign_principal p JOIN source_link l ON l.forest_id = p.forest_id AND l.target = p.guid
     JOIN holder h ON h.guid = l.holder JOIN forest f ON f.id = h.managed_forest
     JOIN reference_rule r ON r.kind = h.kind AND r.source = l.attribute AND NOT r.attribute = ANY(f.lacking)
     JOIN identity t ON t.source_forest = p.target_forest AND t.source_guid = p.target AND t.managed_forest = h.managed_forest
     WHERE p.forest_id = $1 AND p.target IS NOT NULL AND ${inGroups('t')} AND t.managed_guid IS NOT NULL`,
    [forest],
  );
}

import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** Where a source object is staged: its naming context, in lower case; null when it is not, or is gone. */
export async function stagedIn(transaction: Transaction, forest: ForestId, guid: string): Promise<string | null> {
  const [row] = await transaction.query<{ naming_context: string }>(
    'SELECT naming_context FROM source_object WHERE forest_id = $1 AND guid = $2 AND tombstone_at IS NULL',
    [forest, guid],
  );
  return row?.naming_context ?? null;
}

/** Has the rules, the plan and the services look at an object again, also where nothing of it has changed. */
export async function lookAgainAt(transaction: Transaction, forest: ForestId, guid: string): Promise<void> {
  const object = [forest, guid];
  await transaction.query(
    'UPDATE source_object SET dirty = true WHERE forest_id = $1 AND guid = $2 AND tombstone_at IS NULL AND NOT dirty',
    object,
  );
  await transaction.query(
    'UPDATE identity SET plan_dirty = true, links_dirty = true WHERE source_forest = $1 AND source_guid = $2',
    object,
  );
  await transaction.query(
    `UPDATE service s SET state = 'wanted', changed_at = now() FROM identity i
     WHERE i.id = s.identity_id AND i.source_forest = $1 AND i.source_guid = $2 AND s.state = 'blocked'`,
    object,
  );
}

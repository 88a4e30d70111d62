import type { Transaction } from './database.ts';
import { settleDisconnected } from './deprovisioning.ts';
import { markHolders } from './link-holders.ts';

/**
 * Gives the identities of these changes the state that the change stands for, where it is a disconnection or turns one
 * round. Who links to their source objects has other references now.
 */
export async function settleStates(transaction: Transaction, changes: readonly string[]): Promise<void> {
  const changed = await transaction.query<{ id: string; source_forest: number; source_guid: string }>(
    `UPDATE identity i SET state = p.after -> 'state' ->> 0, plan_dirty = true, links_dirty = true FROM planned_change p
     WHERE p.id = ANY($1) AND p.operation = 'disconnect' AND i.id = p.identity_id RETURNING i.id, i.source_forest, i.source_guid`,
    [changes],
  );
  if (changed.length === 0) return;
  await settleDisconnected(
    transaction,
    changed.map((row) => row.id),
  );
  await markHolders(transaction, 'SELECT * FROM unnest($1::smallint[], $2::uuid[]) AS c (forest_id, guid)', [
    changed.map((row) => row.source_forest),
    changed.map((row) => row.source_guid),
  ]);
}

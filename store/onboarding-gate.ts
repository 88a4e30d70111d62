import { WAITS_RULE } from '../rules/onboarding.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { Run } from './runs.ts';

/** SQL: the object (forest_id, guid) of `row` has, or had, a managed object: it is somebody who is in. */
export function isIn(row: string): string {
  return `EXISTS (SELECT FROM identity i WHERE i.source_forest = ${row}.forest_id AND i.source_guid = ${row}.guid AND (i.managed_guid IS NOT NULL OR i.deleted_guid IS NOT NULL))`;
}

/** SQL: whether an object of this row of source_object waits for a wave. Who is in never does. */
export function waits(row: string): string {
  return `(EXISTS (SELECT FROM onboarding o WHERE o.forest_id = ${row}.forest_id AND o.gate)
    AND NOT EXISTS (SELECT FROM onboarding_member m WHERE m.forest_id = ${row}.forest_id AND m.guid = ${row}.guid AND m.taken_up)
    AND NOT ${isIn(row)})`;
}

/**
 * Marks for evaluation who was admitted since the last cycle, and whom it concerns that a gate was closed or opened. Without
 * either it costs the same however many objects there are.
 */
export async function takeUpAdmitted(transaction: Transaction, forest: ForestId): Promise<void> {
  const admitted = await transaction.query<{ guid: string }>(
    'UPDATE onboarding_member SET taken_up = true WHERE forest_id = $1 AND admitted_at IS NOT NULL AND NOT taken_up RETURNING guid',
    [forest],
  );
  await markTakenUp(transaction, forest, admitted);
  const moved = await transaction.query(
    'UPDATE onboarding SET gate_moved = false WHERE forest_id = $1 AND gate_moved RETURNING id',
    [forest],
  );
  if (moved.length > 0)
    await transaction.query(
      `UPDATE source_object s SET dirty = true FROM evaluation e
       WHERE s.forest_id = $1 AND e.forest_id = $1 AND e.guid = s.guid AND (e.scope_rule = $2 OR e.in_scope AND NOT ${isIn('s')})`,
      [forest, WAITS_RULE],
    );
}

/** Marks objects for evaluation that have just been taken up. In a statement of its own: joined to none of them, all objects might be read. */
export async function markTakenUp(
  transaction: Transaction,
  forest: ForestId,
  objects: readonly { readonly guid: string }[],
): Promise<void> {
  if (objects.length === 0) return;
  await transaction.query('UPDATE source_object SET dirty = true WHERE forest_id = $1 AND guid = ANY($2)', [
    forest,
    objects.map(({ guid }) => guid),
  ]);
}

/** Who a run has found to wait. */
export async function foundWaiting(db: Queryable, run: Run): Promise<readonly string[]> {
  const rows = await db.query<{ guid: string }>(
    `SELECT e.guid FROM evaluation e WHERE e.forest_id = $1 AND e.scope_rule = $2 AND e.settling
       AND EXISTS (SELECT FROM onboarding o WHERE o.forest_id = $1 AND o.gate)`,
    [run.forestId, WAITS_RULE],
  );
  return rows.map(({ guid }) => guid);
}

/** Lets objects in beside the waves, and marks them for evaluation. Only for who holds the forest. */
export async function letIn(transaction: Transaction, forest: ForestId, guids: readonly string[]): Promise<void> {
  await transaction.query(
    `INSERT INTO onboarding_member (forest_id, guid, onboarding_id, admitted_at, taken_up)
     SELECT $1, g.guid, o.id, now(), true FROM unnest($2::uuid[]) AS g (guid) JOIN onboarding o ON o.forest_id = $1 AND o.gate
     ON CONFLICT (forest_id, guid) DO UPDATE SET wave = NULL, page = NULL, admitted_at = now(), taken_up = true`,
    [forest, guids],
  );
  await transaction.query('UPDATE source_object SET dirty = true WHERE forest_id = $1 AND guid = ANY($2)', [
    forest,
    guids,
  ]);
}

import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { RunId } from './runs.ts';

/** Why a managed object counts as gone: its tombstone was seen, or two complete reads neither held it nor found one. */
export type Evidence = 'tombstone' | 'absent twice';

/**
 * Marks managed objects as gone: nothing refers to them any more, and their identities wait to be planned again. An identity
 * whose object left a tombstone keeps its objectGUID to bring it back.
 */
export async function markDeleted(
  transaction: Transaction,
  forest: ForestId,
  guids: readonly string[],
  evidence: Evidence,
): Promise<void> {
  if (guids.length === 0) return;
  await transaction.query(
    'UPDATE managed_object SET deleted_at = now(), absent_run = NULL WHERE forest_id = $1 AND guid = ANY($2) AND deleted_at IS NULL',
    [forest, guids],
  );
  await transaction.query('DELETE FROM managed_notice WHERE forest_id = $1 AND guid = ANY($2)', [forest, guids]);
  await transaction.query('DELETE FROM managed_link WHERE forest_id = $1 AND (holder = ANY($2) OR target = ANY($2))', [
    forest,
    guids,
  ]);
  await transaction.query(
    `WITH detached AS (
       UPDATE identity i SET managed_guid = NULL, deleted_guid = CASE WHEN $3 THEN i.managed_guid END, plan_dirty = true, links_dirty = false,
         -- What we delete ourselves nobody else has deleted.
         deletions = CASE WHEN EXISTS (
             SELECT FROM planned_change p WHERE p.identity_id = i.id AND p.operation = 'delete' AND p.managed_guid = i.managed_guid AND p.state IN ('planned', 'applied', 'confirmed'))
           THEN i.deletions ELSE (i.deletions || now())[greatest(1, cardinality(i.deletions) - 8):] END
       WHERE i.managed_forest = $1 AND i.managed_guid = ANY($2) RETURNING i.id
     )
     UPDATE service SET state = 'wanted', changed_at = now() FROM detached WHERE identity_id = detached.id AND wanted IS NOT NULL`,
    [forest, guids, evidence === 'tombstone'],
  );
}

/** Which of these objects are marked as gone. */
export async function deletedManaged(
  db: Queryable,
  forest: ForestId,
  guids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ guid: string }>(
    'SELECT guid FROM managed_object WHERE forest_id = $1 AND guid = ANY($2) AND deleted_at IS NOT NULL',
    [forest, guids],
  );
  return new Set(rows.map((row) => row.guid));
}

/** Gives the identities of deleted objects that are back their managed object again, whatever it has lost of its anchor. */
export async function reattach(
  transaction: Transaction,
  forest: ForestId,
  guids: readonly string[],
): Promise<readonly { readonly source_forest: number; readonly source_guid: string }[]> {
  return transaction.query(
    `UPDATE identity SET managed_guid = deleted_guid, deleted_guid = NULL
     WHERE managed_forest = $1 AND deleted_guid = ANY($2) AND managed_guid IS NULL RETURNING source_forest, source_guid`,
    [forest, guids],
  );
}

/** An identity whose deleted object can not be brought back gets a new one. */
export async function giveUpTombstone(transaction: Transaction, identityId: string): Promise<void> {
  await transaction.query('UPDATE identity SET deleted_guid = NULL, plan_dirty = true WHERE id = $1', [identityId]);
}

/** Has the identities of a forest that were left to an operator, because their objects are deleted again and again, planned anew. */
export async function lookAtStopped(db: Queryable, forest: ForestId): Promise<void> {
  await db.query(
    `UPDATE identity i SET plan_dirty = true FROM object_error x
     WHERE x.forest_id = $1 AND x.code = 'SE912' AND i.source_forest = x.forest_id AND i.source_guid = x.guid`,
    [forest],
  );
}

/** SQL: that managed object is left alone: a complete read neither held it nor found it deleted, or it has lost its name to a twin. */
export function untouchable(forest: string, guid: string): string {
  return `EXISTS (SELECT FROM managed_object q WHERE q.forest_id = ${forest} AND q.guid = ${guid} AND (q.absent_run IS NOT NULL OR q.conflict))`;
}

/** The objects that a complete read did not hold. */
export async function notHeld(db: Queryable, forest: ForestId, read: string): Promise<readonly string[]> {
  const rows = await db.query<{ guid: string }>(
    'SELECT guid FROM managed_object WHERE forest_id = $1 AND last_read <> $2 AND deleted_at IS NULL',
    [forest, read],
  );
  return rows.map((row) => row.guid);
}

/**
 * Takes note of objects that a complete read neither held nor found deleted.
 *
 * @returns those of which another run's complete read said the same before
 */
export async function noteAbsent(
  transaction: Transaction,
  forest: ForestId,
  guids: readonly string[],
  run: RunId,
): Promise<readonly string[]> {
  const before = await transaction.query<{ guid: string }>(
    'SELECT guid FROM managed_object WHERE forest_id = $1 AND guid = ANY($2) AND absent_run <> $3',
    [forest, guids, run],
  );
  await transaction.query(
    'UPDATE managed_object SET absent_run = $3 WHERE forest_id = $1 AND guid = ANY($2) AND absent_run IS NULL',
    [forest, guids, run],
  );
  return before.map((row) => row.guid);
}

/** Whether objects wait for a second complete read, by another run than the one that missed them first. */
export async function hasAbsent(db: Queryable, forest: ForestId, run: RunId): Promise<boolean> {
  const rows = await db.query(
    'SELECT 1 FROM managed_object WHERE forest_id = $1 AND absent_run IS NOT NULL AND absent_run <> $2 AND deleted_at IS NULL LIMIT 1',
    [forest, run],
  );
  return rows.length > 0;
}

/** How many live objects are known of a forest. */
export async function countLive(db: Queryable, forest: ForestId): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM managed_object WHERE forest_id = $1 AND deleted_at IS NULL',
    [forest],
  );
  return row?.count ?? 0;
}

import type { CleaningBatch } from './cleaning.ts';
import type { Transaction } from './database.ts';

/**
 * SQL: nothing goes on with the identity `i`, and nothing is on record of it: its managed object is gone, its services have
 * ended, and no change, pin, conversion or question names it.
 */
const OVER = `i.state = 'disconnected' AND i.managed_guid IS NULL AND NOT i.plan_dirty
  AND NOT EXISTS (SELECT FROM deprovisioning d WHERE d.identity_id = i.id AND d.stage <> 'ended')
  AND NOT EXISTS (SELECT FROM service s WHERE s.identity_id = i.id AND s.facts IS NOT NULL)
  AND NOT EXISTS (SELECT FROM planned_change p WHERE p.identity_id = i.id)
  AND NOT EXISTS (SELECT FROM pin p WHERE p.identity_id = i.id)
  AND NOT EXISTS (SELECT FROM conversion c WHERE c.identity_id = i.id)
  AND NOT EXISTS (SELECT FROM reconnection_candidate c WHERE c.identity_id = i.id)`;

/**
 * Source objects that are gone, with all that is known of them. They stay while their identity has something, while a question
 * about them is open, and while a reconnection that is on record leads to or from them.
 */
export async function cleanSourceObjects(
  transaction: Transaction,
  { customer, before, historyFrom, limit }: CleaningBatch,
): Promise<number | null> {
  if (!(await standStill(transaction, customer))) return null;
  await transaction.query(
    `CREATE TEMPORARY TABLE cleaned ON COMMIT DROP AS
     SELECT o.forest_id, o.guid, i.id AS identity_id FROM forest f
     JOIN source_object o ON o.forest_id = f.id AND o.tombstone_at < $2 AND NOT o.dirty
     LEFT JOIN identity i ON i.source_forest = o.forest_id AND i.source_guid = o.guid
     WHERE f.side = 'source' AND f.customer = $1 AND (i.id IS NULL OR ${OVER})
       AND NOT EXISTS (SELECT FROM evaluation e WHERE e.forest_id = o.forest_id AND e.guid = o.guid AND (e.unsettled OR e.settling))
       AND NOT EXISTS (SELECT FROM join_review j WHERE j.forest_id = o.forest_id AND j.guid = o.guid AND (j.state = 'open' OR j.decided_at >= $3))
       AND NOT EXISTS (SELECT FROM reconnection_rejection j WHERE j.forest_id = o.forest_id AND j.guid = o.guid AND j.at >= $3)
       AND NOT EXISTS (SELECT FROM reconnection r WHERE r.forest_id = o.forest_id AND r.guid = o.guid
         AND (r.state IN ('open', 'approved') OR r.identity_id IS DISTINCT FROM i.id OR coalesce(r.decided_at, r.opened_at) >= $3))
       AND NOT EXISTS (SELECT FROM reconnection r WHERE r.former_forest = o.forest_id AND r.former_guid = o.guid AND r.state IN ('linked', 'reconnected') AND r.decided_at >= $3)
     LIMIT $4`,
    [customer, before, historyFrom, limit],
  );
  const [row] = await transaction.query<{ count: number }>('SELECT count(*)::int AS count FROM cleaned');
  await forgetObjects(transaction, 'cleaned');
  await transaction.query('DROP TABLE cleaned');
  return row?.count ?? 0;
}

/**
 * Whether no cycle of the customer is under way. None can begin until the transaction ends: what a read has looked up is still there
 * when it is staged.
 */
export async function standStill(transaction: Transaction, customer: string): Promise<boolean> {
  const locks = await transaction.query<{ free: boolean }>(
    `SELECT l.workflow_id IS NULL AS free FROM forest_lock l JOIN forest f ON f.id = l.forest_id
     WHERE f.side = 'source' AND f.customer = $1 ORDER BY l.forest_id FOR UPDATE OF l`,
    [customer],
  );
  return locks.every((lock) => lock.free);
}

/**
 * Deletes source objects with their identities and all that belongs to these. Nothing planned, pinned or converted may be left of them.
 *
 * @param objects a temporary table (forest_id, guid, identity_id)
 */
export async function forgetObjects(transaction: Transaction, objects: string): Promise<void> {
  for (const table of [
    'reconnection_rejection',
    'reconnection_candidate',
    'reconnection',
    'service',
    'deprovisioning',
    'conversion',
  ])
    await transaction.query(`DELETE FROM ${table} x USING ${objects} c WHERE x.identity_id = c.identity_id`);
  await transaction.query(`DELETE FROM identity x USING ${objects} c WHERE x.id = c.identity_id`);
  await transaction.query(
    `DELETE FROM source_link x USING ${objects} c WHERE x.forest_id = c.forest_id AND x.holder = c.guid`,
  );
  for (const table of ['evaluation', 'wanted_claim', 'claim', 'sentinel', 'source_object'])
    await transaction.query(
      `DELETE FROM ${table} x USING ${objects} c WHERE x.forest_id = c.forest_id AND x.guid = c.guid`,
    );
}

/** Managed objects that are gone and were the customer's, or nobody's, and that no identity could bring back. */
export async function cleanManagedObjects(
  transaction: Transaction,
  { customer, before, limit }: CleaningBatch,
  schema: string,
): Promise<number | null> {
  const forests = await transaction.query<{ id: number; name: string }>(
    `SELECT DISTINCT f.id, f.name FROM identity i JOIN forest f ON f.id = i.managed_forest WHERE i.customer = $1 ORDER BY f.id`,
    [customer],
  );
  let deleted = 0;
  for (const { id, name } of forests) {
    // Who reads it has this lock, too: see Database.exclusively.
    const [lock] = await transaction.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken',
      [`${schema} managed ${name}`],
    );
    if (lock?.taken !== true) return null;
    const rows = await transaction.query<{ guid: string }>(
      `SELECT m.guid FROM managed_object m WHERE m.forest_id = $1 AND m.deleted_at < $3 AND (m.anchor IS NULL OR starts_with(m.anchor, $2 || '/'))
         AND NOT EXISTS (SELECT FROM identity i WHERE i.managed_forest = $1 AND m.guid IN (i.managed_guid, i.deleted_guid))
         AND NOT EXISTS (SELECT FROM join_candidate c WHERE c.managed_forest = $1 AND c.managed_guid = m.guid)
       LIMIT $4`,
      [id, customer, before, limit - deleted],
    );
    await forgetManaged(
      transaction,
      id,
      rows.map((row) => row.guid),
    );
    deleted += rows.length;
  }
  return deleted;
}

/** Deletes managed objects that are gone, with all that is known of them. */
export async function forgetManaged(transaction: Transaction, forest: number, guids: readonly string[]): Promise<void> {
  await transaction.query('DELETE FROM managed_link WHERE forest_id = $1 AND (holder = ANY($2) OR target = ANY($2))', [
    forest,
    guids,
  ]);
  for (const table of ['managed_key', 'managed_unmatched', 'managed_notice', 'drift', 'managed_object'])
    await transaction.query(`DELETE FROM ${table} WHERE forest_id = $1 AND guid = ANY($2)`, [forest, guids]);
}

import type { CleanedPart } from '../rules/keeping.ts';
import { cleanManagedObjects, cleanSourceObjects } from './cleaning-objects.ts';
import type { Database, Transaction } from './database.ts';

/** One batch of one part of what a customer has kept long enough. */
export interface CleaningBatch {
  readonly customer: string;
  /** What ended before is deleted. */
  readonly before: Date;
  /** What ended after is on record, and so is what it is about. */
  readonly historyFrom: Date;
  /** Rows that are deleted at most, not counting those that go with them. */
  readonly limit: number;
}

/**
 * Deletes one batch of a part, in one transaction. What something that is open needs stays, however old it is. Costs by what is
 * deleted, and by what is older and must stay.
 *
 * @returns how many rows it was; null where a cycle holds what they belong to
 */
export async function cleanBatch(database: Database, part: CleanedPart, batch: CleaningBatch): Promise<number | null> {
  return database.transaction((transaction) => PARTS[part](transaction, batch, database.schema));
}

type Clean = (transaction: Transaction, batch: CleaningBatch, schema: string) => Promise<number | null>;

const PARTS: Readonly<Record<CleanedPart, Clean>> = {
  reports: cleanReports,
  sourceChanges: cleanSourceChanges,
  answers: cleanAnswers,
  changes: cleanChanges,
  cycles: cleanCycles,
  sourceObjects: cleanSourceObjects,
  managedObjects: cleanManagedObjects,
};

/** Reports whose deliveries were all made or given up. */
async function cleanReports(transaction: Transaction, { customer, before, limit }: CleaningBatch): Promise<number> {
  const rows = await transaction.query(
    `DELETE FROM report WHERE id IN (
       SELECT r.id FROM report r WHERE r.customer = $1 AND r.made_at < $2
         AND NOT EXISTS (SELECT FROM report_delivery d WHERE d.report_id = r.id AND d.delivered_at IS NULL AND d.refused_at IS NULL)
       ORDER BY r.made_at LIMIT $3) RETURNING 1`,
    [customer, before, limit],
  );
  return rows.length;
}

async function cleanSourceChanges(
  transaction: Transaction,
  { customer, before, limit }: CleaningBatch,
): Promise<number> {
  const rows = await transaction.query(
    `DELETE FROM source_change WHERE ctid = ANY(ARRAY(
       SELECT c.ctid FROM source_change c WHERE c.at < $2 AND c.forest_id IN (SELECT id FROM forest WHERE side = 'source' AND customer = $1) LIMIT $3)) RETURNING 1`,
    [customer, before, limit],
  );
  return rows.length;
}

/**
 * What operators signed, pins that are released, conversions and maps that are over, reconnections that were undone; and what ended services had been. A
 * reconnection that holds stays as long as its identity: who comes back is known by it.
 */
async function cleanAnswers(transaction: Transaction, { customer, before, limit }: CleaningBatch): Promise<number> {
  const ours = 'IN (SELECT id FROM identity WHERE customer = $1)';
  const statements = [
    `DELETE FROM pin WHERE id IN (SELECT id FROM pin WHERE released_at < $2 AND identity_id ${ours} LIMIT $3) RETURNING 1`,
    `DELETE FROM conversion WHERE id IN (SELECT id FROM conversion WHERE ended_at < $2 AND identity_id ${ours} LIMIT $3) RETURNING 1`,
    `DELETE FROM migration_map WHERE id IN (SELECT id FROM migration_map WHERE customer = $1 AND state <> 'open' AND decided_at < $2 LIMIT $3) RETURNING 1`,
    `DELETE FROM reconnection WHERE id IN (
       SELECT r.id FROM reconnection r JOIN forest f ON f.id = r.forest_id WHERE f.customer = $1 AND r.state = 'undone' AND coalesce(r.ended_at, r.decided_at, r.opened_at) < $2 LIMIT $3) RETURNING 1`,
    `DELETE FROM operator_answer WHERE id IN (
       SELECT a.id FROM operator_answer a WHERE a.customer = $1 AND a.at < $2 AND NOT EXISTS (SELECT FROM hold h WHERE h.id = a.hold_id AND h.state = 'open') LIMIT $3) RETURNING 1`,
    `DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE customer = $1 AND ended_at < $2 LIMIT $3) RETURNING 1`,
    `UPDATE deprovisioning SET taken = NULL WHERE identity_id IN (
       SELECT identity_id FROM deprovisioning WHERE stage = 'ended' AND taken IS NOT NULL AND began_at < $2 AND identity_id ${ours} LIMIT $3) RETURNING 1`,
  ];
  let deleted = 0;
  for (const statement of statements)
    deleted += (await transaction.query(statement, [customer, before, limit - deleted])).length;
  return deleted;
}

/**
 * What was planned and written. It stays while something turns it round, pins it or waits for an answer to it, while the services of
 * its object end, are converted or go over to another, and where it says of an object that is not there that we have made it.
 */
async function cleanChanges(transaction: Transaction, { customer, before, limit }: CleaningBatch): Promise<number> {
  const rows = await transaction.query(
    `DELETE FROM planned_change WHERE id IN (
       SELECT p.id FROM run r JOIN planned_change p ON p.run_id = r.id JOIN identity i ON i.id = p.identity_id
       WHERE r.customer = $1 AND r.started_at < $2 AND r.ended_at IS NOT NULL AND p.state NOT IN ('planned', 'held', 'applied') AND coalesce(p.applied_at, p.planned_at) < $2
         AND NOT (i.state = 'connected' AND i.managed_guid IS NULL)
         AND NOT EXISTS (SELECT FROM pin WHERE pin.change_id = p.id)
         AND NOT EXISTS (SELECT FROM planned_change u WHERE u.undoes = p.id)
         AND NOT EXISTS (SELECT FROM hold h WHERE h.id = p.hold_id AND h.state = 'open')
         AND NOT EXISTS (SELECT FROM deprovisioning d WHERE d.identity_id = i.id AND d.stage <> 'ended')
         AND NOT EXISTS (SELECT FROM conversion c WHERE c.identity_id = i.id AND c.ended_at IS NULL)
         AND NOT EXISTS (SELECT FROM reconnection c WHERE c.identity_id = i.id AND c.state IN ('open', 'approved', 'linked'))
         AND NOT EXISTS (SELECT FROM reconnection_candidate c WHERE c.identity_id = i.id)
       LIMIT $3) RETURNING 1`,
    [customer, before, limit],
  );
  return rows.length;
}

/** Cycles that nothing on record belongs to any more, with the lists that they asked about; never the newest of a forest. */
async function cleanCycles(transaction: Transaction, { customer, before, limit }: CleaningBatch): Promise<number> {
  const named = (table: string, column: string): string =>
    `AND NOT EXISTS (SELECT FROM ${table} x WHERE x.${column} = r.id)`;
  const rows = await transaction.query<{ id: string }>(
    `SELECT r.id FROM run r WHERE r.customer = $1 AND r.started_at < $2 AND r.ended_at IS NOT NULL
       AND EXISTS (SELECT FROM run n WHERE n.forest_id = r.forest_id AND n.id > r.id)
       ${named('planned_change', 'run_id')} ${named('service', 'run_id')} ${named('reconnection', 'run_id')}
       ${named('managed_write', 'run_id')} ${named('source_container', 'last_read')}
       AND NOT EXISTS (SELECT FROM hold h WHERE h.run_id = r.id AND (h.state = 'open' OR EXISTS (SELECT FROM planned_change p WHERE p.hold_id = h.id)))
     LIMIT $3 FOR UPDATE SKIP LOCKED`,
    [customer, before, limit],
  );
  const ids = rows.map((row) => row.id);
  await transaction.query('DELETE FROM hold WHERE run_id = ANY($1)', [ids]);
  await transaction.query('DELETE FROM run_step WHERE run_id = ANY($1)', [ids]);
  await transaction.query('DELETE FROM run WHERE id = ANY($1)', [ids]);
  return ids.length;
}

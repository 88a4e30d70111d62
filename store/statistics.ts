import type { Database } from './database.ts';

/**
 * Tables by step, the one that tells how much there is first. Columns are named where only marks have changed: what most
 * rows were marked with would be taken to hold for most of them still, and all would be read to find the few that are.
 */
const TABLES = {
  source: ['source_object', 'source_link'],
  managed: ['managed_object', 'managed_link', 'identity'],
  evaluated: ['evaluation', 'wanted_claim', 'object_error'],
  settled: [
    'evaluation (unsettled, settling)',
    'claim',
    'identity',
    'service',
    'object_error',
    'source_object (dirty)',
  ],
  planned: ['identity (plan_dirty)', 'planned_change'],
  references: ['identity (links_dirty)', 'planned_change'],
  confirmed: ['planned_change (state)', 'identity (plan_dirty, links_dirty)'],
} as const;

/** Fewer changed rows than this do not make a bad plan slow. */
const FEW = 50;
/** PostgreSQL samples 300 times as many rows: how many there are matters here, and which are the most common hardly. */
const TARGET = 20;
/** Part of a table that must have changed since its statistics were made. */
const PART = 0.1;

/**
 * Has PostgreSQL look at tables that a step has just filled or changed much. Its own daemon does so within a minute or
 * more; until then a first cycle would be planned as if the tables were empty, with joins that compare everything with
 * everything.
 *
 * @param changed about how many rows the step has changed
 */
export async function refreshStatistics(db: Database, what: keyof typeof TABLES, changed: number): Promise<void> {
  if (changed < FEW) return;
  const tables = TABLES[what];
  const [row] = await db.query<{ rows: number }>(
    `SELECT greatest(max(reltuples), 0)::float8 AS rows FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = $1`,
    [tables[0].replace(/ .*/, '')],
  );
  if (changed < (row?.rows ?? 0) * PART) return;
  await db.transaction(async (transaction) => {
    await transaction.query(`SET LOCAL default_statistics_target = ${String(TARGET)}`);
    await transaction.query(`ANALYZE ${tables.join(', ')}`);
  });
}

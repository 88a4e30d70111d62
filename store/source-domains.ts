import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

/** A domain that could not be read: what is known of it is as old as its last read. */
export interface StaleDomain {
  readonly namingContext: string;
  /** When it was last up to date; null before its first complete read. */
  readonly readAt: Date | null;
  readonly since: Date;
  readonly problem: string;
}

/** Makes the domains of a forest those of its configuration. */
export async function listDomains(db: Queryable, forest: ForestId, namingContexts: readonly string[]): Promise<void> {
  const names = namingContexts.map((name) => name.toLowerCase());
  await db.query('DELETE FROM source_domain WHERE forest_id = $1 AND naming_context <> ALL($2)', [forest, names]);
  await db.query(
    'INSERT INTO source_domain (forest_id, naming_context) SELECT $1, name FROM unnest($2::text[]) AS n (name) ON CONFLICT DO NOTHING',
    [forest, names],
  );
}

/** Notes that a domain is up to date. */
export async function markDomainRead(db: Queryable, forest: ForestId, namingContext: string): Promise<void> {
  await db.query(
    'UPDATE source_domain SET read_at = now(), stale_since = NULL, problem = NULL, refused = false WHERE forest_id = $1 AND naming_context = $2',
    [forest, namingContext.toLowerCase()],
  );
}

/** Notes that a domain could not be read, why, and whether the account was refused: that does not pass by itself. */
export async function markDomainStale(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  problem: string,
  refused: boolean,
): Promise<void> {
  await db.query(
    'UPDATE source_domain SET stale_since = coalesce(stale_since, now()), problem = $3, refused = $4 WHERE forest_id = $1 AND naming_context = $2',
    [forest, namingContext.toLowerCase(), problem, refused],
  );
}

/** The domains of a forest that could not be read the last time. */
export async function staleDomains(db: Queryable, forest: ForestId): Promise<readonly StaleDomain[]> {
  return db.query<StaleDomain>(
    `SELECT naming_context AS "namingContext", read_at AS "readAt", stale_since AS since, problem
     FROM source_domain WHERE forest_id = $1 AND stale_since IS NOT NULL ORDER BY naming_context`,
    [forest],
  );
}

/** Notes that a domain shows an older state than was read before. */
export async function markDoubt(db: Queryable, forest: ForestId, namingContext: string, doubt: string): Promise<void> {
  await db.query('UPDATE source_domain SET doubt = $3 WHERE forest_id = $1 AND naming_context = $2', [
    forest,
    namingContext.toLowerCase(),
    doubt,
  ]);
}

/** What is doubted of the domains of a forest, a line each. */
export async function doubtsOf(db: Queryable, forest: ForestId): Promise<readonly string[]> {
  const rows = await db.query<{ line: string }>(
    `SELECT naming_context || ': ' || doubt AS line FROM source_domain WHERE forest_id = $1 AND doubt IS NOT NULL ORDER BY 1`,
    [forest],
  );
  return rows.map((row) => row.line);
}

/** Ends the doubts about a forest: an operator has answered, or nothing that they concern waits for an answer. */
export async function endDoubts(db: Queryable, forest: ForestId, answered: boolean): Promise<void> {
  await db.query(
    `UPDATE source_domain SET doubt = NULL WHERE forest_id = $1 AND doubt IS NOT NULL AND ($2 OR NOT EXISTS (
       SELECT FROM planned_change p JOIN identity i ON i.id = p.identity_id WHERE p.state = 'held' AND i.source_forest = $1))`,
    [forest, answered],
  );
}

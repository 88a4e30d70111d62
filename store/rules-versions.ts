import type { Queryable } from './database.ts';

/** A worker says at least this often that it is there. */
export const ANNOUNCE_MS = 30_000;
/** Without a word for so long its rules count as gone. */
const GONE_AFTER = '90 seconds';

/** Another worker runs with rules that came later: it is the one to go on. */
export class RulesOutdated extends Error {
  override readonly name = 'RulesOutdated';
}

/** Notes that a worker with these rules runs. A version that was never seen before is the newest. */
export async function announceRules(db: Queryable, version: string): Promise<void> {
  await db.query(
    'INSERT INTO rules_version (version) VALUES ($1) ON CONFLICT (version) DO UPDATE SET seen_at = now()',
    [version],
  );
}

/** Notes that a worker with these rules ends. Others that have the same will say that they are there. */
export async function withdrawRules(db: Queryable, version: string): Promise<void> {
  await db.query("UPDATE rules_version SET seen_at = '-infinity' WHERE version = $1", [version]);
}

/**
 * Checks that no worker is there with newer rules than these: if several versions did the steps of cycles by turns, each would
 * evaluate everything anew that the other has evaluated.
 *
 * @throws RulesOutdated when there is one
 */
export async function requireNewestRules(db: Queryable, version: string): Promise<void> {
  const [row] = await db.query<{ known: boolean; newer: boolean }>(
    `SELECT count(mine.version) > 0 AS known, coalesce(bool_or(r.number > mine.number AND r.seen_at > now() - $2::interval), false) AS newer
     FROM rules_version r LEFT JOIN rules_version mine ON mine.version = $1`,
    [version, GONE_AFTER],
  );
  if (row?.known !== true) await announceRules(db, version);
  else if (row.newer)
    throw new RulesOutdated(
      'A worker with newer rules runs, and is to do this step. Stop the workers of the old version.',
    );
}

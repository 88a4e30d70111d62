import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';
import type { RunId } from './runs.ts';

/** Notes, before the first of them is written, that a page of changes is written at a controller. */
export async function beginWriting(
  db: Queryable,
  page: { readonly run: RunId; readonly step: string },
  forest: ForestId,
  namingContext: string,
  url: string,
): Promise<void> {
  await db.query(
    `INSERT INTO managed_write (run_id, step, forest_id, naming_context, url) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (run_id, step) DO UPDATE SET url = excluded.url, ended_at = NULL`,
    [page.run, page.step, forest, namingContext.toLowerCase(), url],
  );
}

/** Notes that a page is written: the next read of that controller covers it. */
export async function endWriting(db: Queryable, page: { readonly run: RunId; readonly step: string }): Promise<void> {
  await db.query('UPDATE managed_write SET ended_at = clock_timestamp() WHERE run_id = $1 AND step = $2', [
    page.run,
    page.step,
  ]);
}

/** The controllers at which something was written that no read has covered yet. */
export async function uncoveredControllers(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ url: string }>(
    'SELECT DISTINCT url FROM managed_write WHERE forest_id = $1 AND naming_context = $2',
    [forest, namingContext.toLowerCase()],
  );
  return new Set(rows.map((row) => row.url));
}

/**
 * Forgets the pages whose changes a read has covered: those that had ended, or whose run had, before it began at their
 * controller.
 *
 * @param url the controller that was read; null forgets those of every controller, because they are given up for lost
 */
export async function forgetCovered(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  url: string | null,
  readBegan: Date,
): Promise<void> {
  await db.query(
    `DELETE FROM managed_write w USING run r WHERE r.id = w.run_id AND w.forest_id = $1 AND w.naming_context = $2
       AND ($3::text IS NULL OR w.url = $3) AND least(w.ended_at, r.ended_at) < $4`,
    [forest, namingContext.toLowerCase(), url, readBegan],
  );
}

/** The time of the database server. */
export async function databaseTime(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  if (row === undefined) throw new Error('the database server tells no time');
  return row.now;
}

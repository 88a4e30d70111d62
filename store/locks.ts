import type { Database, Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

/** Who holds or wants a lock. */
export interface Holder {
  readonly workflowId: string;
  readonly workflowRun: string;
}

/** One attempt of a holder's step. */
export interface Attempt extends Holder {
  /** When it was scheduled, in milliseconds: of two attempts the later one counts. */
  readonly scheduledAt: number;
}

export type LockAnswer =
  { readonly taken: true; readonly counter: string } | { readonly taken: false; readonly holder: Holder };

/** The forest's lock is not, or no longer, held with this counter: somebody else may write now. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

/**
 * Takes the lock of a forest, so that one cycle of it runs however cycles are started. Taking it again as the same
 * holder answers the same counter.
 *
 * @param gone a holder that is known to have ended without giving the lock back; its lock may be taken over
 */
export async function takeForestLock(
  database: Database,
  forest: ForestId,
  wanted: Holder,
  gone: Holder | null,
): Promise<LockAnswer> {
  return database.transaction(async (transaction) => {
    await transaction.query('INSERT INTO forest_lock (forest_id, counter) VALUES ($1, 0) ON CONFLICT DO NOTHING', [
      forest,
    ]);
    const [row] = await transaction.query<{ counter: string; workflow_id: string | null; workflow_run: string | null }>(
      'SELECT counter, workflow_id, workflow_run FROM forest_lock WHERE forest_id = $1 FOR UPDATE',
      [forest],
    );
    if (row === undefined) throw new Error(`the lock of forest ${String(forest)} is missing`);
    if (row.workflow_id !== null && row.workflow_run !== null) {
      const holder = { workflowId: row.workflow_id, workflowRun: row.workflow_run };
      if (same(holder, wanted)) return { taken: true, counter: row.counter };
      if (gone === null || !same(holder, gone)) return { taken: false, holder };
    }
    const [taken] = await transaction.query<{ counter: string }>(
      'UPDATE forest_lock SET counter = counter + 1, workflow_id = $2, workflow_run = $3, taken_at = now() WHERE forest_id = $1 RETURNING counter',
      [forest, wanted.workflowId, wanted.workflowRun],
    );
    return { taken: true, counter: taken?.counter ?? row.counter };
  });
}

/** Gives the lock back; without effect when it is held with another counter. */
export async function releaseForestLock(db: Queryable, forest: ForestId, counter: string): Promise<void> {
  await db.query(
    'UPDATE forest_lock SET workflow_id = NULL, workflow_run = NULL, taken_at = NULL WHERE forest_id = $1 AND counter = $2',
    [forest, counter],
  );
}

/**
 * Checks, before a write, that the run still holds its forest; within a transaction no other can take the lock until it ends.
 *
 * @throws LockLost when another run has it
 */
export async function requireForestLock(db: Queryable, forest: ForestId, counter: string): Promise<void> {
  const [row] = await db.query<{ workflow_id: string }>(
    'SELECT workflow_id FROM forest_lock WHERE forest_id = $1 AND counter = $2 AND workflow_id IS NOT NULL FOR SHARE',
    [forest, counter],
  );
  if (row === undefined)
    throw new LockLost('Another cycle has taken over this forest; this one must not write any more.');
}

function same(left: Holder, right: Holder): boolean {
  return left.workflowId === right.workflowId && left.workflowRun === right.workflowRun;
}

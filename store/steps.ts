import type { Database, Fence, Queryable } from './database.ts';
import { LockLost, requireForestLock } from './locks.ts';
import type { Run } from './runs.ts';

/**
 * Begins an attempt of a run's step: from here on only this one may write. Waits for a transaction of the attempt before it
 * that is under way.
 *
 * @param step what is done, with what tells it from others of its kind: `write objects 3`
 * @returns the fence of the attempt's transactions: while one is open no other attempt begins, and no other run takes the forest
 * @throws LockLost when another run has the forest
 */
export async function beginStep(database: Database, run: Run, step: string): Promise<Fence> {
  await requireForestLock(database, run.forestId, run.lockCounter);
  const [row] = await database.query<{ attempt: number }>(
    `INSERT INTO run_step AS s (run_id, step, attempt) VALUES ($1, $2, 1)
     ON CONFLICT (run_id, step) DO UPDATE SET attempt = s.attempt + 1 RETURNING attempt`,
    [run.id, step],
  );
  const attempt = row?.attempt ?? 0;
  return async (transaction: Queryable) => {
    await requireForestLock(transaction, run.forestId, run.lockCounter);
    const held = await transaction.query(
      'SELECT 1 FROM run_step WHERE run_id = $1 AND step = $2 AND attempt = $3 FOR SHARE',
      [run.id, step, attempt],
    );
    if (held.length === 0)
      throw new LockLost('This step was begun again elsewhere; the attempt that was given up must not write any more.');
  };
}

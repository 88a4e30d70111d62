import type { Database, Fence, Queryable } from './database.ts';
import { LockLost, requireForestLock } from './locks.ts';
import type { Run } from './runs.ts';

/**
 * Begins an attempt of a run's step: from here on only this one may write, until a later one begins. Waits for a transaction
 * of the attempt before it that is under way.
 *
 * @param step what is done, with what tells it from others of its kind: `write objects 3`
 * @param scheduledAt when the attempt was scheduled, in milliseconds: tells it from those before and after it, also where
 *   one that was given up comes late
 * @returns the fence of the attempt's transactions: while one is open no other attempt begins, and no other run takes the forest
 * @throws LockLost when another run has the forest, or a later attempt the step
 */
export async function beginStep(database: Database, run: Run, step: string, scheduledAt: number): Promise<Fence> {
  await requireForestLock(database, run.forestId, run.lockCounter);
  const begun = await database.query(
    `INSERT INTO run_step AS s (run_id, step, scheduled_at) VALUES ($1, $2, $3)
     ON CONFLICT (run_id, step) DO UPDATE SET scheduled_at = excluded.scheduled_at WHERE s.scheduled_at <= excluded.scheduled_at
     RETURNING 1`,
    [run.id, step, scheduledAt],
  );
  if (begun.length === 0) throw superseded();
  return async (transaction: Queryable) => {
    await requireForestLock(transaction, run.forestId, run.lockCounter);
    const held = await transaction.query(
      'SELECT 1 FROM run_step WHERE run_id = $1 AND step = $2 AND scheduled_at = $3 FOR SHARE',
      [run.id, step, scheduledAt],
    );
    if (held.length === 0) throw superseded();
  };
}

function superseded(): LockLost {
  return new LockLost('This step was begun again elsewhere; the attempt that was given up must not write any more.');
}

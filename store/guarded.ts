import type { Queryable } from './database.ts';
import type { PlanStage } from './plan.ts';
import type { RunId } from './runs.ts';

/** What is planned from now on the guard has not looked at. */
export async function markUnguarded(db: Queryable, run: RunId, stages: readonly PlanStage[]): Promise<void> {
  await db.query(
    'UPDATE run SET guarded = ARRAY(SELECT unnest(guarded) EXCEPT SELECT unnest($2::text[])) WHERE id = $1 AND guarded && $2::text[]',
    [run, stages],
  );
}

/** The guard has looked at what a stage would write, and has set aside what must wait. */
export async function markGuarded(db: Queryable, run: RunId, stage: PlanStage): Promise<void> {
  await db.query(
    'UPDATE run SET guarded = guarded || $2::text WHERE id = $1 AND guarded IS NOT NULL AND $2::text <> ALL (guarded)',
    [run, stage],
  );
}

/** Whether the guard has looked at a stage since it was planned. */
export async function isGuarded(db: Queryable, run: RunId, stage: PlanStage): Promise<boolean> {
  const [row] = await db.query<{ guarded: boolean }>(
    'SELECT guarded IS NULL OR $2::text = ANY (guarded) AS guarded FROM run WHERE id = $1',
    [run, stage],
  );
  return row?.guarded === true;
}

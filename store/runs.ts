import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';
import type { Holder } from './locks.ts';

/** Number of a cycle's run, as text: PostgreSQL's bigint. */
export type RunId = string;

/**
 * A cycle that reads whole, by delta or a single object, one that turns round what another cycle wrote, or one that plans and takes
 * it all back.
 */
export type RunProfile = 'full' | 'delta' | 'object' | 'undo' | 'preview';
/** Why a cycle has failed, as its workflow shows it: no names of people. */
export interface RunFailure {
  readonly type: string;
  readonly message: string;
}

export type RunOutcome = 'completed' | 'failed' | 'cancelled' | 'previewed';

/** What a run counts, by name: objects read, evaluated and so on. */
export type RunCounts = Readonly<Record<string, number>>;

export interface Run {
  readonly id: RunId;
  readonly customer: string;
  readonly forestId: ForestId;
  readonly profile: RunProfile;
  readonly configuration: number;
  readonly lockCounter: string;
}

export interface NewRun extends Omit<Run, 'id'> {
  readonly workflowId: string;
  readonly workflowRun: string;
}

/** Records that a cycle begins; the same workflow run asked again answers the run it has. */
export async function openRun(db: Queryable, run: NewRun): Promise<RunId> {
  const [row] = await db.query<{ id: string }>(
    `INSERT INTO run (customer, forest_id, profile, configuration, workflow_id, workflow_run, lock_counter, guarded)
     VALUES ($1, $2, $3, $4, $5, $6, $7, '{}')
     ON CONFLICT (workflow_id, workflow_run) DO UPDATE SET lock_counter = excluded.lock_counter
     RETURNING id`,
    [run.customer, run.forestId, run.profile, run.configuration, run.workflowId, run.workflowRun, run.lockCounter],
  );
  if (row === undefined) throw new Error('the run could not be recorded');
  // Whoever has the forest's lock is the only one: a run before that says nothing of its end was terminated.
  await db.query(
    `UPDATE run SET ended_at = now(), outcome = 'failed' WHERE forest_id = $1 AND id < $2 AND ended_at IS NULL
       -- These have given the forest back and wait for an operator.
       AND NOT EXISTS (SELECT FROM hold WHERE hold.run_id = run.id AND hold.state IN ('open', 'approved'))`,
    [run.forestId, row.id],
  );
  return row.id;
}

/** A run by its number; null when there is none. */
export async function readRun(db: Queryable, id: RunId): Promise<Run | null> {
  const [row] = await db.query<{
    customer: string;
    forest_id: number;
    profile: RunProfile;
    configuration: number;
    lock_counter: string;
  }>('SELECT customer, forest_id, profile, configuration, lock_counter FROM run WHERE id = $1', [id]);
  if (row === undefined) return null;
  return {
    id,
    customer: row.customer,
    forestId: row.forest_id,
    profile: row.profile,
    configuration: row.configuration,
    lockCounter: row.lock_counter,
  };
}

/** The workflow that a run is of, by the workflow run with which it began: that stays over its continuations. */
export async function holderOf(db: Queryable, id: RunId): Promise<Holder> {
  const [row] = await db.query<{ workflow_id: string; workflow_run: string }>(
    'SELECT workflow_id, workflow_run FROM run WHERE id = $1',
    [id],
  );
  if (row === undefined) throw new Error(`there is no run ${id}`);
  return { workflowId: row.workflow_id, workflowRun: row.workflow_run };
}

/** Sets counts of a run; others stay. */
export async function recordCounts(db: Queryable, id: RunId, counts: RunCounts): Promise<void> {
  await db.query('UPDATE run SET counts = counts || $2 WHERE id = $1', [id, JSON.stringify(counts)]);
}

/** Notes how a naming context was read in a run: ids, codes and numbers, for the operator. */
export async function recordReading(
  db: Queryable,
  id: RunId,
  namingContext: string,
  reading: Readonly<Record<string, string | number | boolean | null>>,
): Promise<void> {
  await db.query('UPDATE run SET reading = reading || jsonb_build_object($2::text, $3::jsonb) WHERE id = $1', [
    id,
    namingContext.toLowerCase(),
    JSON.stringify(reading),
  ]);
}

/** Why a run has read a naming context whole, to the end; null when it has not. */
export async function readWholeBy(db: Queryable, id: RunId, namingContext: string): Promise<string | null> {
  const [row] = await db.query<{ whole: string | null }>(
    "SELECT reading -> $2 ->> 'whole' AS whole FROM run WHERE id = $1",
    [id, namingContext.toLowerCase()],
  );
  return row?.whole ?? null;
}

/** Records that a run has ended; a run that has ended keeps its first outcome. */
export async function endRun(
  db: Queryable,
  id: RunId,
  outcome: RunOutcome,
  failure: RunFailure | null = null,
): Promise<void> {
  await db.query('UPDATE run SET ended_at = now(), outcome = $2, failure = $3 WHERE id = $1 AND ended_at IS NULL', [
    id,
    outcome,
    failure === null ? null : JSON.stringify(failure),
  ]);
}

export interface RunReport {
  readonly id: RunId;
  readonly workflowId: string;
  readonly outcome: RunOutcome | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly counts: RunCounts;
}

/** The newest run of a forest that is no preview, or null before the first. */
export async function latestRun(db: Queryable, forest: ForestId): Promise<RunReport | null> {
  const [row] = await db.query<{
    id: string;
    workflow_id: string;
    outcome: RunOutcome | null;
    started_at: Date;
    ended_at: Date | null;
    counts: RunCounts;
  }>(
    "SELECT id, workflow_id, outcome, started_at, ended_at, counts FROM run WHERE forest_id = $1 AND profile <> 'preview' ORDER BY id DESC LIMIT 1",
    [forest],
  );
  if (row === undefined) return null;
  return {
    id: row.id,
    workflowId: row.workflow_id,
    outcome: row.outcome,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    counts: row.counts,
  };
}

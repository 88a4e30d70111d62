import type { Queryable } from './database.ts';
import type { RunId, RunProfile } from './runs.ts';

/** A list of changes that waits for an operator's answer, with the workflow that takes it. */
export interface OpenList {
  readonly customer: string;
  readonly forest: string;
  readonly run: RunId;
  readonly profile: RunProfile;
  readonly workflowId: string;
  /** Names the content: an answer is to exactly this. */
  readonly hash: string;
  readonly changes: number;
  /** Which limits were passed, a line each. */
  readonly reasons: readonly string[];
  readonly since: Date;
}

/** All lists that wait for an answer, the oldest first. */
export async function openLists(db: Queryable): Promise<readonly OpenList[]> {
  return db.query<OpenList>(
    `SELECT r.customer, f.name AS forest, r.id AS run, r.profile, r.workflow_id AS "workflowId", h.hash, h.changes, h.reasons, r.started_at AS since
     FROM hold h JOIN run r ON r.id = h.run_id JOIN forest f ON f.id = r.forest_id WHERE h.state = 'open' ORDER BY r.id`,
  );
}

/** A cycle's run as operators name it. */
export interface NamedRun {
  readonly run: RunId;
  readonly customer: string;
  readonly forest: string;
  readonly profile: RunProfile;
  readonly workflowId: string;
  readonly outcome: string | null;
  readonly startedAt: Date;
}

/** A run by its number, or by the id of its workflow, of which it is the newest; null when there is none. */
export async function namedRun(db: Queryable, name: string): Promise<NamedRun | null> {
  const by = /^[1-9]\d{0,17}$/.test(name) ? 'id' : 'workflow_id';
  const [row] = await db.query<NamedRun>(
    `SELECT r.id AS run, r.customer, f.name AS forest, r.profile, r.workflow_id AS "workflowId", r.outcome, r.started_at AS "startedAt"
     FROM run r JOIN forest f ON f.id = r.forest_id WHERE r.${by} = $1 ORDER BY r.id DESC LIMIT 1`,
    [name],
  );
  return row ?? null;
}

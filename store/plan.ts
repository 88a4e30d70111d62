import type { AttributeImage } from '../rules/attributes.ts';
import type { ObjectKind } from '../rules/objects.ts';
import { settleStates } from './connections.ts';
import type { Queryable, Transaction } from './database.ts';
import type { Run, RunId } from './runs.ts';

export type PlanStage = 'objects' | 'references';

/** How the rule of a change begins that puts right what somebody else changed. */
export const DRIFT_RULE = 'drift of ';

/** A change of one managed object's attributes, its making, its return from a tombstone, or the end of what joins it to its source object. */
export interface PlannedObject {
  readonly identityId: string;
  readonly operation: 'add' | 'undelete' | 'modify' | 'disconnect';
  readonly managedGuid: string | null;
  readonly before: AttributeImage;
  readonly after: AttributeImage;
  /** Of attributes that are owned by value, the values of `after` that are ours. */
  readonly owned: AttributeImage;
  readonly rule: string;
}

/** The page number that the next planned changes of a stage begin with. */
export async function nextPage(db: Queryable, run: RunId, stage: PlanStage): Promise<number> {
  const [row] = await db.query<{ next: number }>(
    'SELECT coalesce(max(page) + 1, 0) AS next FROM planned_change WHERE run_id = $1 AND stage = $2',
    [run, stage],
  );
  return row?.next ?? 0;
}

/** Records planned changes of objects as one page. */
export async function planObjects(
  transaction: Transaction,
  run: Run,
  page: number,
  changes: readonly PlannedObject[],
): Promise<void> {
  await transaction.query(
    `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, before, after, owned, rule)
     SELECT $1, $2, "identityId", 'objects', $3, operation, "managedGuid", before, after, owned, rule
     FROM json_to_recordset($4::json) AS r ("identityId" uuid, operation text, "managedGuid" uuid, before jsonb, after jsonb, owned jsonb, rule text)`,
    [run.id, run.configuration, page, JSON.stringify(changes)],
  );
}

/**
 * Takes identities off the list that waits to be planned.
 *
 * @param asWanted those that show what is wanted, with the values that are ours of attributes owned by value: they were
 *   written by us, or would have been
 */
export async function markPlanned(
  transaction: Transaction,
  identities: readonly string[],
  asWanted: readonly { readonly id: string; readonly owned: AttributeImage }[],
): Promise<void> {
  await transaction.query(
    `UPDATE identity i SET written = i.written || r.owned FROM json_to_recordset($1::json) AS r (id uuid, owned jsonb)
     WHERE i.id = r.id AND i.written IS DISTINCT FROM i.written || r.owned`,
    [JSON.stringify(asWanted)],
  );
  await transaction.query('UPDATE identity SET plan_dirty = false WHERE id = ANY($1)', [identities]);
}

/** How many changes of a stage a run has planned, and on how many pages. */
export async function planSize(
  db: Queryable,
  run: RunId,
  stage: PlanStage,
): Promise<{
  readonly changes: number;
  readonly pages: number;
  readonly adds: number;
  readonly modifies: number;
  readonly disconnected: number;
  readonly links: number;
  /** Of these changes, those that put right what somebody else changed. */
  readonly drifted: number;
}> {
  const [row] = await db.query<Awaited<ReturnType<typeof planSize>>>(
    `SELECT count(*)::int AS changes, coalesce(max(page) + 1, 0) AS pages, count(*) FILTER (WHERE operation = 'add')::int AS adds,
            count(*) FILTER (WHERE operation = 'modify')::int AS modifies, count(*) FILTER (WHERE operation = 'disconnect')::int AS disconnected,
            coalesce(sum(jsonb_array_length(before) + jsonb_array_length(after)) FILTER (WHERE operation = 'link'), 0)::int AS links,
            count(*) FILTER (WHERE rule LIKE '${DRIFT_RULE}%')::int AS drifted
     FROM planned_change WHERE run_id = $1 AND stage = $2`,
    [run, stage],
  );
  return row ?? { changes: 0, pages: 0, adds: 0, modifies: 0, disconnected: 0, links: 0, drifted: 0 };
}

/** Whether a stage of a run has changes that would be written now. */
export async function hasUnwritten(db: Queryable, run: RunId, stage: PlanStage): Promise<boolean> {
  const rows = await db.query(
    "SELECT 1 FROM planned_change WHERE run_id = $1 AND stage = $2 AND state = 'planned' LIMIT 1",
    [run, stage],
  );
  return rows.length > 0;
}

interface PlannedRow {
  readonly id: string;
  readonly identityId: string;
  readonly sourceGuid: string;
  readonly kind: ObjectKind;
  readonly cn: string;
}

export type PlannedChange =
  /** `again`: an earlier run has written it, and no read has shown it. */
  | (PlannedRow & { readonly operation: 'add'; readonly again: boolean; readonly after: AttributeImage })
  /** `lastDn` is where the object was before it was deleted. */
  | (PlannedRow & {
      readonly operation: 'undelete';
      readonly managedGuid: string;
      readonly lastDn: string | null;
      readonly after: AttributeImage;
    })
  | (PlannedRow & {
      readonly operation: 'modify';
      readonly managedGuid: string;
      readonly before: AttributeImage;
      readonly after: AttributeImage;
    })
  /** The identity's own state; nothing is written to the Managed Forest. */
  | (PlannedRow & { readonly operation: 'disconnect'; readonly after: AttributeImage })
  | (PlannedRow & { readonly operation: 'delete'; readonly managedGuid: string })
  /** `before` are the targets that leave, `after` those that come, by managed objectGUID. */
  | (PlannedRow & {
      readonly operation: 'link';
      readonly managedGuid: string;
      readonly attribute: string;
      readonly before: readonly string[];
      readonly after: readonly string[];
    });

/** The changes of a page that have not been written yet. */
export async function unwritten(
  db: Queryable,
  run: RunId,
  stage: PlanStage,
  page: number,
): Promise<readonly PlannedChange[]> {
  return db.query<PlannedChange>(
    `SELECT p.id, p.identity_id AS "identityId", i.source_guid AS "sourceGuid", i.kind, i.cn, p.operation, p.managed_guid AS "managedGuid", p.attribute, p.before, p.after, m.dn AS "lastDn",
       p.operation = 'add' AND EXISTS (
         SELECT FROM planned_change e WHERE e.identity_id = p.identity_id AND e.id < p.id AND e.operation = 'add' AND e.state = 'applied') AS again
     FROM planned_change p JOIN identity i ON i.id = p.identity_id
     LEFT JOIN managed_object m ON p.operation = 'undelete' AND m.forest_id = i.managed_forest AND m.guid = p.managed_guid
     WHERE p.run_id = $1 AND p.stage = $2 AND p.page = $3 AND p.state = 'planned' ORDER BY p.id`,
    [run, stage, page],
  );
}

/** How many changes of a page have been written and refused; a disconnection writes nothing to the Managed Forest. */
export async function pageCounts(
  db: Queryable,
  run: RunId,
  stage: PlanStage,
  page: number,
): Promise<{ readonly written: number; readonly failed: number }> {
  const [row] = await db.query<{ written: number; failed: number }>(
    `SELECT count(*) FILTER (WHERE state IN ('applied', 'confirmed') AND operation <> 'disconnect')::int AS written,
            count(*) FILTER (WHERE state = 'failed')::int AS failed
     FROM planned_change WHERE run_id = $1 AND stage = $2 AND page = $3`,
    [run, stage, page],
  );
  return row ?? { written: 0, failed: 0 };
}

/** What became of a planned change. */
export type ChangeResult =
  { readonly id: string; readonly ok: true } | { readonly id: string; readonly ok: false; readonly answer: string };

/**
 * Records what became of written changes. Failed ones put their identity back on the list, so that the next cycle plans
 * it anew; the values that we wrote of value-owned attributes are noted with the identity.
 */
export async function recordResults(transaction: Transaction, results: readonly ChangeResult[]): Promise<void> {
  const taken = await transaction.query<{ id: string }>(
    "UPDATE planned_change SET state = 'applied', applied_at = now() WHERE id = ANY($1) AND state = 'planned' RETURNING id",
    [results.filter((result) => result.ok).map((result) => result.id)],
  );
  const done = taken.map((row) => row.id);
  await settleStates(transaction, done);
  await transaction.query(
    `UPDATE identity i SET written = i.written || p.owned FROM planned_change p WHERE p.id = ANY($1) AND p.owned <> '{}' AND i.id = p.identity_id`,
    [done],
  );
  const failed = results.filter((result) => !result.ok);
  if (failed.length === 0) return;
  await transaction.query(
    `WITH failed AS (
       UPDATE planned_change p SET state = 'failed', answer = r.answer, applied_at = now()
       FROM json_to_recordset($1::json) AS r (id bigint, answer text) WHERE p.id = r.id AND p.state = 'planned' RETURNING p.identity_id
     )
     UPDATE identity i SET plan_dirty = true, links_dirty = true FROM failed WHERE i.id = failed.identity_id`,
    [JSON.stringify(failed)],
  );
}

/**
 * Confirms written changes by what the Managed Forest was last read to hold: each attribute equals what was written,
 * each link value is there or gone.
 *
 * @returns how many changes of the run are confirmed, and how many were written but are not shown by the read
 */
export async function confirmChanges(
  transaction: Transaction,
  run: RunId,
): Promise<{ readonly confirmed: number; readonly unconfirmed: number }> {
  await transaction.query(
    // By containment, which reads each image once; the next plan compares exactly.
    `WITH written AS (
       SELECT p.id, p.identity_id, p.after, ARRAY(SELECT a.key FROM jsonb_each(p.after) a WHERE a.value = '[]') AS cleared
       FROM planned_change p WHERE p.run_id = $1 AND p.state = 'applied' AND p.operation NOT IN ('link', 'disconnect', 'delete')
     )
     UPDATE planned_change p SET state = 'confirmed', managed_guid = m.guid
     FROM written w JOIN identity i ON i.id = w.identity_id
     JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid AND m.deleted_at IS NULL
     WHERE p.id = w.id AND m.attributes @> (w.after - w.cleared) AND NOT m.attributes ?| w.cleared`,
    [run],
  );
  await transaction.query(
    `UPDATE planned_change p SET state = 'confirmed' FROM identity i
     WHERE p.run_id = $1 AND p.state = 'applied' AND p.operation = 'link' AND i.id = p.identity_id
       AND NOT EXISTS (
         SELECT FROM jsonb_array_elements_text(p.after) t WHERE NOT EXISTS (
           SELECT FROM managed_link l WHERE l.forest_id = i.managed_forest AND l.holder = p.managed_guid AND l.attribute = p.attribute AND l.target = t::uuid))
       AND NOT EXISTS (
         SELECT FROM jsonb_array_elements_text(p.before) t JOIN managed_link l
           ON l.forest_id = i.managed_forest AND l.holder = p.managed_guid AND l.attribute = p.attribute AND l.target = t::uuid)`,
    [run],
  );
  await transaction.query(
    `UPDATE planned_change p SET state = 'confirmed' FROM identity i
     WHERE p.run_id = $1 AND p.state = 'applied' AND i.id = p.identity_id AND (p.operation = 'disconnect' AND i.state = p.after -> 'state' ->> 0
       OR p.operation = 'delete' AND EXISTS (SELECT FROM managed_object m WHERE m.forest_id = i.managed_forest AND m.guid = p.managed_guid AND m.deleted_at IS NOT NULL))`,
    [run],
  );
  const [row] = await transaction.query<{ confirmed: number; unconfirmed: number }>(
    "SELECT count(*) FILTER (WHERE state = 'confirmed')::int AS confirmed, count(*) FILTER (WHERE state = 'applied')::int AS unconfirmed FROM planned_change WHERE run_id = $1",
    [run],
  );
  return row ?? { confirmed: 0, unconfirmed: 0 };
}

/** How far a run's writing is. */
export async function writeProgress(
  db: Queryable,
  run: RunId,
): Promise<{ readonly planned: number; readonly written: number; readonly failed: number }> {
  const [row] = await db.query<{ planned: number; written: number; failed: number }>(
    `SELECT count(*)::int AS planned, count(*) FILTER (WHERE state IN ('applied', 'confirmed'))::int AS written, count(*) FILTER (WHERE state = 'failed')::int AS failed
     FROM planned_change WHERE run_id = $1`,
    [run],
  );
  return row ?? { planned: 0, written: 0, failed: 0 };
}

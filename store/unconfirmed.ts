import type { Queryable, Transaction } from './database.ts';
import type { Run, RunId } from './runs.ts';

/** A managed object of which a change was written that no read has shown. */
export interface UnconfirmedObject {
  /** Null for a new object that was not found. */
  readonly managedGuid: string | null;
  /** The name that it was to have. */
  readonly cn: string;
}

/** The objects of a run's changes that were written and not shown, up to so many. */
export async function unconfirmedObjects(
  db: Queryable,
  run: RunId,
  limit: number,
): Promise<readonly UnconfirmedObject[]> {
  return db.query<UnconfirmedObject>(
    `SELECT DISTINCT coalesce(p.managed_guid, i.managed_guid) AS "managedGuid", i.cn FROM planned_change p JOIN identity i ON i.id = p.identity_id
     WHERE p.run_id = $1 AND p.state = 'applied' AND p.stage <> 'services' LIMIT $2`,
    [run, limit],
  );
}

/**
 * Has what a run wrote and no read shows planned again by the next cycle, and tells it as errors of the objects, with the
 * attributes; those of earlier runs are gone.
 */
export async function settleUnconfirmed(transaction: Transaction, run: Run): Promise<void> {
  await transaction.query(
    `WITH unconfirmed AS (
       SELECT p.identity_id, i.source_guid AS guid, CASE p.operation
           WHEN 'link' THEN p.attribute
           WHEN 'modify' THEN (SELECT string_agg(a.key, ', ' ORDER BY a.key) FROM jsonb_each(p.after) a WHERE coalesce(m.attributes -> a.key, '[]') <> a.value)
           ELSE p.operation END AS what
       FROM planned_change p JOIN identity i ON i.id = p.identity_id
       LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid AND m.deleted_at IS NULL
       WHERE p.run_id = $1 AND p.state = 'applied' AND p.stage <> 'services'
     ), again AS (
       UPDATE identity i SET plan_dirty = true, links_dirty = true FROM (SELECT DISTINCT identity_id FROM unconfirmed) u WHERE i.id = u.identity_id
     ), found AS (
       SELECT guid, 'written, but not shown: ' || string_agg(DISTINCT coalesce(what, 'the object'), ', ') AS details FROM unconfirmed GROUP BY guid
     ), cleared AS (
       DELETE FROM object_error o WHERE o.forest_id = $2 AND o.finder = 'confirm' AND NOT EXISTS (SELECT FROM found f WHERE f.guid = o.guid)
     )
     INSERT INTO object_error AS o (forest_id, guid, code, attribute, details, finder)
     SELECT $2, guid, 'SE913', '', details, 'confirm' FROM found
     ON CONFLICT (forest_id, guid, code, attribute) DO UPDATE SET details = excluded.details, last_seen = now(), count = o.count + 1`,
    [run.id, run.forestId],
  );
}

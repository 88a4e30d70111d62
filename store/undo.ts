import type { Queryable, Transaction } from './database.ts';
import { markUnguarded } from './guarded.ts';
import { pinChanges } from './pins.ts';
import type { Run, RunId } from './runs.ts';

/** What an undo found of the run that it turns round. */
export interface UndoSize {
  readonly reversible: number;
  /** Changes that are not put back: the managed object shows something else since, or a service depends on them. */
  readonly conflicts: number;
}

/**
 * Plans the reverse of everything that a run wrote and that the Managed Forest still shows. What something else has changed
 * since is recorded as a dropped change that says so: it is shown, not overwritten.
 *
 * @param undone the run whose changes are turned round
 * @param changesPerPage planned changes on a page
 */
export async function planUndo(
  transaction: Transaction,
  run: Run,
  undone: RunId,
  changesPerPage: number,
): Promise<UndoSize> {
  await markUnguarded(transaction, run.id, ['objects', 'references']);
  await transaction.query(
    `CREATE TEMPORARY TABLE original ON COMMIT DROP AS
     SELECT p.*, i.managed_guid AS guid_now, i.managed_forest, i.state AS identity_state, m.attributes AS shown,
       EXISTS (SELECT FROM service s WHERE s.identity_id = i.id AND s.facts IS NOT NULL) AS served
     FROM planned_change p JOIN run r ON r.id = p.run_id JOIN identity i ON i.id = p.identity_id
     LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid AND m.deleted_at IS NULL
     WHERE p.run_id = $1 AND r.forest_id = $2 AND p.stage <> 'services' AND p.state IN ('applied', 'confirmed')
       -- Neither what is turned round already, nor, when this step is done again, what it found to be in conflict.
       AND NOT EXISTS (SELECT FROM planned_change u WHERE u.undoes = p.id AND (u.run_id = $3 OR u.state IN ('planned', 'held', 'applied', 'confirmed')))`,
    [undone, run.forestId, run.id],
  );
  const into = `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, attribute, before, after, owned, rule, undoes, state, answer)`;
  const page = `((row_number() OVER (ORDER BY id) - 1) / $3)::int`;
  const values = [run.id, run.configuration, changesPerPage, `undo of run ${undone}`];
  // Attribute by attribute: of several that one change wrote, those that still show it are put back.
  await transaction.query(
    `CREATE TEMPORARY TABLE part ON COMMIT DROP AS
     SELECT o.id, a.key, a.value AS ours, coalesce(o.before -> a.key, '[]') AS back, coalesce(o.shown -> a.key, '[]') AS shown,
       o.shown IS NOT NULL AND o.guid_now = o.managed_guid AND coalesce(o.shown -> a.key, '[]') @> a.value AND a.value @> coalesce(o.shown -> a.key, '[]') AS as_written
     FROM original o, jsonb_each(o.after) a WHERE o.operation = 'modify'`,
  );
  await transaction.query(
    `${into}
     SELECT $1, $2, o.identity_id, 'objects', ${page}, 'modify', o.managed_guid, NULL, s.before, s.after,
       -- Ours are the values that it wrote and those that it took away; a value that was there all along may be another's.
       (SELECT coalesce(jsonb_object_agg(w.key, w.value || (
          SELECT coalesce(jsonb_agg(v), '[]') FROM jsonb_array_elements(o.before -> w.key) v WHERE NOT o.after -> w.key @> v)), '{}')
        FROM jsonb_each(o.owned) w WHERE s.after ? w.key), $4, o.id,
       CASE WHEN s.as_written THEN 'planned' ELSE 'dropped' END, CASE WHEN NOT s.as_written THEN 'changed since by something else' END
     FROM original o JOIN (
       SELECT id, as_written, jsonb_object_agg(key, shown) AS before, jsonb_object_agg(key, back) AS after FROM part GROUP BY id, as_written
     ) s USING (id)`,
    values,
  );
  await transaction.query(
    `${into}
     SELECT $1, $2, identity_id, 'objects', ${page}, 'delete', guid_now, NULL, after, '{}', '{}', $4, id,
       CASE WHEN served OR shown IS NULL OR guid_now <> managed_guid THEN 'dropped' ELSE 'planned' END,
       CASE WHEN shown IS NULL THEN 'it is gone already' WHEN guid_now <> managed_guid THEN 'it is gone, and was built anew since'
         WHEN served THEN 'it has a mailbox, which is ended by deprovisioning' END
     FROM original WHERE operation IN ('add', 'undelete') AND guid_now IS NOT NULL`,
    values,
  );
  // Only an undo deletes without a service's end: the pin of it is what keeps the object from being made again.
  await transaction.query(
    `${into}
     SELECT $1, $2, identity_id, 'objects', ${page}, 'delete', managed_guid, NULL, before, '{}', '{}', $4, id,
       'dropped', 'a deletion is not put back: release its pin, and the next cycle makes the object again'
     FROM original WHERE operation = 'delete'`,
    values,
  );
  await transaction.query(
    `${into}
     SELECT $1, $2, identity_id, 'objects', ${page}, 'disconnect', guid_now, NULL, after, before, '{}', $4, id,
       CASE WHEN after -> 'state' ->> 0 = identity_state AND before <> after THEN 'planned' ELSE 'dropped' END,
       CASE WHEN after -> 'state' ->> 0 <> identity_state THEN 'changed since by something else'
         WHEN before = after THEN 'it had lost its source object before: stop the end of its services by the update delay' END
     FROM original WHERE operation = 'disconnect'`,
    values,
  );
  // What is deleted takes its references along, those that it holds and those to it.
  await transaction.query(
    `CREATE TEMPORARY TABLE leaving ON COMMIT DROP AS
     SELECT managed_guid FROM planned_change WHERE run_id = $1 AND operation = 'delete' AND state = 'planned'`,
    [run.id],
  );
  await transaction.query(
    `${into}
     SELECT $1, $2, identity_id, 'references', ${page}, 'link', managed_guid, attribute, gone, come, '{}', $4, id,
       CASE WHEN gone = '[]' AND come = '[]' THEN 'dropped' ELSE 'planned' END, CASE WHEN gone = '[]' AND come = '[]' THEN 'changed since by something else' END
     FROM (
       SELECT o.*,
         (SELECT coalesce(jsonb_agg(v.value), '[]') FROM jsonb_array_elements_text(o.after) v WHERE EXISTS (
           SELECT FROM managed_link l WHERE l.forest_id = o.managed_forest AND l.holder = o.managed_guid AND l.attribute = o.attribute AND l.target = v.value::uuid)
           AND v.value::uuid NOT IN (SELECT managed_guid FROM leaving)) AS gone,
         (SELECT coalesce(jsonb_agg(v.value), '[]') FROM jsonb_array_elements_text(o.before) v
          JOIN managed_object t ON t.forest_id = o.managed_forest AND t.guid = v.value::uuid AND t.deleted_at IS NULL
          WHERE NOT EXISTS (
           SELECT FROM managed_link l WHERE l.forest_id = o.managed_forest AND l.holder = o.managed_guid AND l.attribute = o.attribute AND l.target = v.value::uuid)) AS come
       FROM original o WHERE o.operation = 'link' AND o.guid_now = o.managed_guid AND o.managed_guid NOT IN (SELECT managed_guid FROM leaving)
     ) o`,
    values,
  );
  const [row] = await transaction.query<UndoSize>(
    `SELECT count(*) FILTER (WHERE state = 'planned')::int AS reversible, count(*) FILTER (WHERE state = 'dropped')::int AS conflicts
     FROM planned_change WHERE run_id = $1`,
    [run.id],
  );
  return row ?? { reversible: 0, conflicts: 0 };
}

/** Which of these identities have, or are about to get, a mailbox. */
export async function servedOf(db: Queryable, identities: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ id: string }>(
    'SELECT identity_id AS id FROM service WHERE identity_id = ANY($1) AND facts IS NOT NULL',
    [identities],
  );
  return new Set(rows.map((row) => row.id));
}

/**
 * Pins what an approved undo is about to put back, so that no cycle writes it again. An undo of an undo puts back what cycles
 * want: it ends the pins that the undo has made.
 */
export async function pinUndone(transaction: Transaction, run: RunId): Promise<void> {
  const [hold] = await transaction.query<{ id: string; operator: string; again: boolean }>(
    `SELECT h.id, h.operator, EXISTS (
       SELECT FROM planned_change p JOIN planned_change u ON u.id = p.undoes JOIN run r ON r.id = u.run_id
       WHERE p.hold_id = h.id AND r.profile = 'undo') AS again
     FROM hold h WHERE h.run_id = $1 AND h.state = 'approved'`,
    [run],
  );
  if (hold?.again === true)
    await releaseWhere(
      transaction,
      'EXISTS (SELECT FROM planned_change p JOIN planned_change u ON u.id = p.undoes JOIN planned_change o ON o.run_id = u.run_id WHERE p.hold_id = $1 AND o.id = pin.change_id)',
      [hold.id],
    );
  else if (hold !== undefined)
    await pinChanges(
      transaction,
      { reason: 'undone', operator: hold.operator },
      true,
      "p.hold_id = $3 AND p.state IN ('held', 'planned')",
      [hold.id],
    );
}

/** Ends pins by a condition on `pin`; what they stood for is planned again. */
async function releaseWhere(transaction: Transaction, condition: string, values: readonly unknown[]): Promise<void> {
  await transaction.query(
    `WITH released AS (
       UPDATE pin SET released_at = now() WHERE released_at IS NULL AND ${condition} RETURNING identity_id
     )
     UPDATE identity SET plan_dirty = true, links_dirty = true WHERE id IN (SELECT identity_id FROM released)`,
    values,
  );
}

/**
 * Ends what an undo has begun: the changes whose reverse was written are undone, and the pins of those whose reverse was not,
 * for it was refused or failed, are released: nothing was put back that would have to stay.
 */
export async function settleUndo(transaction: Transaction, run: RunId): Promise<void> {
  await markUndone(transaction, run);
  // The link pins of an undone disconnection or deletion have changes of their own.
  await releaseWhere(
    transaction,
    `change_id IN (SELECT id FROM planned_change WHERE run_id = $1) AND NOT EXISTS (
       SELECT FROM planned_change u WHERE u.run_id = $1 AND u.identity_id = pin.identity_id AND u.state IN ('applied', 'confirmed')
         AND CASE pin.operation
           WHEN 'modify' THEN u.operation = 'modify' AND u.after ? pin.attribute
           WHEN 'link' THEN u.operation = 'link' AND u.attribute = pin.attribute AND (u.before ? pin.target::text OR u.after ? pin.target::text)
           WHEN 'add' THEN u.operation = 'delete'
           WHEN 'disconnect' THEN u.operation = 'disconnect'
           ELSE u.operation IN ('add', 'undelete') END)`,
    [run],
  );
}

/** Notes which changes are undone: their reverse was written. */
async function markUndone(transaction: Transaction, run: RunId): Promise<void> {
  await transaction.query(
    `UPDATE planned_change p SET state = 'undone' FROM planned_change u
     WHERE u.run_id = $1 AND u.undoes = p.id AND u.state IN ('applied', 'confirmed') AND p.state IN ('applied', 'confirmed')
       AND NOT EXISTS (SELECT FROM planned_change d WHERE d.undoes = p.id AND d.run_id = $1 AND d.state = 'dropped')`,
    [run],
  );
}

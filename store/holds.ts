import type { AttributeImage } from '../rules/attributes.ts';
import type { Queryable, Transaction } from './database.ts';
import type { Holder } from './locks.ts';
import type { Run, RunId } from './runs.ts';

/** A list of changes that waits for an operator's answer. */
export interface Hold {
  readonly id: string;
  readonly hash: string;
  readonly changes: number;
  readonly reasons: readonly string[];
}

/** A list whose content another cycle has changed, with the workflow that waits for its answer. Nothing is left of one with 0 changes. */
export interface ChangedHold extends Omit<Hold, 'id'> {
  readonly holder: Holder;
}

/** The open list of a run; one is made where there is none. */
export async function openHold(transaction: Transaction, run: RunId): Promise<string> {
  const [row] = await transaction.query<{ id: string }>(
    `INSERT INTO hold (run_id, hash, changes, reasons) VALUES ($1, '', 0, '[]')
     ON CONFLICT (run_id) WHERE state = 'open' DO UPDATE SET run_id = excluded.run_id RETURNING id`,
    [run],
  );
  if (row === undefined) throw new Error('the list could not be made');
  return row.id;
}

/** Gives a list the hash of what it holds now, and adds reasons. A list without changes is ended. */
export async function sealHold(transaction: Transaction, hold: string, reasons: readonly string[]): Promise<Hold> {
  const [row] = await transaction.query<Hold>(
    `UPDATE hold h SET hash = left(l.digest, ${String(HASH)}), changes = l.changes, state = CASE WHEN h.state = 'open' AND l.changes = 0 THEN 'superseded' ELSE h.state END,
       reasons = (SELECT coalesce(jsonb_agg(DISTINCT r), '[]') FROM jsonb_array_elements(h.reasons || $2::jsonb) r)
     FROM (${content('hold_id = $1')}) l WHERE h.id = $1 RETURNING h.id, h.hash, h.changes, h.reasons`,
    [hold, JSON.stringify(reasons)],
  );
  if (row === undefined) throw new Error('the list is gone');
  return row;
}

/** Characters of the digest by which people name a list. */
const HASH = 16;

/**
 * SQL: digest and size of the held changes that a condition names: by what they do, not by their numbers, so that the same list planned
 * again is the same. Made of a digest of each, so that a list of everybody needs no memory for all of its values at once.
 */
function content(condition: string): string {
  return `SELECT count(*)::int AS changes, encode(sha256(convert_to(coalesce(string_agg(digest, '' ORDER BY digest), ''), 'UTF8')), 'hex') AS digest
    FROM (
      SELECT encode(sha256(convert_to(concat_ws(' ', identity_id, operation, attribute, before, after), 'UTF8')), 'hex') AS digest
      FROM planned_change WHERE ${condition} AND state = 'held'
    ) held`;
}

/** What an answer to a list is about. */
export interface ListContent {
  readonly id: string;
  readonly customer: string;
  readonly workflowId: string;
  /** SHA-256 of what it holds now, in hexadecimal; its hash is the beginning of that. */
  readonly digest: string;
  /** Managed objects are deleted, or identities lose their source object. */
  readonly deletes: boolean;
}

/** What the open list of a run holds now; null where there is none. Looks at all of it. */
export async function openContent(db: Queryable, run: RunId): Promise<ListContent | null> {
  const [row] = await db.query<ListContent>(
    `SELECT h.id, r.customer, r.workflow_id AS "workflowId", l.digest,
       EXISTS (SELECT FROM planned_change p WHERE p.hold_id = h.id AND p.state = 'held' AND p.operation IN ('delete', 'disconnect')) AS deletes
     FROM hold h JOIN run r ON r.id = h.run_id CROSS JOIN LATERAL (${content('hold_id = h.id')}) l WHERE h.run_id = $1 AND h.state = 'open'`,
    [run],
  );
  return row ?? null;
}

/** The open list of a run, or null. */
export async function holdOf(db: Queryable, run: RunId): Promise<Hold | null> {
  const [row] = await db.query<Hold>(
    "SELECT id, hash, changes, reasons FROM hold WHERE run_id = $1 AND state = 'open'",
    [run],
  );
  return row ?? null;
}

/** A change of an object that waits for an answer on the list of another run. */
export interface HeldObject {
  readonly id: string;
  readonly identityId: string;
  readonly operation: string;
  readonly before: AttributeImage;
  readonly after: AttributeImage;
}

/** What waits for an answer of these identities, from other runs. */
export async function heldObjects(
  transaction: Transaction,
  run: Run,
  identities: readonly string[],
): Promise<ReadonlyMap<string, readonly HeldObject[]>> {
  const rows = await transaction.query<HeldObject>(
    `SELECT id, identity_id AS "identityId", operation, before, after FROM planned_change
     WHERE identity_id = ANY($2) AND stage = 'objects' AND state = 'held' AND run_id <> $1 ORDER BY id`,
    [run.id, identities],
  );
  return Map.groupBy(rows, (row) => row.identityId);
}

/** Takes changes out of the lists on which they wait: something else is wanted of their identities now. */
export async function dropHeld(transaction: Transaction, run: Run, changes: readonly string[]): Promise<void> {
  if (changes.length === 0) return;
  await transaction.query(
    "UPDATE planned_change SET state = 'dropped', answer = 'planned anew by run ' || $1 WHERE id = ANY($2) AND state = 'held'",
    [run.id, changes],
  );
}

/** Gives the lists of the forest's other runs that lost changes their new hash; those of which nothing is left are ended. */
export async function resealHolds(transaction: Transaction, run: Run): Promise<readonly ChangedHold[]> {
  const holds = await transaction.query<Holder & { id: string }>(
    `SELECT h.id, r.workflow_id AS "workflowId", r.workflow_run AS "workflowRun" FROM hold h JOIN run r ON r.id = h.run_id
     WHERE r.forest_id = $1 AND r.id <> $2 AND h.state = 'open'
       AND h.changes <> (SELECT count(*) FROM planned_change p WHERE p.hold_id = h.id AND p.state = 'held')`,
    [run.forestId, run.id],
  );
  const changed: ChangedHold[] = [];
  for (const { id, ...holder } of holds) {
    const { hash, changes, reasons } = await sealHold(transaction, id, []);
    changed.push({ hash, changes, reasons, holder });
  }
  return changed;
}

/** Lists of the forest's other runs that wait for an answer, or for their approved changes to be written, with their workflows. */
export async function unansweredHolds(
  db: Queryable,
  run: Run,
): Promise<readonly { readonly id: string; readonly holder: Holder }[]> {
  const rows = await db.query<Holder & { id: string }>(
    `SELECT h.id, r.workflow_id AS "workflowId", r.workflow_run AS "workflowRun" FROM hold h JOIN run r ON r.id = h.run_id
     WHERE r.forest_id = $1 AND r.id <> $2 AND (h.state = 'open' OR h.state = 'approved' AND EXISTS (
       SELECT FROM planned_change p WHERE p.hold_id = h.id AND p.state = 'held'))`,
    [run.forestId, run.id],
  );
  return rows.map(({ id, ...holder }) => ({ id, holder }));
}

/** Ends a list whose workflow is gone. */
export async function abandonHold(transaction: Transaction, id: string): Promise<void> {
  await transaction.query("UPDATE hold SET state = 'expired', decided_at = now() WHERE id = $1 AND state = 'open'", [
    id,
  ]);
  await endHeld(transaction, id, 'dropped', 'the workflow that would have written it is gone', true);
}

/** Whether the open list of a run still has this hash; if so it is approved by that operator, and nobody else can answer it. */
export async function approveHold(db: Queryable, run: RunId, hash: string, operator: string): Promise<boolean> {
  const rows = await db.query(
    `UPDATE hold SET state = 'approved', operator = $3, decided_at = coalesce(decided_at, now())
     WHERE run_id = $1 AND hash = $2 AND (state = 'open' OR state = 'approved' AND operator = $3) RETURNING id`,
    [run, hash, operator],
  );
  return rows.length > 0;
}

/**
 * Rejects the open list of a run if it still has this hash.
 *
 * @param pinned whether its changes are not to be planned again; else they are asked for anew
 * @returns false when the list is another one now
 */
export async function rejectHold(
  transaction: Transaction,
  run: RunId,
  hash: string,
  operator: string,
  pinned: boolean,
): Promise<boolean> {
  const [hold] = await transaction.query<{ id: string }>(
    `UPDATE hold SET state = 'rejected', operator = $3, decided_at = coalesce(decided_at, now())
     WHERE run_id = $1 AND hash = $2 AND (state = 'open' OR state = 'rejected' AND operator = $3) RETURNING id`,
    [run, hash, operator],
  );
  if (hold === undefined) return false;
  await endHeld(transaction, hold.id, 'rejected', `rejected by ${operator}`, !pinned);
  return true;
}

/** Ends the open list of a run without an answer. Its changes are planned anew by the next cycle, which asks again. */
export async function expireHold(transaction: Transaction, run: RunId): Promise<void> {
  const [hold] = await transaction.query<{ id: string }>(
    "UPDATE hold SET state = 'expired', decided_at = now() WHERE run_id = $1 AND state = 'open' RETURNING id",
    [run],
  );
  if (hold !== undefined) await endHeld(transaction, hold.id, 'dropped', 'nobody answered', true);
}

async function endHeld(
  transaction: Transaction,
  hold: string,
  state: 'rejected' | 'dropped',
  answer: string,
  again: boolean,
): Promise<void> {
  const rows = await transaction.query<{ identity_id: string }>(
    "UPDATE planned_change SET state = $2, answer = $3 WHERE hold_id = $1 AND state = 'held' RETURNING identity_id",
    [hold, state, answer],
  );
  if (again)
    await transaction.query('UPDATE identity SET plan_dirty = true, links_dirty = true WHERE id = ANY($1)', [
      rows.map((row) => row.identity_id),
    ]);
}

/** One change of a list, as an operator looks at it. */
export interface HeldChange {
  readonly id: string;
  readonly sourceDn: string;
  readonly managedDn: string | null;
  readonly operation: string;
  readonly attribute: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly rule: string;
}

/** The next changes of a run's open list. */
export async function heldChanges(
  db: Queryable,
  run: RunId,
  after: string,
  limit: number,
): Promise<readonly HeldChange[]> {
  return db.query<HeldChange>(
    `SELECT p.id, o.dn AS "sourceDn", m.dn AS "managedDn", p.operation, p.attribute, p.before, p.after, p.rule
     FROM hold h JOIN planned_change p ON p.hold_id = h.id AND p.state = 'held' JOIN identity i ON i.id = p.identity_id
     JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
     LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid
     WHERE h.run_id = $1 AND h.state = 'open' AND p.id > $2 ORDER BY p.id LIMIT $3`,
    [run, after, limit],
  );
}

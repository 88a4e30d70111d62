import type { AttributeImage } from '../rules/attributes.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { End } from '../rules/transitions.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { markHolders } from './link-holders.ts';
import type { RunId } from './runs.ts';

/** SQL: the object (forest_id, guid) of `row` has a synchronization error that freezes all its flow. */
export function frozen(row: string): string {
  return `EXISTS (SELECT FROM object_error x WHERE x.forest_id = ${row}.forest_id AND x.guid = ${row}.guid AND x.code LIKE 'SE%' AND x.finder IN ('rule', 'claim'))`;
}

/** SQL: the source object (forest_id, guid) of `row` has a synchronization error of its own. */
export function frozenByItself(row: string): string {
  return `EXISTS (SELECT FROM object_error x WHERE x.forest_id = ${row}.forest_id AND x.guid = ${row}.guid AND x.code LIKE 'SE%' AND x.finder = 'rule')`;
}

/** SQL: evidence says that the source object (forest_id, guid) of `row` is an identity that has services, and that is not decided. */
export function reconnectable(row: string): string {
  return `EXISTS (SELECT FROM reconnection_candidate c WHERE c.forest_id = ${row}.forest_id AND c.guid = ${row}.guid)`;
}

/** SQL: managed objects or identities match the source object (forest_id, guid) of `row`, and which is its own is not decided. */
export function contested(row: string): string {
  return `(EXISTS (SELECT FROM join_candidate c WHERE c.forest_id = ${row}.forest_id AND c.guid = ${row}.guid) OR ${reconnectable(row)})`;
}

/**
 * Brings identities in line with the evaluations that changed: those whose object is (again) in scope are connected. All that
 * changed are marked to be planned, and so those whose object left are planned to be disconnected. Frozen objects are left
 * as they are.
 *
 * @returns how many of the changed are in scope
 */
export async function settleIdentities(transaction: Transaction, forest: ForestId): Promise<number> {
  await transaction.query(
    'UPDATE evaluation SET settling = true, unsettled = false WHERE forest_id = $1 AND unsettled',
    [forest],
  );
  await transaction.query(
    `CREATE TEMPORARY TABLE settling ON COMMIT DROP AS
     SELECT e.guid, e.in_scope AND o.tombstone_at IS NULL AS wanted, ${frozen('e')} AS frozen
     FROM evaluation e JOIN source_object o USING (forest_id, guid) WHERE e.forest_id = $1 AND e.settling`,
    [forest],
  );
  // What writing, linking and provisioning found ends with the scope; the rules and the claims clear their own.
  await transaction.query(
    `DELETE FROM object_error x USING settling s WHERE x.forest_id = $1 AND x.guid = s.guid AND NOT s.wanted AND x.finder NOT IN ('rule', 'claim')`,
    [forest],
  );
  await transaction.query(
    `UPDATE identity i SET state = 'connected' FROM settling s WHERE i.source_forest = $1 AND i.source_guid = s.guid AND s.wanted AND NOT s.frozen AND i.state = 'disconnected'`,
    [forest],
  );
  await transaction.query(
    'UPDATE identity i SET plan_dirty = true, links_dirty = true FROM settling s WHERE i.source_forest = $1 AND i.source_guid = s.guid',
    [forest],
  );
  // Who links to an object that came, went or was frozen has other references now.
  await markHolders(transaction, 'SELECT $1::smallint AS forest_id, guid FROM settling', [forest]);
  const [counts] = await transaction.query<{ count: string }>(
    'SELECT count(*) FILTER (WHERE wanted) AS count FROM settling',
  );
  return Number(counts?.count ?? 0);
}

/** Ends a settlement: the evaluations have been taken in. Objects that still need an identity wait for the next. */
export async function markSettled(db: Queryable, forest: ForestId): Promise<void> {
  await db.query(
    `UPDATE evaluation e SET settling = false, unsettled = e.unsettled OR ${contested('e')} OR (e.in_scope AND NOT ${frozen('e')}
       AND NOT EXISTS (SELECT FROM identity i WHERE i.source_forest = $1 AND i.source_guid = e.guid)
       AND EXISTS (SELECT FROM source_object o WHERE o.forest_id = $1 AND o.guid = e.guid AND o.tombstone_at IS NULL))
     WHERE e.forest_id = $1 AND e.settling`,
    [forest],
  );
}

/** An identity to be planned: what is wanted, and what the managed object was last confirmed to hold. */
export interface PlannableIdentity {
  readonly id: string;
  readonly sourceGuid: string;
  readonly kind: ObjectKind;
  readonly cn: string;
  readonly sam: string | null;
  /** The rule by which it got a managed object that was there before; null where we have made the object. */
  readonly joinedBy: string | null;
  readonly managedGuid: string | null;
  readonly managedKind: ObjectKind | null;
  readonly wanted: AttributeImage;
  readonly written: AttributeImage;
  readonly managed: AttributeImage | null;
  /** objectGUID of the managed object that it had and that was deleted, where a tombstone of it was seen. */
  readonly deletedGuid: string | null;
  /** When somebody else deleted its managed object, the newest few. */
  readonly deletions: readonly Date[];
  /** A complete read neither held the managed object nor found it deleted: it is left alone until another one has. */
  readonly missed: boolean;
  /** The managed object has lost its name to a twin: it is left alone until an operator has removed one of them. */
  readonly conflict: boolean;
  /** What the end of its services that goes on has begun, and what the object had; null where nothing is undone. */
  readonly ending: { readonly end: End | null; readonly had: AttributeImage } | null;
  /** It has a mailbox, or its services end: its recipient attributes are not flow's. */
  readonly served: boolean;
  readonly state: 'connected' | 'disconnected';
  /** False when nothing may flow: disconnected, or frozen by an error. */
  readonly live: boolean;
  /**
   * The rule by which a connected identity has no source object any more, or a disconnected one, whose services have ended,
   * for another reason than then; null otherwise, and while a new source object may be the same person: that is decided first.
   */
  readonly lost: string | null;
}

/** SQL: why the services of an object are to end, by its rows of `evaluation` and `source_object`; null where they are not. */
export function asked(evaluation: string, source: string): string {
  return `CASE WHEN ${source}.tombstone_at IS NOT NULL THEN 'deleted' ELSE ${evaluation}.ending END`;
}

const PLANNABLE = `SELECT i.id, i.source_guid AS "sourceGuid", i.kind, i.cn, i.sam, i.joined_by AS "joinedBy", i.managed_guid AS "managedGuid", m.kind AS "managedKind", e.wanted - f.lacking AS wanted, i.written, m.attributes AS managed,
    i.deleted_guid AS "deletedGuid", i.deletions, m.absent_run IS NOT NULL AS missed, coalesce(m.conflict, false) AS conflict, i.state,
    CASE WHEN d.stage <> 'ended' AND d.taken IS NOT NULL THEN jsonb_build_object('end', d.happens, 'had', d.taken) END AS ending,
    EXISTS (SELECT FROM service s WHERE s.identity_id = i.id AND s.service = 'mail' AND s.state <> 'disconnected')
      OR coalesce(d.stage <> 'ended' AND d.happens IS DISTINCT FROM 'mailUser', false) AS served,
    i.state = 'connected' AND e.in_scope AND NOT ${frozen('e')} AND (i.managed_guid IS NOT NULL OR NOT ${contested('e')}) AS live,
    CASE WHEN (NOT e.in_scope OR o.tombstone_at IS NOT NULL) AND NOT EXISTS (SELECT FROM reconnection_candidate c WHERE c.identity_id = i.id)
      AND (i.state = 'connected' OR i.managed_guid IS NOT NULL AND d.stage = 'ended' AND d.ending <> ${asked('e', 'o')}) THEN e.scope_rule END AS lost
  FROM identity i JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid
  JOIN source_object o ON o.forest_id = e.forest_id AND o.guid = e.guid
  JOIN forest f ON f.id = i.managed_forest
  LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid AND m.deleted_at IS NULL
  LEFT JOIN deprovisioning d ON d.identity_id = i.id`;

/** The next identities of a forest that wait to be planned; nobody marks them again until the transaction ends. */
export async function plannableIdentities(
  db: Transaction,
  forest: ForestId,
  limit: number,
): Promise<readonly PlannableIdentity[]> {
  return db.query<PlannableIdentity>(
    `${PLANNABLE} WHERE i.source_forest = $1 AND i.plan_dirty ORDER BY i.id LIMIT $2 FOR UPDATE OF i`,
    [forest, limit],
  );
}

/** These identities as they would be planned now. */
export async function identitiesToPlan(
  db: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PlannableIdentity>> {
  const rows = await db.query<PlannableIdentity>(`${PLANNABLE} WHERE i.id = ANY($1) ORDER BY i.id FOR UPDATE OF i`, [
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}

export interface IdentityCounts {
  readonly connected: number;
  readonly disconnected: number;
  /** Those that have a managed object. */
  readonly managed: number;
}

/** Counts what a forest has now. Looks at all of them: for an operator, not for every cycle. */
export async function countIdentities(db: Queryable, forest: ForestId): Promise<IdentityCounts> {
  const [row] = await db.query<IdentityCounts>(
    `SELECT count(*) FILTER (WHERE state = 'connected')::int AS connected, count(*) FILTER (WHERE state = 'disconnected')::int AS disconnected,
            count(managed_guid)::int AS managed FROM identity WHERE source_forest = $1`,
    [forest],
  );
  return row ?? { connected: 0, disconnected: 0, managed: 0 };
}

/** Puts identities whose planned changes were never written back on the list: their run ended before. */
export async function dropUnwritten(transaction: Transaction, forest: ForestId, run: RunId): Promise<number> {
  const rows = await transaction.query<{ identity_id: string; id: string }>(
    `UPDATE planned_change p SET state = 'dropped' FROM run r WHERE r.id = p.run_id AND r.forest_id = $1 AND p.run_id < $2 AND p.state = 'planned' AND p.stage <> 'services' RETURNING p.identity_id, p.id`,
    [forest, run],
  );
  // The run may have died between a write and its recording: what it meant to write counts as written by us.
  await transaction.query(
    `UPDATE identity i SET plan_dirty = true, links_dirty = true, written = i.written || coalesce((
       SELECT jsonb_object_agg(a.key, (SELECT jsonb_agg(DISTINCT v) FROM jsonb_array_elements(coalesce(i.written -> a.key, '[]') || a.value) v))
       FROM planned_change p, jsonb_each(p.owned) a WHERE p.id = d.last AND a.value <> '[]'), '{}')
     FROM (SELECT identity_id, max(id) AS last FROM unnest($1::uuid[], $2::bigint[]) AS r (identity_id, id) GROUP BY identity_id) d
     WHERE i.id = d.identity_id`,
    [rows.map((row) => row.identity_id), rows.map((row) => row.id)],
  );
  return rows.length;
}

/** The source object of an identity; null when there is no such identity. */
export async function sourceOf(
  db: Queryable,
  identity: string,
): Promise<{
  readonly forestId: ForestId;
  readonly forest: string;
  readonly guid: string;
  readonly gone: boolean;
} | null> {
  const [row] = await db.query<{ forestId: ForestId; forest: string; guid: string; gone: boolean }>(
    `SELECT i.source_forest AS "forestId", f.name AS forest, i.source_guid AS guid, o.tombstone_at IS NOT NULL AS gone
     FROM identity i JOIN forest f ON f.id = i.source_forest JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid WHERE i.id = $1`,
    [identity],
  );
  return row ?? null;
}

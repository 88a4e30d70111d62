import type { AttributeImage } from '../rules/attributes.ts';
import type { ObjectKind } from '../rules/objects.ts';
import { LEAVING_GROUPS, type End, type Ending } from '../rules/transitions.ts';
import type { Database, Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { asked } from './identities.ts';
import { markHolders } from './link-holders.ts';
import type { Attempt } from './locks.ts';
import type { TakenService } from './service-changes.ts';
import { ServiceTaken } from './service-work.ts';

/** How an end begins, or begins anew after it had ended or while what was undone is kept. */
const BEGIN = `ON CONFLICT (identity_id) DO UPDATE SET told = false, outcome = NULL, began_at = now(), grace_until = NULL, retention_until = NULL,
  stage = CASE WHEN d.stage = 'hold' THEN 'hold' ELSE 'grace' END, taken = CASE WHEN d.stage <> 'ended' THEN d.taken END, happens = CASE WHEN d.stage <> 'ended' THEN d.happens END,
  ending = CASE WHEN d.stage <> 'ended' THEN d.ending END`;

const LEAVING = LEAVING_GROUPS.map((end) => `'${end}'`).join(', ');

/**
 * SQL: the object of the identity `row` is in its groups: it is connected, or has left the scope and nothing is undone yet that
 * takes it out of them. A directory has no deleted objects in its groups, so they leave at once.
 */
export function inGroups(row: string): string {
  return `(${row}.state = 'connected' OR EXISTS (SELECT FROM deprovisioning d WHERE d.identity_id = ${row}.id
    AND (d.stage IN ('grace', 'hold') OR d.happens IS NULL OR d.happens NOT IN (${LEAVING})))
    AND NOT EXISTS (SELECT FROM source_object o WHERE o.forest_id = ${row}.source_forest AND o.guid = ${row}.source_guid AND o.tombstone_at IS NOT NULL))`;
}

/** Has the services of these identities end that have lost their source object, and tells those that have it again. */
export async function settleDisconnected(transaction: Transaction, identities: readonly string[]): Promise<void> {
  await transaction.query(
    `INSERT INTO deprovisioning AS d (identity_id) SELECT id FROM identity WHERE id = ANY($1) AND state = 'disconnected' AND managed_guid IS NOT NULL ${BEGIN}`,
    [identities],
  );
  await transaction.query(
    `UPDATE deprovisioning d SET told = false FROM identity i WHERE i.id = ANY($1) AND i.state = 'connected' AND d.identity_id = i.id AND d.stage <> 'ended'`,
    [identities],
  );
}

/**
 * Has the mailboxes end that are asked to be removed, and tells the ends that go on what the evaluations found. Called while
 * the evaluations are unsettled.
 */
export async function settleEndings(transaction: Transaction, forest: ForestId): Promise<void> {
  await transaction.query(
    `UPDATE deprovisioning d SET told = false FROM evaluation e JOIN identity i ON i.source_forest = e.forest_id AND i.source_guid = e.guid
     WHERE e.forest_id = $1 AND e.settling AND d.identity_id = i.id AND d.stage <> 'ended'`,
    [forest],
  );
  await transaction.query(
    `INSERT INTO deprovisioning AS d (identity_id)
     SELECT i.id FROM evaluation e JOIN identity i ON i.source_forest = e.forest_id AND i.source_guid = e.guid
     JOIN service s ON s.identity_id = i.id AND s.service = 'mail' AND s.facts IS NOT NULL AND s.state <> 'disconnected'
     WHERE e.forest_id = $1 AND e.settling AND e.ending = 'removalValue' AND e.in_scope AND i.state = 'connected' AND i.managed_guid IS NOT NULL
     ${BEGIN} WHERE d.stage = 'ended'`,
    [forest],
  );
}

/** Has all ends of a forest told again: the workflows of some may have been terminated, or lost with their server. */
export async function untellEnds(db: Queryable, forest: ForestId): Promise<void> {
  await db.query(
    "UPDATE deprovisioning d SET told = false FROM identity i WHERE i.id = d.identity_id AND i.source_forest = $1 AND d.stage <> 'ended' AND d.told",
    [forest],
  );
}

/** An identity whose services end, or whose end another evaluation concerns. */
export interface UntoldEnd {
  readonly identityId: string;
  readonly sourceGuid: string;
  readonly kind: ObjectKind;
}

/** The next ends of a forest whose workflows are to be started or told. */
export async function untoldEnds(
  db: Queryable,
  forest: ForestId,
  after: string | null,
  limit: number,
): Promise<readonly UntoldEnd[]> {
  return db.query<UntoldEnd>(
    `SELECT i.id AS "identityId", i.source_guid AS "sourceGuid", i.kind FROM deprovisioning d JOIN identity i ON i.id = d.identity_id
     WHERE NOT d.told AND d.stage <> 'ended' AND i.source_forest = $1 AND ($2::uuid IS NULL OR i.id > $2) ORDER BY i.id LIMIT $3`,
    [forest, after, limit],
  );
}

/** An end as a step of its workflow has taken it, with how its object stands. */
export interface EndWork {
  readonly identityId: string;
  readonly forestId: ForestId;
  readonly sourceGuid: string;
  readonly kind: ObjectKind;
  readonly managedGuid: string | null;
  readonly connected: boolean;
  /** The source object is there and in scope. */
  readonly inScope: boolean;
  readonly asked: Ending | null;
  readonly wantsMailbox: boolean;
  /** What flow wants of the object, and which of its values flow has written. */
  readonly wanted: AttributeImage;
  readonly written: AttributeImage;
  readonly inError: boolean;
  readonly stage: 'grace' | 'hold' | 'retention';
  readonly ending: Ending | null;
  readonly happens: End | null;
  readonly taken: AttributeImage | null;
  readonly delayed: boolean;
  /** Milliseconds until the grace time is over. */
  readonly graceMs: number;
  /** Milliseconds until the retention time is over; null before it began. */
  readonly retentionMs: number | null;
  readonly counter: string;
  /** URL of the domain controller that the managed naming context was last read from, which is written to. */
  readonly controller: string | null;
}

/**
 * Takes an end for one attempt of its workflow's step: from here on only what has the returned counter may write.
 *
 * @param graceMs length of the grace time, which is kept from the first step on
 * @returns null when nothing ends any more, or a later attempt has it
 */
export async function takeEnd(
  db: Queryable,
  identityId: string,
  attempt: Attempt,
  graceMs: number,
  managedNamingContext: string,
): Promise<EndWork | null> {
  const [row] = await db.query<EndWork>(
    `WITH taken AS (
       UPDATE deprovisioning d SET lock_counter = d.lock_counter + 1, workflow_run = $2, scheduled_at = $3, told = true,
         grace_until = coalesce(d.grace_until, d.began_at + $4::bigint * interval '1 millisecond')
       WHERE d.identity_id = $1 AND d.stage <> 'ended' AND (d.workflow_run IS DISTINCT FROM $2 OR d.scheduled_at <= $3)
       RETURNING *
     )
     SELECT i.id AS "identityId", i.source_forest AS "forestId", i.source_guid AS "sourceGuid", i.kind, i.managed_guid AS "managedGuid", i.state = 'connected' AS connected,
       e.in_scope AND o.tombstone_at IS NULL AS "inScope", ${asked('e', 'o')} AS asked,
       e.service ? 'mail' AS "wantsMailbox", e.wanted - f.lacking AS wanted, i.written,
       EXISTS (SELECT FROM object_error x WHERE x.forest_id = i.source_forest AND x.guid = i.source_guid AND x.finder IN ('rule', 'claim')) AS "inError",
       t.stage, t.ending, t.happens, t.taken, t.delayed_at IS NOT NULL AS delayed, t.lock_counter AS counter,
       (SELECT w.url FROM watermark w WHERE w.forest_id = i.managed_forest AND w.naming_context = $5) AS controller,
       (extract(epoch FROM t.grace_until - now()) * 1000)::float8 AS "graceMs", (extract(epoch FROM t.retention_until - now()) * 1000)::float8 AS "retentionMs"
     FROM taken t JOIN identity i ON i.id = t.identity_id JOIN forest f ON f.id = i.managed_forest JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid
     JOIN source_object o ON o.forest_id = e.forest_id AND o.guid = e.guid`,
    [identityId, attempt.workflowRun, attempt.scheduledAt, graceMs, managedNamingContext.toLowerCase()],
  );
  return row ?? null;
}

/** What steps of an end are recorded under. */
export function takenEnd(work: EndWork): TakenService {
  return { identityId: work.identityId, service: 'deprovision', counter: work.counter };
}

/**
 * Notes which end is begun and what the object had, before the first write, and takes its services from whoever provisions
 * them. What was noted before stays: another end than the one that was begun counts from its retention time on.
 *
 * @param happens null where the mailbox is made inactive
 * @param services the services that are taken off
 */
export async function noteTaken(
  database: Database,
  work: EndWork,
  ending: Ending,
  happens: End | null,
  had: AttributeImage,
  services: readonly string[],
): Promise<AttributeImage> {
  return database.transaction(async (transaction) => {
    const [row] = await transaction.query<{ taken: AttributeImage }>(
      `UPDATE deprovisioning SET ending = $3, happens = coalesce(happens, $4), taken = coalesce(taken, $5) WHERE identity_id = $1 AND lock_counter = $2 RETURNING taken`,
      [work.identityId, work.counter, ending, happens, JSON.stringify(had)],
    );
    if (row === undefined) throw new ServiceTaken();
    await transaction.query(
      `UPDATE service SET state = 'disconnected', lock_counter = lock_counter + 1, changed_at = now() WHERE identity_id = $1 AND service = ANY($2) AND facts IS NOT NULL`,
      [work.identityId, services],
    );
    // What another end, which was begun before, had taken with it.
    await transaction.query(
      "UPDATE service SET state = 'wanted', changed_at = now() WHERE identity_id = $1 AND service <> ALL($2) AND state = 'disconnected'",
      [work.identityId, services],
    );
    return row.taken;
  });
}

/** The mailbox is inactive; what was asked for waits until its litigation hold ends. */
export async function enterHold(db: Queryable, work: EndWork): Promise<void> {
  const rows = await db.query(
    "UPDATE deprovisioning SET stage = 'hold' WHERE identity_id = $1 AND lock_counter = $2 RETURNING 1",
    [work.identityId, work.counter],
  );
  if (rows.length === 0) throw new ServiceTaken();
}

/**
 * What was to end is undone. Who leaves its groups by it does so in the next cycle, which plans what is marked here.
 *
 * @param retentionMs length of the retention time, which begins now
 */
export async function enterRetention(database: Database, work: EndWork, end: End, retentionMs: number): Promise<void> {
  await database.transaction(async (transaction) => {
    const rows = await transaction.query(
      `UPDATE deprovisioning SET stage = 'retention', happens = $4, retention_until = now() + $3::bigint * interval '1 millisecond'
       WHERE identity_id = $1 AND lock_counter = $2 RETURNING 1`,
      [work.identityId, work.counter, retentionMs, end],
    );
    if (rows.length === 0) throw new ServiceTaken();
    await planAgain(transaction, work);
    if (LEAVING_GROUPS.includes(end))
      await markHolders(transaction, 'SELECT $1::smallint AS forest_id, $2::uuid AS guid', [
        work.forestId,
        work.sourceGuid,
      ]);
  });
}

/** The end has the say over other attributes now, or over none: flow looks at all of them again. */
async function planAgain(transaction: Transaction, work: EndWork): Promise<void> {
  await transaction.query('UPDATE identity SET plan_dirty = true WHERE id = $1', [work.identityId]);
}

/**
 * Ends an end. What was given back is to be provisioned again, which finds it as it is; what has ended for good is forgotten.
 *
 * @param removed the managed object was deleted
 */
export async function closeEnd(
  transaction: Transaction,
  work: EndWork,
  outcome: 'done' | 'given back' | 'kept',
  removed = false,
): Promise<void> {
  const rows = await transaction.query(
    `UPDATE deprovisioning SET stage = 'ended', outcome = $3, ending = $4, delayed_at = NULL, delayed_by = NULL WHERE identity_id = $1 AND lock_counter = $2 RETURNING 1`,
    [work.identityId, work.counter, outcome, work.asked],
  );
  if (rows.length === 0) throw new ServiceTaken();
  await planAgain(transaction, work);
  if (outcome === 'done')
    await transaction.query("DELETE FROM service WHERE identity_id = $1 AND (state = 'disconnected' OR $2)", [
      work.identityId,
      removed,
    ]);
  else
    await transaction.query(
      "UPDATE service SET state = 'wanted', changed_at = now() WHERE identity_id = $1 AND state = 'disconnected'",
      [work.identityId],
    );
  if (!removed) return;
  await transaction.query(
    "UPDATE planned_change SET state = 'confirmed', applied_at = now() WHERE identity_id = $1 AND stage = 'services' AND operation = 'delete' AND state = 'planned'",
    [work.identityId],
  );
  await transaction.query('UPDATE identity SET managed_guid = NULL, deleted_guid = NULL WHERE id = $1', [
    work.identityId,
  ]);
  // Who returned in the moment of the deletion is made anew, with its services.
  await transaction.query(
    `UPDATE evaluation e SET unsettled = true FROM identity i WHERE i.id = $1 AND i.state = 'connected' AND e.forest_id = i.source_forest AND e.guid = i.source_guid`,
    [work.identityId],
  );
}

/**
 * Records that a managed object is about to be deleted; the record of an attempt before goes on.
 *
 * @returns false where the object has returned since the end was taken
 */
export async function recordRemoval(db: Queryable, work: EndWork, managedGuid: string): Promise<boolean> {
  const [row] = await db.query<{ mine: boolean; recorded: boolean }>(
    `WITH taken AS (
       SELECT 1 FROM deprovisioning WHERE identity_id = $1 AND lock_counter = $2 FOR UPDATE
     ), mine AS (
       SELECT 1 FROM identity i, taken WHERE i.id = $1 AND i.state = 'disconnected' FOR UPDATE OF i
     ), open AS (
       SELECT p.id FROM planned_change p, mine WHERE p.identity_id = $1 AND p.stage = 'services' AND p.operation = 'delete' AND p.state = 'planned' AND p.managed_guid = $3
     ), begun AS (
       INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, before, after, rule)
       SELECT r.id, r.configuration, i.id, 'services', 0, 'delete', $3, '{}', '{}', 'deprovision: the retention time is over'
       FROM mine, identity i JOIN run r ON r.id = (SELECT max(id) FROM run WHERE forest_id = i.source_forest AND profile <> 'preview')
       WHERE i.id = $1 AND NOT EXISTS (SELECT FROM open) RETURNING id
     )
     SELECT EXISTS (SELECT FROM taken) AS mine, EXISTS (SELECT FROM open) OR EXISTS (SELECT FROM begun) AS recorded`,
    [work.identityId, work.counter, managedGuid],
  );
  if (row?.mine !== true) throw new ServiceTaken();
  return row.recorded;
}

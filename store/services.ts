import type { MailboxFacts } from '../rules/mailbox.ts';
import type { VoiceFacts } from '../rules/voice.ts';
import type { Database, Queryable, Transaction } from './database.ts';
import { replaceErrors, type ErrorFinder, type FoundError } from './errors.ts';
import type { ForestId } from './forests.ts';
import { frozen } from './identities.ts';
import { untouchable } from './managed-deletions.ts';
import type { Attempt } from './locks.ts';
import { fixedKind, settleKindErrors } from './conversions.ts';
import type { RunId } from './runs.ts';

export type ServiceState = 'wanted' | 'provisioning' | 'provisioned' | 'blocked' | 'disconnected';

/**
 * Takes over what the evaluations want of services: new and changed wishes are to be provisioned. Called while the
 * evaluations are unsettled. A null wish can not be told: what there is stays as it is.
 *
 * @param endsVoice the customer has voice, so that who does not ask for it is to have none
 */
export async function settleServices(transaction: Transaction, forest: ForestId, endsVoice: boolean): Promise<void> {
  // What was asked for and never begun is not made when it is not asked for any more.
  await transaction.query(
    `DELETE FROM service s USING evaluation e JOIN identity i ON i.source_forest = e.forest_id AND i.source_guid = e.guid
     WHERE e.forest_id = $1 AND e.settling AND s.identity_id = i.id AND s.facts IS NULL AND s.state <> 'provisioning' AND NOT e.service ? s.service`,
    [forest],
  );
  // Voice ends by a step of its own, apart from the mailbox, where it is clear that it is not asked for any more.
  if (endsVoice)
    await transaction.query(
      `UPDATE service s SET wanted = NULL, state = 'wanted', changed_at = now() FROM evaluation e JOIN identity i ON i.source_forest = e.forest_id AND i.source_guid = e.guid
       WHERE e.forest_id = $1 AND e.settling AND e.in_scope AND i.state = 'connected' AND NOT ${frozen('e')}
         AND s.identity_id = i.id AND s.service = 'voice' AND s.facts IS NOT NULL AND s.wanted IS NOT NULL AND s.state <> 'disconnected' AND NOT e.service ? 'voice'`,
      [forest],
    );
  await transaction.query(
    `INSERT INTO service AS s (identity_id, service, wanted)
     SELECT i.id, w.key, w.value FROM evaluation e
     JOIN identity i ON i.source_forest = e.forest_id AND i.source_guid = e.guid, jsonb_each(e.service) w
     WHERE e.forest_id = $1 AND e.settling AND i.state = 'connected' AND NOT ${frozen('e')} AND w.value <> 'null'
     ON CONFLICT (identity_id, service) DO UPDATE SET wanted = excluded.wanted, changed_at = now(),
       state = CASE WHEN s.state = 'disconnected' THEN s.state WHEN s.wanted IS NOT DISTINCT FROM excluded.wanted AND s.state <> 'blocked' THEN s.state ELSE 'wanted' END
     -- A mailbox keeps the kind that it was first provisioned as, until an operator has it converted.
     WHERE s.service = 'voice' OR ${fixedKind('s')} IS NULL OR ${fixedKind('s')} = excluded.wanted ->> 'recipient'`,
    [forest],
  );
  await settleKindErrors(transaction, forest);
}

/** An identity whose services an object workflow shall provision. */
export interface OpenService {
  readonly identityId: string;
  readonly sourceGuid: string;
  /** An object workflow had them before, which may still wait for a correction. */
  readonly again: boolean;
}

/** SQL: an error of the rules is in the way of a service; those of voice and those of mail are not in each other's. */
const HINDERED = `EXISTS (SELECT FROM object_error x WHERE x.forest_id = i.source_forest AND x.guid = i.source_guid AND x.finder IN ('rule', 'claim')
  AND (x.code LIKE 'SE%' OR (x.code LIKE 'PE2%') = (s.service = 'voice')))`;

/**
 * Marks the next services of a forest as this run's to provision, where the managed object is confirmed. Those that an
 * earlier run marked and did not see ended are taken again: an object workflow that still runs is joined, not doubled.
 */
export async function openServices(
  db: Queryable,
  forest: ForestId,
  run: RunId,
  limit: number,
): Promise<readonly OpenService[]> {
  return db.query<OpenService>(
    `WITH next AS (
       SELECT s.identity_id, s.service, i.source_guid FROM service s JOIN identity i ON i.id = s.identity_id
       WHERE i.source_forest = $1 AND i.state = 'connected' AND i.managed_guid IS NOT NULL AND (s.wanted IS NOT NULL OR s.service = 'voice') AND NOT ${untouchable('i.managed_forest', 'i.managed_guid')}
         AND (s.state = 'wanted' OR s.state = 'provisioning' AND s.run_id < $2) AND NOT ${HINDERED}
         AND (s.service = 'voice' OR NOT EXISTS (SELECT FROM conversion c WHERE c.identity_id = s.identity_id AND c.ended_at IS NULL))
       ORDER BY s.identity_id LIMIT $3 FOR UPDATE OF s
     ), marked AS (
       UPDATE service s SET state = 'provisioning', run_id = $2, changed_at = now() FROM next n
       WHERE s.identity_id = n.identity_id AND s.service = n.service RETURNING s.identity_id, n.source_guid, s.workflow_run
     )
     SELECT identity_id AS "identityId", source_guid AS "sourceGuid", bool_or(workflow_run IS NOT NULL) AS again FROM marked GROUP BY 1, 2`,
    [forest, run, limit],
  );
}

/** Services that this run marked and for which no object workflow has begun yet: their start must be (re)tried. */
export async function unstartedServices(db: Queryable, run: RunId): Promise<readonly OpenService[]> {
  return db.query<OpenService>(
    `SELECT s.identity_id AS "identityId", i.source_guid AS "sourceGuid", bool_or(s.workflow_run IS NOT NULL) AS again FROM service s JOIN identity i ON i.id = s.identity_id
     WHERE s.run_id = $1 AND s.state = 'provisioning' GROUP BY 1, 2 ORDER BY 1`,
    [run],
  );
}

/** How the services that a run took up stand. */
export async function serviceProgress(
  db: Queryable,
  run: RunId,
): Promise<{ readonly provisioning: number; readonly provisioned: number; readonly blocked: number }> {
  const [row] = await db.query<{ provisioning: number; provisioned: number; blocked: number }>(
    `SELECT count(*) FILTER (WHERE state IN ('wanted', 'provisioning'))::int AS provisioning, count(*) FILTER (WHERE state = 'provisioned')::int AS provisioned,
            count(*) FILTER (WHERE state = 'blocked')::int AS blocked FROM service WHERE run_id = $1`,
    [run],
  );
  return row ?? { provisioning: 0, provisioned: 0, blocked: 0 };
}

/** What an object workflow needs to know about a service that it provisions. */
interface ServiceWork<Facts, Wanted> {
  readonly service: 'mail' | 'voice';
  readonly identityId: string;
  readonly customer: string;
  readonly forestId: ForestId;
  readonly managedForest: ForestId;
  readonly sourceGuid: string;
  readonly managedGuid: string;
  readonly wanted: Wanted;
  /** An operator has it converted to another recipient kind. */
  readonly converting: boolean;
  readonly facts: Facts | null;
  readonly counter: string;
}

type Wanted = Readonly<Record<string, unknown>>;
export type MailboxWork = ServiceWork<MailboxFacts, Wanted>;
/** Without a wish the voice is to end. */
export type VoiceWork = ServiceWork<VoiceFacts, Wanted | null>;
export type Work = MailboxWork | VoiceWork;

/**
 * Takes an identity's mailbox for one attempt of an object workflow's step: from here on only what has the returned counter
 * may write.
 *
 * @returns null when nothing is wanted any more, the managed object is gone, or another workflow or a later attempt has it
 */
export async function takeMailbox(db: Queryable, identityId: string, attempt: Attempt): Promise<MailboxWork | null> {
  return (await take(db, 'mail', identityId, attempt)) as MailboxWork | null;
}

/** Takes an identity's voice, to provision or to end it, as {@link takeMailbox} takes its mailbox; null too where none is open. */
export async function takeVoice(db: Queryable, identityId: string, attempt: Attempt): Promise<VoiceWork | null> {
  return (await take(db, 'voice', identityId, attempt)) as VoiceWork | null;
}

async function take(
  db: Queryable,
  service: Work['service'],
  identityId: string,
  attempt: Attempt,
): Promise<Work | null> {
  const [row] = await db.query<Work>(
    `UPDATE service s SET
       lock_counter = s.lock_counter + 1, scheduled_at = $4,
       lost = CASE WHEN s.workflow_run IS NULL OR s.workflow_run = $3 THEN s.lost ELSE (s.lost || s.workflow_run)[greatest(1, cardinality(s.lost) - 8):] END,
       workflow_id = $2, workflow_run = $3, state = 'provisioning', changed_at = now()
     FROM identity i WHERE s.identity_id = $1 AND s.service = $5 AND i.id = s.identity_id AND i.state = 'connected' AND i.managed_guid IS NOT NULL AND s.state <> 'disconnected'
       AND (s.wanted IS NOT NULL OR $5 = 'voice' AND s.facts IS NOT NULL AND s.state <> 'provisioned')
       -- A workflow that has lost it to another does not take it back, nor does an attempt that comes after a later one.
       AND CASE WHEN $3 = s.workflow_run THEN s.scheduled_at <= $4 ELSE NOT $3 = ANY(s.lost) END
     RETURNING s.service, s.identity_id AS "identityId", i.customer, i.source_forest AS "forestId", i.managed_forest AS "managedForest", i.source_guid AS "sourceGuid", i.managed_guid AS "managedGuid", s.wanted, s.facts, s.lock_counter AS counter,
       s.service <> 'voice' AND EXISTS (SELECT FROM conversion c WHERE c.identity_id = s.identity_id AND c.ended_at IS NULL) AS converting`,
    [identityId, attempt.workflowId, attempt.workflowRun, attempt.scheduledAt, service],
  );
  return row ?? null;
}

/** The services of an identity that a step has taken and not settled. */
export async function beingProvisioned(db: Queryable, identityId: string): Promise<readonly Work['service'][]> {
  const rows = await db.query<{ service: Work['service'] }>(
    "SELECT service FROM service WHERE identity_id = $1 AND state = 'provisioning'",
    [identityId],
  );
  return rows.map((row) => row.service);
}

/** How many mailboxes each of these databases holds, by lower-case DN; what evens out placement. */
export async function mailboxesByDatabase(
  db: Queryable,
  databases: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ database: string; count: number }>(
    'SELECT database, mailboxes::int AS count FROM mailbox_database WHERE database = ANY($1)',
    [databases],
  );
  return new Map(rows.map((row) => [row.database, row.count]));
}

/** Nobody else places a mailbox until the transaction ends: two at once would both take the last place of a database. */
export async function placeAlone(transaction: Transaction): Promise<void> {
  await transaction.query("SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' placement'))");
}

/** Keeps what was decided for life, before the first write. The facts that are there already stay. */
export async function keepFacts<Facts extends MailboxFacts | VoiceFacts>(
  db: Queryable,
  work: ServiceWork<Facts, unknown>,
  facts: Facts,
): Promise<Facts> {
  const [row] = await db.query<{ facts: Facts }>(
    'UPDATE service SET facts = coalesce(facts, $4) WHERE identity_id = $1 AND service = $2 AND lock_counter = $3 RETURNING facts',
    [work.identityId, work.service, work.counter, JSON.stringify(facts)],
  );
  if (row === undefined) throw new ServiceTaken();
  return row.facts;
}

/** The identity's service is not, or no longer, this attempt's. */
export class ServiceTaken extends Error {
  override readonly name = 'ServiceTaken';

  constructor() {
    super('Another step or workflow has taken over this object; this one must not write any more.');
  }
}

/**
 * Checks, before a write, that the service is still this attempt's; within a transaction no other can take it until it ends.
 *
 * @throws ServiceTaken when another has it
 */
export async function requireService(db: Queryable, work: Work): Promise<void> {
  const rows = await db.query(
    'SELECT 1 FROM service WHERE identity_id = $1 AND service = $2 AND lock_counter = $3 FOR UPDATE',
    [work.identityId, work.service, work.counter],
  );
  if (rows.length === 0) throw new ServiceTaken();
}

/** Who finds the errors of a service. */
const FINDER = { mail: 'service', voice: 'voice' } as const satisfies Record<Work['service'], ErrorFinder>;

/**
 * Ends a step with the errors that it found: the service is confirmed, or waits for a correction. A wish that changed meanwhile
 * stays to be provisioned.
 *
 * @throws ServiceTaken when another attempt has it
 */
export async function settleService(
  database: Database,
  work: Work,
  state: 'provisioned' | 'blocked',
  found: readonly FoundError[],
): Promise<void> {
  const finder = FINDER[work.service];
  if (found.length === 0) return settle(database, work, state, finder);
  await database.transaction(async (transaction) => {
    await settle(transaction, work, state, finder);
    await replaceErrors(transaction, work.forestId, finder, [work.sourceGuid], found);
  });
}

/** In one statement, for each of a million objects is settled by itself. Its errors are cleared. */
async function settle(db: Queryable, work: Work, state: 'provisioned' | 'blocked', finder: ErrorFinder): Promise<void> {
  const mine = await db.query(
    `WITH mine AS (
       UPDATE service SET state = CASE WHEN wanted IS NOT DISTINCT FROM $5::jsonb THEN $4 ELSE 'wanted' END, changed_at = now()
       WHERE identity_id = $1 AND service = $2 AND lock_counter = $3 RETURNING 1
     ), cleared AS (
       DELETE FROM object_error WHERE forest_id = $6 AND guid = $7 AND finder = $8 AND $4 = 'provisioned' AND EXISTS (SELECT FROM mine)
     )
     SELECT 1 FROM mine`,
    [
      ...[work.identityId, work.service, work.counter, state],
      work.wanted === null ? null : JSON.stringify(work.wanted),
      ...[work.forestId, work.sourceGuid, finder],
    ],
  );
  if (mine.length === 0) throw new ServiceTaken();
}

/**
 * Which of these managed objects have a SIP address for good: all but those of identities whose own voice is about to leave
 * it, for the claims have given it to somebody else.
 */
export async function keepingSip(
  db: Queryable,
  managedForest: ForestId,
  guids: readonly string[],
  sipAddress: string,
): Promise<readonly string[]> {
  const rows = await db.query<{ guid: string }>(
    `SELECT g.guid FROM unnest($2::uuid[]) AS g (guid) WHERE NOT EXISTS (
       SELECT FROM identity i JOIN service s ON s.identity_id = i.id AND s.service = 'voice'
       WHERE i.managed_forest = $1 AND i.managed_guid = g.guid AND coalesce(s.wanted ->> 'sipAddress', '') <> $3)`,
    [managedForest, guids, sipAddress],
  );
  return rows.map((row) => row.guid);
}

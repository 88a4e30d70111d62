import type { MailboxFacts } from '../rules/mailbox.ts';
import type { VoiceFacts } from '../rules/voice.ts';
import type { Database, Queryable, Transaction } from './database.ts';
import { replaceErrors, type ErrorFinder, type FoundError } from './errors.ts';
import type { ForestId } from './forests.ts';
import type { Attempt } from './locks.ts';

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
  /** URL of the domain controller that the managed naming context was last read from, which is written to. */
  readonly controller: string | null;
}

type Wanted = Readonly<Record<string, unknown>>;
export type MailboxWork = ServiceWork<MailboxFacts, Wanted> & {
  /** The address lists that we put it in; null where nothing is recorded. */
  readonly ownLists: readonly string[] | null;
  /** Voice of the same identity is to be provisioned or ended too. */
  readonly voiceToo: boolean;
};
/** Without a wish the voice is to end. */
export type VoiceWork = ServiceWork<VoiceFacts, Wanted | null>;
export type Work = MailboxWork | VoiceWork;

/**
 * Takes an identity's mailbox for one attempt of an object workflow's step: from here on only what has the returned counter
 * may write.
 *
 * @returns null when nothing is wanted any more, the managed object is gone, or another workflow or a later attempt has it
 */
export async function takeMailbox(
  db: Queryable,
  identityId: string,
  attempt: Attempt,
  managedNamingContext: string,
): Promise<MailboxWork | null> {
  return (await take(db, 'mail', identityId, attempt, managedNamingContext)) as MailboxWork | null;
}

/** Takes an identity's voice, to provision or to end it, as {@link takeMailbox} takes its mailbox; null too where none is open. */
export async function takeVoice(
  db: Queryable,
  identityId: string,
  attempt: Attempt,
  managedNamingContext: string,
): Promise<VoiceWork | null> {
  return (await take(db, 'voice', identityId, attempt, managedNamingContext)) as VoiceWork | null;
}

async function take(
  db: Queryable,
  service: Work['service'],
  identityId: string,
  attempt: Attempt,
  managedNamingContext: string,
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
       s.service <> 'voice' AND EXISTS (SELECT FROM conversion c WHERE c.identity_id = s.identity_id AND c.ended_at IS NULL) AS converting,
       i.written -> 'showInAddressBook' AS "ownLists",
       EXISTS (SELECT FROM service v WHERE v.identity_id = i.id AND v.service = 'voice' AND v.state NOT IN ('provisioned', 'disconnected')) AS "voiceToo",
       (SELECT w.url FROM watermark w WHERE w.forest_id = i.managed_forest AND w.naming_context = $6) AS controller`,
    [
      ...[identityId, attempt.workflowId, attempt.workflowRun, attempt.scheduledAt, service],
      managedNamingContext.toLowerCase(),
    ],
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

/** Records the address lists that are ours to take a managed object out of. */
export async function keepOwnLists(db: Queryable, work: MailboxWork, lists: readonly string[]): Promise<void> {
  await db.query(
    `UPDATE identity SET written = written || jsonb_build_object('showInAddressBook', $2::jsonb) WHERE id = $1`,
    [work.identityId, JSON.stringify(lists)],
  );
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
 * @param record the step's change, which is confirmed with it
 * @throws ServiceTaken when another attempt has it
 */
export async function settleService(
  database: Database,
  work: Work,
  state: 'provisioned' | 'blocked',
  found: readonly FoundError[],
  record?: string,
): Promise<void> {
  const finder = FINDER[work.service];
  if (found.length === 0) return settle(database, work, state, finder, record);
  await database.transaction(async (transaction) => {
    await settle(transaction, work, state, finder);
    await replaceErrors(transaction, work.forestId, finder, [work.sourceGuid], found);
  });
}

/** In one statement, for each of a million objects is settled by itself. Its errors are cleared. */
async function settle(
  db: Queryable,
  work: Work,
  state: 'provisioned' | 'blocked',
  finder: ErrorFinder,
  record: string | null = null,
): Promise<void> {
  const mine = await db.query(
    `WITH mine AS (
       UPDATE service SET state = CASE WHEN wanted IS NOT DISTINCT FROM $5::jsonb THEN $4 ELSE 'wanted' END, changed_at = now()
       WHERE identity_id = $1 AND service = $2 AND lock_counter = $3 RETURNING 1
     ), cleared AS (
       DELETE FROM object_error WHERE forest_id = $6 AND guid = $7 AND finder = $8 AND $4 = 'provisioned' AND EXISTS (SELECT FROM mine)
     ), confirmed AS (
       UPDATE planned_change SET state = 'confirmed', answer = NULL, applied_at = now() WHERE id = $9 AND EXISTS (SELECT FROM mine)
     )
     SELECT 1 FROM mine`,
    [
      ...[work.identityId, work.service, work.counter, state],
      work.wanted === null ? null : JSON.stringify(work.wanted),
      ...[work.forestId, work.sourceGuid, finder, record],
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

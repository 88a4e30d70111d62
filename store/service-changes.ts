import type { AttributeImage } from '../rules/attributes.ts';
import type { MailboxFacts } from '../rules/mailbox.ts';
import type { Queryable } from './database.ts';
import { ServiceTaken } from './service-work.ts';

/** What is changed of a managed object for a service. [] stands for absent. */
export interface ServiceChange {
  readonly before: AttributeImage;
  readonly after: AttributeImage;
}

/** A change that is on record and of which it is not known yet what became. */
export interface OpenServiceChange extends ServiceChange {
  readonly id: string;
}

/** A service of an identity that an attempt has taken. */
export interface TakenService {
  readonly identityId: string;
  /** Key of the row in `service` whose lock counter counts; `deprovision` for the one in `deprovisioning`. */
  readonly service: string;
  readonly counter: string;
}

/** What is decided for life with the first change of a mailbox, and kept with its record, before the first write. */
export interface KeptWithChange {
  readonly facts: MailboxFacts;
  /** The address lists that are ours to take the managed object out of. */
  readonly ownLists: readonly string[];
}

/** What the rule of a record begins with: services of one object are recorded apart. */
function prefixOf(service: string): string {
  return `${service}: `;
}

/**
 * Records what a step of a service is about to write, so that services' values are on record like flow's, and checks that
 * the service is still this attempt's. What an attempt before it recorded and did not live to settle is gone on with in the
 * same record: what was there before is what was there before the first of them.
 *
 * @param what the step in a few words
 * @param keep of a mailbox that has no facts yet
 * @throws ServiceTaken when another has the service
 */
export async function recordServiceChange(
  db: Queryable,
  taken: TakenService,
  managedGuid: string,
  change: ServiceChange,
  what: string,
  keep?: KeptWithChange,
): Promise<OpenServiceChange> {
  const [row] = await db.query<OpenServiceChange>(
    `WITH provisioned AS (
       ${keep === undefined ? 'SELECT s.run_id FROM service s WHERE' : 'UPDATE service s SET facts = $9 WHERE s.facts IS NULL AND'}
         s.identity_id = $1 AND s.service = $2 AND s.lock_counter = $3 ${keep === undefined ? 'FOR UPDATE' : 'RETURNING s.run_id'}
     ), lists AS (
       ${keep === undefined ? 'SELECT' : "UPDATE identity SET written = written || jsonb_build_object('showInAddressBook', $10::jsonb) WHERE id = $1 AND EXISTS (SELECT FROM provisioned)"}
     ), ending AS (
       SELECT NULL::bigint AS run_id FROM deprovisioning d WHERE d.identity_id = $1 AND $2 = 'deprovision' AND d.lock_counter = $3 FOR UPDATE
     ), mine AS (
       SELECT run_id FROM provisioned UNION ALL SELECT run_id FROM ending
     ), gone_on AS (
       UPDATE planned_change p SET before = $5::jsonb || p.before, after = p.after || $6::jsonb, rule = $7
       FROM mine WHERE p.identity_id = $1 AND p.stage = 'services' AND p.state = 'planned' AND p.managed_guid = $4 AND starts_with(p.rule, $8)
       RETURNING p.id, p.before, p.after
     ), begun AS (
       INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, before, after, rule)
       SELECT r.id, r.configuration, i.id, 'services', 0, 'modify', $4, $5, $6, $7 FROM mine, identity i
       JOIN run r ON r.id = coalesce((SELECT run_id FROM mine), (SELECT max(id) FROM run WHERE forest_id = i.source_forest AND profile <> 'preview'))
       WHERE i.id = $1 AND NOT EXISTS (SELECT FROM gone_on) RETURNING id, before, after
     )
     SELECT id, before, after FROM gone_on UNION ALL SELECT id, before, after FROM begun`,
    [
      taken.identityId,
      taken.service,
      taken.counter,
      managedGuid,
      JSON.stringify(change.before),
      JSON.stringify(change.after),
      prefixOf(taken.service) + what,
      prefixOf(taken.service),
      ...(keep === undefined ? [] : [JSON.stringify(keep.facts), JSON.stringify(keep.ownLists)]),
    ],
  );
  if (row === undefined) throw new ServiceTaken();
  return row;
}

/** The change of a service that an attempt recorded and did not live to settle. */
export async function openServiceChange(
  db: Queryable,
  { identityId, service }: Pick<TakenService, 'identityId' | 'service'>,
  managedGuid: string,
): Promise<OpenServiceChange | null> {
  const [row] = await db.query<OpenServiceChange>(
    `SELECT id, before, after FROM planned_change
     WHERE identity_id = $1 AND stage = 'services' AND state = 'planned' AND managed_guid = $2 AND starts_with(rule, $3)`,
    [identityId, managedGuid, prefixOf(service)],
  );
  return row ?? null;
}

/** Notes what was answered so far of a change that is tried again. */
export async function noteServiceAnswer(db: Queryable, id: string, answer: string): Promise<void> {
  await db.query('UPDATE planned_change SET answer = $2 WHERE id = $1', [id, answer]);
}

/** Records what became of it. */
export async function settleServiceChange(
  db: Queryable,
  id: string,
  state: 'confirmed' | 'failed',
  answer: string | null,
): Promise<void> {
  await db.query('UPDATE planned_change SET state = $2, answer = $3, applied_at = now() WHERE id = $1', [
    id,
    state,
    answer,
  ]);
}

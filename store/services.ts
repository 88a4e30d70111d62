import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { frozen } from './identities.ts';
import { untouchable } from './managed-deletions.ts';
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

/**
 * Has what waits for a correction be tried once more by this run: it may have been mended in the Managed Forest, which no
 * evaluation sees, and its workflow may have ended.
 */
export async function tryBlockedAgain(db: Queryable, forest: ForestId, run: RunId): Promise<void> {
  await db.query(
    `UPDATE service s SET state = 'wanted', changed_at = now() FROM identity i
     WHERE i.id = s.identity_id AND i.source_forest = $1 AND s.state = 'blocked' AND s.run_id < $2`,
    [forest, run],
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

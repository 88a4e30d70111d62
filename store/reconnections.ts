import { RETIRED_RULE } from '../rules/evaluate.ts';
import type { Queryable, Transaction } from './database.ts';
import { recordConflictErrors, type ConflictError } from './errors.ts';
import type { ForestId } from './forests.ts';
import { markHolders } from './link-holders.ts';
import type { CaseCandidate } from './reconnection-search.ts';
import type { RunId } from './runs.ts';

/** An identity that gets a new source object. */
export interface Link {
  readonly guid: string;
  readonly identityId: string;
  readonly rule: string;
  readonly automatic: boolean;
  readonly candidates: readonly CaseCandidate[];
}

/** SQL: the identity of the source object (forest_id, guid) of `row` has another one since a reconnection, which is still there. */
export function retired(row: string): string {
  return `EXISTS (SELECT FROM reconnection r JOIN identity i ON i.id = r.identity_id JOIN source_object n ON n.forest_id = i.source_forest AND n.guid = i.source_guid
    WHERE r.former_forest = ${row}.forest_id AND r.former_guid = ${row}.guid AND r.state IN ('linked', 'reconnected')
      AND (i.source_forest, i.source_guid) <> (${row}.forest_id, ${row}.guid) AND n.tombstone_at IS NULL)`;
}

/**
 * Links identities to their new source objects, before anything is settled or planned: addresses and names go over, what was
 * planned for the old one is dropped, its flow stops, and the services are to follow the new account. The managed object,
 * its mailbox and what it was given for life stay.
 *
 * @returns how many were linked
 */
export async function linkIdentities(
  transaction: Transaction,
  source: ForestId,
  run: RunId,
  links: readonly Link[],
): Promise<number> {
  if (links.length === 0) return 0;
  await transaction.query(
    `CREATE TEMPORARY TABLE relinked ON COMMIT DROP AS
     SELECT r.guid, r.rule, r.automatic, r.candidates, i.id, i.source_forest AS former_forest, i.source_guid AS former_guid, i.managed_forest, i.managed_guid,
       n.attributes -> 'objectSid' ->> 0 AS sid
     FROM json_to_recordset($2::json) AS r (guid uuid, "identityId" uuid, rule text, automatic boolean, candidates jsonb)
     JOIN (SELECT * FROM identity WHERE id = ANY($3) ORDER BY id FOR UPDATE) i ON i.id = r."identityId"
     JOIN source_object n ON n.forest_id = $1 AND n.guid = r.guid
     WHERE NOT EXISTS (SELECT FROM identity x WHERE x.source_forest = $1 AND x.source_guid = r.guid)`,
    [source, JSON.stringify(links), links.map((link) => link.identityId)],
  );
  await record(transaction, source, run);
  await transaction.query(
    `UPDATE identity i SET source_forest = $1, source_guid = r.guid, plan_dirty = true, links_dirty = true FROM relinked r WHERE i.id = r.id`,
    [source],
  );
  await transaction.query(
    `UPDATE planned_change p SET state = 'dropped' FROM relinked r WHERE p.identity_id = r.id AND p.state IN ('planned', 'held') AND p.stage <> 'services'`,
  );
  await takeOver(transaction, source);
  // The wish of the new evaluation follows in this settlement, where it has one; else what there is goes on for the new account.
  await transaction.query(
    `UPDATE service s SET wanted = jsonb_set(s.wanted, '{sourceSid}', to_jsonb(r.sid)), state = CASE WHEN s.state = 'disconnected' THEN s.state ELSE 'wanted' END, changed_at = now()
     FROM relinked r WHERE s.identity_id = r.id AND r.sid IS NOT NULL AND s.wanted ? 'sourceSid'`,
  );
  await transaction.query(
    'DELETE FROM reconnection_candidate c USING relinked r WHERE c.forest_id = $1 AND c.guid = r.guid',
    [source],
  );
  await transaction.query(
    'UPDATE evaluation e SET settling = true FROM relinked r WHERE e.forest_id = $1 AND e.guid = r.guid',
    [source],
  );
  // Who links to either of them has other references now.
  await markHolders(
    transaction,
    'SELECT $1::smallint AS forest_id, guid FROM relinked UNION ALL SELECT former_forest, former_guid FROM relinked',
    [source],
  );
  const [linked] = await transaction.query<{ count: number }>('SELECT count(*)::int AS count FROM relinked');
  await transaction.query('DROP TABLE relinked');
  return linked?.count ?? 0;
}

/** Puts on record what is linked to what, by whom, and how it was before. */
async function record(transaction: Transaction, source: ForestId, run: RunId): Promise<void> {
  await transaction.query(
    `INSERT INTO reconnection AS c (forest_id, guid, state, candidates, identity_id, rule, decided_by, decided_at, former_forest, former_guid, before, run_id)
     SELECT $1, r.guid, 'linked', r.candidates, r.id, r.rule, 'rule ' || r.rule, now(), r.former_forest, r.former_guid,
       jsonb_build_object('dn', o.dn, 'objectSid', o.attributes -> 'objectSid' ->> 0, 'gone', o.tombstone_at IS NOT NULL, 'managed', r.managed_guid,
         'services', (SELECT coalesce(jsonb_object_agg(s.service, coalesce(s.facts, '{}')), '{}') FROM service s WHERE s.identity_id = r.id)), $2
     FROM relinked r JOIN source_object o ON o.forest_id = r.former_forest AND o.guid = r.former_guid
     ON CONFLICT (forest_id, guid) WHERE state <> 'undone' DO UPDATE SET state = 'linked', identity_id = excluded.identity_id,
       rule = excluded.rule, decided_by = CASE WHEN c.state = 'approved' THEN c.decided_by ELSE excluded.decided_by END,
       decided_at = CASE WHEN c.state = 'approved' THEN c.decided_at ELSE now() END, code = NULL,
       candidates = CASE WHEN c.candidates = '[]' THEN excluded.candidates ELSE c.candidates END,
       former_forest = excluded.former_forest, former_guid = excluded.former_guid, before = excluded.before, run_id = excluded.run_id, told = false`,
    [source, run],
  );
}

/** Gives the new source objects what the old ones hold, and takes these out of the scope. */
async function takeOver(transaction: Transaction, source: ForestId): Promise<void> {
  await transaction.query(
    // What the new one does not want of it is given up by the settlement.
    `UPDATE claim c SET forest_id = $1, guid = r.guid, stale = true FROM relinked r WHERE c.forest_id = r.former_forest AND c.guid = r.former_guid`,
    [source],
  );
  await transaction.query(
    'DELETE FROM wanted_claim w USING relinked r WHERE w.forest_id = r.former_forest AND w.guid = r.former_guid',
  );
  await transaction.query(
    `UPDATE evaluation e SET in_scope = false, scope_rule = $1, wanted = '{}', service = '{}', ending = NULL, unsettled = false, settling = false
     FROM relinked r WHERE e.forest_id = r.former_forest AND e.guid = r.former_guid`,
    [RETIRED_RULE],
  );
  await transaction.query(
    'DELETE FROM object_error x USING relinked r WHERE x.forest_id = r.former_forest AND x.guid = r.former_guid',
  );
}

/** A question about a new source object. */
export interface Asked extends ConflictError {
  readonly candidates: readonly CaseCandidate[];
}

/** Asks operators about new source objects, as errors and as cases. What was asked before is brought up to date. */
export async function openCases(transaction: Transaction, source: ForestId, asked: readonly Asked[]): Promise<void> {
  await recordConflictErrors(transaction, source, 'reconnect', asked);
  await transaction.query(
    `INSERT INTO reconnection AS c (forest_id, guid, state, code, candidates)
     SELECT $1, guid, 'open', code, candidates FROM json_to_recordset($2::json) AS r (guid uuid, code text, candidates jsonb)
     ON CONFLICT (forest_id, guid) WHERE state <> 'undone' DO UPDATE SET state = 'open', code = excluded.code, candidates = excluded.candidates,
       identity_id = NULL, decided_by = NULL, decided_at = NULL, told = false,
       approvals = CASE WHEN c.candidates = excluded.candidates THEN c.approvals ELSE '[]' END
     WHERE c.state IN ('open', 'approved') AND (c.state <> 'open' OR c.candidates <> excluded.candidates OR c.code <> excluded.code)`,
    [source, JSON.stringify(asked.map(({ guid, code, candidates }) => ({ guid, code, candidates })))],
  );
}

/** Ends the errors and the questions of objects that nothing is found for any more, or that have got their services. */
export async function endCases(transaction: Transaction, source: ForestId): Promise<void> {
  await transaction.query(
    `DELETE FROM object_error e WHERE e.forest_id = $1 AND e.finder = 'reconnect'
       AND NOT EXISTS (SELECT FROM reconnection_candidate c WHERE c.forest_id = $1 AND c.guid = e.guid)`,
    [source],
  );
  // Who was kept because the services might go over is looked at again.
  await transaction.query(
    `UPDATE identity i SET plan_dirty = true FROM found_before b WHERE i.id = b.identity_id AND NOT i.plan_dirty
       AND NOT EXISTS (SELECT FROM reconnection_candidate c WHERE c.identity_id = i.id)`,
  );
  await transaction.query(
    `DELETE FROM reconnection r WHERE r.forest_id = $1 AND r.state = 'open'
       AND NOT EXISTS (SELECT FROM reconnection_candidate c WHERE c.forest_id = $1 AND c.guid = r.guid)`,
    [source],
  );
}

/** Forgets what was found for these objects: they are somebody new. */
export async function dropEvidence(db: Queryable, source: ForestId, guids: readonly string[]): Promise<void> {
  await db.query('DELETE FROM reconnection_candidate WHERE forest_id = $1 AND guid = ANY($2)', [source, guids]);
}

/**
 * Has the objects looked at again that were some identity's source object, where the one that took their place is gone: one
 * that comes back by an undelete gets its services again. Called while the evaluations are unsettled.
 */
export async function wakeRetired(transaction: Transaction, source: ForestId): Promise<void> {
  await transaction.query(
    `UPDATE source_object o SET dirty = true FROM evaluation e JOIN source_object n USING (forest_id, guid)
     JOIN identity i ON i.source_forest = e.forest_id AND i.source_guid = e.guid JOIN reconnection r ON r.identity_id = i.id AND r.state IN ('linked', 'reconnected')
     WHERE e.forest_id = $1 AND e.settling AND n.tombstone_at IS NOT NULL AND o.forest_id = r.former_forest AND o.guid = r.former_guid AND o.tombstone_at IS NULL AND NOT o.dirty`,
    [source],
  );
}

import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { markHolders } from './link-holders.ts';
import { lookAgain } from './reconnection-cases.ts';

/** How the services of an identity follow its new source object. */
export interface FollowUp {
  readonly identityId: string;
  readonly managedGuid: string | null;
  readonly sourceForest: string;
  readonly sourceGuid: string;
  /** Services that do not show yet what is wanted of them, by state. */
  readonly services: readonly { readonly service: string; readonly state: string }[];
  /** Its services end, or are being given back. */
  readonly ending: boolean;
  readonly mailboxGuid: string | null;
}

export async function followUpOf(db: Queryable, identityId: string): Promise<FollowUp | null> {
  const [row] = await db.query<FollowUp>(
    `SELECT i.id AS "identityId", i.managed_guid AS "managedGuid", f.name AS "sourceForest", i.source_guid AS "sourceGuid",
       (SELECT coalesce(json_agg(json_build_object('service', s.service, 'state', s.state)), '[]') FROM service s
        WHERE s.identity_id = i.id AND s.state <> 'provisioned' AND (s.wanted IS NOT NULL OR s.state = 'disconnected')) AS services,
       EXISTS (SELECT FROM deprovisioning d WHERE d.identity_id = i.id AND d.stage <> 'ended') AS ending,
       (SELECT s.facts ->> 'mailboxGuid' FROM service s WHERE s.identity_id = i.id AND s.service = 'mail') AS "mailboxGuid"
     FROM identity i JOIN forest f ON f.id = i.source_forest WHERE i.id = $1`,
    [identityId],
  );
  return row ?? null;
}

/** Ends a reconnection that was confirmed by reading. @param after what the managed object shows */
export async function recordReconnected(
  db: Queryable,
  id: string,
  after: Readonly<Record<string, unknown>>,
): Promise<void> {
  await db.query(
    "UPDATE reconnection SET state = 'reconnected', after = $2, ended_at = now() WHERE id = $1 AND state = 'linked'",
    [id, JSON.stringify(after)],
  );
}

/**
 * Turns a reconnection round: the identity gets the source object back that it had, and the new one is somebody else, which is
 * not asked again.
 *
 * @returns false where the identity has got another one since, or the old one another identity
 */
export async function undoReconnection(
  transaction: Transaction,
  { id, forest, guid }: { readonly id: string; readonly forest: ForestId; readonly guid: string },
  operator: string,
): Promise<boolean> {
  const [undone] = await transaction.query<{ identity: string; forest: ForestId; guid: string }>(
    `WITH turned AS (
       UPDATE reconnection r SET state = 'undone', undone_by = $4, ended_at = now(), told = false FROM (SELECT * FROM identity WHERE source_forest = $2 AND source_guid = $3 FOR UPDATE) i
       WHERE r.id = $1 AND r.state IN ('linked', 'reconnected') AND i.id = r.identity_id
         AND EXISTS (SELECT FROM source_object o WHERE o.forest_id = r.former_forest AND o.guid = r.former_guid)
         AND NOT EXISTS (SELECT FROM identity x WHERE x.source_forest = r.former_forest AND x.source_guid = r.former_guid)
       RETURNING r.identity_id, r.former_forest, r.former_guid, r.before ->> 'objectSid' AS sid
     ), back AS (
       UPDATE identity i SET source_forest = t.former_forest, source_guid = t.former_guid, plan_dirty = true, links_dirty = true FROM turned t WHERE i.id = t.identity_id
     ), own AS (
       UPDATE service s SET wanted = jsonb_set(s.wanted, '{sourceSid}', to_jsonb(t.sid)), state = CASE WHEN s.state = 'disconnected' THEN s.state ELSE 'wanted' END, changed_at = now()
       FROM turned t WHERE s.identity_id = t.identity_id AND t.sid IS NOT NULL AND s.wanted ? 'sourceSid'
     ), held AS (
       UPDATE claim c SET forest_id = t.former_forest, guid = t.former_guid, stale = true FROM turned t WHERE c.forest_id = $2 AND c.guid = $3
     ), dropped AS (
       UPDATE planned_change p SET state = 'dropped' FROM turned t WHERE p.identity_id = t.identity_id AND p.state IN ('planned', 'held') AND p.stage <> 'services'
     ), rejected AS (
       INSERT INTO reconnection_rejection (forest_id, guid, identity_id, operator) SELECT $2, $3, t.identity_id, $4 FROM turned t ON CONFLICT DO NOTHING
     ), waking AS (
       UPDATE source_object o SET dirty = true FROM turned t WHERE o.forest_id = t.former_forest AND o.guid = t.former_guid
     )
     SELECT identity_id AS identity, former_forest AS forest, former_guid AS guid FROM turned`,
    [id, forest, guid, operator],
  );
  if (undone === undefined) return false;
  await lookAgain(transaction, [{ forest, guid }, undone]);
  await markHolders(
    transaction,
    'SELECT $1::smallint AS forest_id, $2::uuid AS guid UNION ALL SELECT $3::smallint, $4::uuid',
    [forest, guid, undone.forest, undone.guid],
  );
  return true;
}

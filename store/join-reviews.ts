import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { JoinedForests } from './joining.ts';
import { renameIdentity } from './naming.ts';

/** A managed object to choose from. */
export interface ReviewCandidate {
  /** objectGUID of the managed object. */
  readonly guid: string;
  readonly dn: string;
  /** The rule that finds it. */
  readonly rule: string;
}

/** Asks an operator about source objects. What was asked before is brought up to date; an answer that does not fit any more is asked for anew. */
export async function askForJoin(
  db: Queryable,
  source: ForestId,
  reviews: readonly { readonly guid: string; readonly candidates: readonly ReviewCandidate[] }[],
): Promise<void> {
  await db.query(
    `INSERT INTO join_review AS j (forest_id, guid, candidates) SELECT $1, guid, candidates FROM json_to_recordset($2::json) AS r (guid uuid, candidates jsonb)
     ON CONFLICT (forest_id, guid) DO UPDATE SET candidates = excluded.candidates, state = 'open', managed_guid = NULL,
       operator = CASE WHEN j.state = 'open' THEN j.operator END, decided_at = CASE WHEN j.state = 'open' THEN j.decided_at END,
       opened_at = CASE WHEN j.state = 'open' THEN j.opened_at ELSE now() END
     WHERE j.state <> 'open' OR j.candidates <> excluded.candidates`,
    [source, JSON.stringify(reviews)],
  );
}

/** An operator's answer: adopt one, have a new object created, or decide later. */
export interface JoinChoice {
  readonly guid: string;
  readonly decision: 'adopt' | 'create' | 'wait';
  /** The managed object to adopt. */
  readonly managedGuid: string | null;
  readonly operator: string;
}

const STATE = { adopt: 'approved', create: 'rejected', wait: 'open' } as const;

/**
 * Records an operator's answer; the next cycle follows it. An adoption of which nothing has been written yet is taken back.
 *
 * @returns what there is to choose from, or null when the object has a managed object that was written already
 */
export async function answerJoin(
  transaction: Transaction,
  { source, managed }: JoinedForests,
  choice: JoinChoice,
): Promise<readonly ReviewCandidate[] | null> {
  const { guid, decision, managedGuid, operator } = choice;
  const [identity] = await transaction.query<{
    id: string;
    customer: string;
    managed_guid: string | null;
    written: boolean;
  }>(
    `SELECT i.id, i.customer, i.managed_guid, i.joined_by IS NULL AND i.managed_guid IS NOT NULL OR EXISTS (
       SELECT FROM planned_change p WHERE p.identity_id = i.id AND p.state IN ('applied', 'confirmed')) AS written
     FROM identity i WHERE i.source_forest = $1 AND i.source_guid = $2 FOR UPDATE`,
    [source, guid],
  );
  if (identity?.written === true) return null;
  const [review] = await transaction.query<{ candidates: readonly ReviewCandidate[] }>(
    `INSERT INTO join_review AS j (forest_id, guid, state, candidates, managed_guid, operator, decided_at)
     SELECT $1, $2, $4, coalesce(json_agg(DISTINCT jsonb_build_object('guid', m.guid, 'dn', m.dn, 'rule', c.rule)) FILTER (WHERE m.guid IS NOT NULL), '[]'), $5, $6, now()
     FROM (SELECT managed_guid, rule FROM join_candidate WHERE forest_id = $1 AND guid = $2
           UNION SELECT i.managed_guid, i.joined_by FROM identity i WHERE i.source_forest = $1 AND i.source_guid = $2 AND i.managed_guid IS NOT NULL) c
     LEFT JOIN managed_object m ON m.forest_id = $3 AND m.guid = c.managed_guid
     ON CONFLICT (forest_id, guid) DO UPDATE SET state = excluded.state, candidates = excluded.candidates, managed_guid = excluded.managed_guid,
       operator = excluded.operator, decided_at = excluded.decided_at RETURNING candidates`,
    [source, guid, managed, STATE[decision], managedGuid, operator],
  );
  if (identity !== undefined && identity.managed_guid !== null && identity.managed_guid !== managedGuid)
    await takeBack(transaction, identity.customer, identity.id);
  await transaction.query('UPDATE evaluation SET unsettled = true WHERE forest_id = $1 AND guid = $2', [source, guid]);
  return review?.candidates ?? [];
}

/** Takes a managed object from the identity that has adopted it; its names stay with that object. */
async function takeBack(transaction: Transaction, customer: string, identity: string): Promise<void> {
  await transaction.query(
    `INSERT INTO managed_unmatched (forest_id, customer, guid) SELECT managed_forest, customer, managed_guid FROM identity WHERE id = $1 ON CONFLICT DO NOTHING`,
    [identity],
  );
  await transaction.query('DELETE FROM service WHERE identity_id = $1 AND workflow_run IS NULL AND facts IS NOT NULL', [
    identity,
  ]);
  await transaction.query(
    'UPDATE identity SET managed_guid = NULL, joined_by = NULL, joined_run = NULL, services_unread = false, plan_dirty = true WHERE id = $1',
    [identity],
  );
  await renameIdentity(transaction, customer, identity, 'cn');
  await renameIdentity(transaction, customer, identity, 'sam');
}

/** How many source objects wait for an operator's answer. */
export async function countOpenReviews(db: Queryable, source: ForestId): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM join_review WHERE forest_id = $1 AND state = 'open'",
    [source],
  );
  return row?.count ?? 0;
}

/** A question to an operator, with its answer once there is one. */
export interface JoinReview {
  /** objectGUID of the source object. */
  readonly guid: string;
  readonly sourceDn: string;
  readonly state: 'open' | 'approved' | 'rejected';
  readonly candidates: readonly ReviewCandidate[];
  readonly managedGuid: string | null;
  readonly operator: string | null;
  readonly openedAt: Date;
  readonly decidedAt: Date | null;
}

/** The questions of a forest, the oldest first. */
export async function joinReviews(
  db: Queryable,
  source: ForestId,
  state: JoinReview['state'],
  limit: number,
): Promise<readonly JoinReview[]> {
  return db.query<JoinReview>(
    `SELECT r.guid, o.dn AS "sourceDn", r.state, r.candidates, r.managed_guid AS "managedGuid", r.operator, r.opened_at AS "openedAt", r.decided_at AS "decidedAt"
     FROM join_review r JOIN source_object o USING (forest_id, guid) WHERE r.forest_id = $1 AND r.state = $2 ORDER BY r.opened_at, r.guid LIMIT $3`,
    [source, state, limit],
  );
}

import type { PairFacts } from '../rules/reconnection-pair.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { CaseCandidate } from './reconnection-search.ts';

export type ReconnectionState = 'open' | 'approved' | 'linked' | 'reconnected' | 'undone';

/** One operator's approval. */
export interface Approval {
  readonly operator: string;
  readonly identity: string;
  readonly at: string;
}

/** A reconnection as it stands: what is asked, what was decided, what was made of it. */
export interface Reconnection {
  readonly id: string;
  readonly forestId: ForestId;
  readonly forest: string;
  /** objectGUID of the new source object. */
  readonly guid: string;
  /** Null where the object is not staged any more. */
  readonly dn: string | null;
  readonly state: ReconnectionState;
  readonly code: string | null;
  readonly candidates: readonly CaseCandidate[];
  readonly approvals: readonly Approval[];
  readonly identityId: string | null;
  readonly rule: string | null;
  readonly decidedBy: string | null;
  readonly openedAt: Date;
  readonly endedAt: Date | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

const RECONNECTION = `SELECT r.id, r.forest_id AS "forestId", f.name AS forest, r.guid, o.dn, r.state, r.code, r.candidates, r.approvals, r.identity_id AS "identityId", r.rule,
    r.decided_by AS "decidedBy", r.opened_at AS "openedAt", r.ended_at AS "endedAt", r.before, r.after
  FROM reconnection r JOIN forest f ON f.id = r.forest_id LEFT JOIN source_object o ON o.forest_id = r.forest_id AND o.guid = r.guid`;

/** How many new source objects of a forest wait for an operator, or for their old ones to go. */
export async function countOpenCases(db: Queryable, forest: ForestId): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM reconnection WHERE forest_id = $1 AND state = 'open'",
    [forest],
  );
  return row?.count ?? 0;
}

/** The reconnections of a customer in these states, the oldest first. */
export async function reconnectionsOf(
  db: Queryable,
  customer: string,
  states: readonly ReconnectionState[],
  limit: number,
): Promise<readonly Reconnection[]> {
  return db.query<Reconnection>(
    `${RECONNECTION} WHERE f.customer = $1 AND r.state = ANY($2) ORDER BY r.opened_at, r.id LIMIT $3`,
    [customer, states, limit],
  );
}

/** The reconnection of a new source object that is not undone; null where there is none. */
export async function reconnectionOf(db: Queryable, forest: ForestId, guid: string): Promise<Reconnection | null> {
  const [row] = await db.query<Reconnection>(
    `${RECONNECTION} WHERE r.forest_id = $1 AND r.guid = $2 AND r.state <> 'undone'`,
    [forest, guid],
  );
  return row ?? null;
}

/** Its workflow knows how it stands. */
export async function markTold(db: Queryable, id: string): Promise<void> {
  await db.query('UPDATE reconnection SET told = true WHERE id = $1 AND NOT told', [id]);
}

/** Has all that is open told again: the workflows of some may have been terminated, or lost with their server. */
export async function untellReconnections(db: Queryable, forest: ForestId): Promise<void> {
  await db.query("UPDATE reconnection SET told = false WHERE forest_id = $1 AND state IN ('open', 'linked') AND told", [
    forest,
  ]);
}

/** The next new source objects of a forest whose workflows are to be started or told. */
export async function untoldReconnections(
  db: Queryable,
  forest: ForestId,
  after: string,
  limit: number,
): Promise<readonly { readonly id: string; readonly guid: string }[]> {
  return db.query(
    `SELECT id, guid FROM reconnection WHERE forest_id = $1 AND NOT told AND state IN ('open', 'linked') AND id > $2 ORDER BY id LIMIT $3`,
    [forest, after, limit],
  );
}

/** A pair that an operator has named. */
export interface NamedPair {
  readonly source: ForestId;
  readonly guid: string;
  readonly identityId: string;
}

/** What decides whether an operator's pair can be followed at all. */
export async function pairFacts(db: Queryable, customer: string, pair: NamedPair): Promise<PairFacts> {
  const [object] = await db.query<NonNullable<PairFacts['object']>>(
    `SELECT o.kind, i.managed_guid AS "ownManaged" FROM source_object o
     LEFT JOIN identity i ON i.source_forest = o.forest_id AND i.source_guid = o.guid
     WHERE o.forest_id = $1 AND o.guid = $2 AND o.tombstone_at IS NULL`,
    [pair.source, pair.guid],
  );
  const [identity] = await db.query<NonNullable<PairFacts['identity']>>(
    `SELECT kind, managed_guid AS "managedGuid", (source_forest, source_guid) = ($3, $4) AS "hasIt" FROM identity WHERE id = $1 AND customer = $2`,
    [pair.identityId, customer, pair.source, pair.guid],
  );
  return { object: object ?? null, identity: identity ?? null };
}

/**
 * Records that an operator approves these pairs; what has enough approvals is made by the next cycle of its forest.
 *
 * @param approvals how many different operators are needed; null where there are not enough yet, whatever is on record
 * @param others operators whose earlier approvals count; null for all
 * @returns how many have enough now
 */
export async function approvePairs(
  transaction: Transaction,
  pairs: readonly NamedPair[],
  operator: string,
  approvals: number | null,
  others: readonly string[] | null = null,
): Promise<number> {
  await transaction.query(
    `INSERT INTO reconnection AS c (forest_id, guid, state, candidates)
     SELECT source, guid, 'open', '[]' FROM json_to_recordset($1::json) AS r (source smallint, guid uuid) ON CONFLICT (forest_id, guid) WHERE state <> 'undone' DO NOTHING`,
    [JSON.stringify(pairs)],
  );
  await transaction.query(
    `UPDATE reconnection c SET told = false, approvals = (
       -- Those that were for somebody else, or this operator's own before, count no more.
       SELECT coalesce(jsonb_agg(a), '[]') FROM jsonb_array_elements(c.approvals) a WHERE a ->> 'identity' = r."identityId"::text AND a ->> 'operator' <> $2 AND ($3::text[] IS NULL OR a ->> 'operator' = ANY($3))
     ) || jsonb_build_object('operator', $2::text, 'identity', r."identityId", 'at', now())
     FROM json_to_recordset($1::json) AS r (source smallint, guid uuid, "identityId" uuid)
     WHERE c.forest_id = r.source AND c.guid = r.guid AND c.state IN ('open', 'approved')`,
    [JSON.stringify(pairs), operator, others],
  );
  const rows = await transaction.query(
    `UPDATE reconnection c SET state = 'approved', identity_id = r."identityId", decided_at = now(),
       decided_by = (SELECT string_agg(a ->> 'operator', ' and ' ORDER BY a ->> 'at') FROM jsonb_array_elements(c.approvals) a)
     FROM json_to_recordset($1::json) AS r (source smallint, guid uuid, "identityId" uuid)
     WHERE c.forest_id = r.source AND c.guid = r.guid AND c.state IN ('open', 'approved') AND jsonb_array_length(c.approvals) >= $2::int RETURNING 1`,
    [JSON.stringify(pairs), approvals],
  );
  await transaction.query(
    `DELETE FROM reconnection_rejection j USING json_to_recordset($1::json) AS r (source smallint, guid uuid, "identityId" uuid)
     WHERE j.forest_id = r.source AND j.guid = r.guid AND j.identity_id = r."identityId"`,
    [JSON.stringify(pairs)],
  );
  await lookAgain(
    transaction,
    pairs.map(({ source, guid }) => ({ forest: source, guid })),
  );
  return rows.length;
}

/** Records that the new source object is none of the identities that were found for it: that is not asked again. @returns how many */
export async function rejectCase(
  transaction: Transaction,
  source: ForestId,
  guid: string,
  operator: string,
): Promise<number> {
  const rows = await transaction.query(
    `INSERT INTO reconnection_rejection (forest_id, guid, identity_id, operator)
     SELECT DISTINCT forest_id, guid, identity_id, $3 FROM reconnection_candidate WHERE forest_id = $1 AND guid = $2 ON CONFLICT DO NOTHING RETURNING 1`,
    [source, guid, operator],
  );
  await transaction.query(
    "DELETE FROM reconnection WHERE forest_id = $1 AND guid = $2 AND state IN ('open', 'approved')",
    [source, guid],
  );
  await lookAgain(transaction, [{ forest: source, guid }]);
  return rows.length;
}

/** Has the next cycles look at source objects again. */
export async function lookAgain(
  db: Queryable,
  objects: readonly { readonly forest: ForestId; readonly guid: string }[],
): Promise<void> {
  await db.query(
    `UPDATE evaluation e SET unsettled = true FROM json_to_recordset($1::json) AS r (forest smallint, guid uuid) WHERE e.forest_id = r.forest AND e.guid = r.guid`,
    [JSON.stringify(objects)],
  );
}

import type { OffboardingCounts } from '../rules/offboarding.ts';
import type { Queryable, Transaction } from './database.ts';
import { closeOffboarding } from './offboarding.ts';

/** SQL: the Customer Forests of the customer $1. */
const FORESTS = "SELECT id FROM forest WHERE side = 'source' AND customer = $1";

/** SQL: the identities of the customer that no wave has taken yet. */
const WAITING = `identity i JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
  WHERE i.source_forest IN (${FORESTS}) AND i.managed_guid IS NOT NULL AND i.state = 'connected'
    AND NOT EXISTS (SELECT FROM offboarding_member m WHERE m.forest_id = i.source_forest AND m.guid = i.source_guid)`;

/** The number of the last wave that has taken somebody of a customer; 0 where none has. */
export async function lastWave(db: Queryable, customer: string): Promise<number> {
  const [row] = await db.query<{ wave: number }>(
    `SELECT coalesce(max(wave), 0) AS wave FROM offboarding_member WHERE forest_id IN (${FORESTS})`,
    [customer],
  );
  return row?.wave ?? 0;
}

/**
 * Takes the next objects of a customer out of service: groups come last. The same wave takes its objects once, however often it is
 * asked for. Nobody is taken by an offboarding whose waves are not approved.
 *
 * @returns how many it holds
 */
export async function withdraw(
  transaction: Transaction,
  customer: string,
  { offboarding, wave, limit }: { readonly offboarding: string; readonly wave: number; readonly limit: number },
): Promise<number> {
  const [held] = await transaction.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM offboarding_member WHERE forest_id IN (${FORESTS}) AND wave = $2`,
    [customer, wave],
  );
  if (held !== undefined && held.count > 0) return held.count;
  const taken = await transaction.query(
    `INSERT INTO offboarding_member (forest_id, guid, offboarding_id, wave)
     SELECT i.source_forest, i.source_guid, b.id, $3 FROM offboarding b, ${WAITING}
       AND b.id = $2 AND b.customer = $1 AND b.state = 'running' AND b.approved_at IS NOT NULL
     ORDER BY i.kind = 'group', i.source_forest, i.source_guid LIMIT $4
     ON CONFLICT DO NOTHING RETURNING guid`,
    [customer, offboarding, wave, limit],
  );
  return taken.length;
}

/** SQL: the end of the services of a source object waits for a correction, or for a litigation hold to be lifted (PE401, PE402, PE404). */
function isBlocked(forest: string, guid: string): string {
  return `EXISTS (SELECT FROM object_error x WHERE x.forest_id = ${forest} AND x.guid = ${guid} AND x.code LIKE 'PE4%')`;
}

/** SQL: the identities of the customer whose services end, and that left before a wave would have taken them. */
const ENDING_BEFORE = `deprovisioning d JOIN identity i ON i.id = d.identity_id
  WHERE i.source_forest IN (${FORESTS}) AND d.stage <> 'ended' AND i.state = 'disconnected' AND i.managed_guid IS NOT NULL
    AND NOT EXISTS (SELECT FROM offboarding_member m WHERE m.forest_id = i.source_forest AND m.guid = i.source_guid)`;

/** SQL: where a member `m` stands, with its evaluation `e`, its identity `i` and the end `d` of its services. */
const STANDING = `CASE
  WHEN i.id IS NULL OR i.managed_guid IS NULL THEN 'gone'
  WHEN i.state = 'connected' THEN CASE
    WHEN EXISTS (SELECT FROM planned_change p WHERE p.identity_id = i.id AND p.operation = 'disconnect' AND p.state = 'held') THEN 'held'
    WHEN m.taken_up AND EXISTS (SELECT FROM pin x WHERE x.identity_id = i.id AND x.operation = 'disconnect' AND x.released_at IS NULL) THEN 'refused'
    ELSE 'open' END
  WHEN d.identity_id IS NULL OR d.stage = 'ended' THEN 'kept'
  WHEN ${isBlocked('m.forest_id', 'm.guid')} THEN 'blocked'
  ELSE 'ending' END`;

const MEMBERS = `offboarding_member m JOIN source_object o ON o.forest_id = m.forest_id AND o.guid = m.guid LEFT JOIN identity i ON i.source_forest = m.forest_id AND i.source_guid = m.guid
  LEFT JOIN deprovisioning d ON d.identity_id = i.id WHERE m.forest_id IN (${FORESTS})`;

/** Where the objects of a customer that leaves stand, with those that had left before. Looks at all of them: for its workflow, not for a cycle. */
export async function offboardingCounts(db: Queryable, customer: string): Promise<OffboardingCounts> {
  const rows = await db.query<{ standing: keyof OffboardingCounts; count: number }>(
    `SELECT standing, count(*)::int AS count FROM (SELECT ${STANDING} AS standing FROM ${MEMBERS}) s GROUP BY standing
     UNION ALL SELECT 'waiting', count(*)::int FROM ${WAITING}
     UNION ALL SELECT CASE WHEN ${isBlocked('i.source_forest', 'i.source_guid')} THEN 'blocked' ELSE 'ending' END, count(*)::int FROM ${ENDING_BEFORE} GROUP BY 1`,
    [customer],
  );
  const of = (standing: keyof OffboardingCounts): number =>
    rows.filter((row) => row.standing === standing).reduce((sum, row) => sum + row.count, 0);
  return {
    waiting: of('waiting'),
    open: of('open'),
    held: of('held'),
    refused: of('refused'),
    ending: of('ending'),
    blocked: of('blocked'),
    gone: of('gone'),
    kept: of('kept'),
  };
}

/** How many a wave has taken with whom no cycle has begun yet. */
export async function untaken(db: Queryable, customer: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM offboarding_member WHERE NOT taken_up AND forest_id IN (${FORESTS})`,
    [customer],
  );
  return row?.count ?? 0;
}

/**
 * Ends the waves of an offboarding. Stopped, who was not taken stays in service, and newcomers come in again: the next cycles evaluate
 * all objects anew.
 */
export async function closeWaves(
  transaction: Transaction,
  customer: string,
  offboarding: string,
  state: 'stopped' | 'completed',
): Promise<OffboardingCounts> {
  const counts = await offboardingCounts(transaction, customer);
  await transaction.query(
    `UPDATE offboarding SET result = result || jsonb_build_object('counts', $2::jsonb, 'waves', $3::int) WHERE id = $1 AND state = 'running'`,
    [offboarding, JSON.stringify(counts), await lastWave(transaction, customer)],
  );
  await closeOffboarding(transaction, offboarding, state);
  if (state === 'stopped')
    await transaction.query(`UPDATE forest SET evaluated_with = NULL WHERE id IN (${FORESTS})`, [customer]);
  return counts;
}

/** An object of a customer that has left, or is to leave, and that still has a managed object. */
export interface LeftOver {
  readonly guid: string;
  readonly dn: string;
  readonly kind: string;
  readonly wave: number;
  readonly standing: keyof OffboardingCounts;
  readonly codes: readonly string[];
}

/** The first objects that a wave has taken and that still have a managed object; those that need a person come first. */
export async function leftOver(db: Queryable, customer: string, limit: number): Promise<readonly LeftOver[]> {
  return db.query<LeftOver>(
    `SELECT * FROM (
       SELECT m.guid, o.dn, o.kind, m.wave, ${STANDING} AS standing,
         ARRAY(SELECT DISTINCT x.code FROM object_error x WHERE x.forest_id = m.forest_id AND x.guid = m.guid ORDER BY x.code) AS codes
       FROM ${MEMBERS}) s
     WHERE standing <> 'gone' ORDER BY standing NOT IN ('blocked', 'refused', 'held'), standing = 'kept', dn LIMIT $2`,
    [customer, limit],
  );
}

/** Something that happened to an offboarding, as its workflow counts it. */
export interface OffboardingEvent {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly what: string;
  readonly who: string | null;
}

/** Puts events on record, each once. */
export async function noteOffboarding(
  db: Queryable,
  offboarding: string,
  events: readonly OffboardingEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await db.query(
    `INSERT INTO offboarding_event (offboarding_id, number, at, what, who)
     SELECT $1, r.number, to_timestamp(r.at / 1000.0), r.what, r.who FROM json_to_recordset($2::json) AS r (number integer, at double precision, what text, who text) ON CONFLICT DO NOTHING`,
    [offboarding, JSON.stringify(events)],
  );
}

/** What happened to an offboarding, in order. */
export async function offboardingEvents(
  db: Queryable,
  offboarding: string,
): Promise<readonly { readonly at: Date; readonly what: string; readonly who: string | null }[]> {
  return db.query('SELECT at, what, who FROM offboarding_event WHERE offboarding_id = $1 ORDER BY number', [
    offboarding,
  ]);
}

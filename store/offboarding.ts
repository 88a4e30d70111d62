import {
  CLOCK_STOPPED_BY,
  type OffboardedObjects,
  type OffboardingCounts,
  type OpenWork,
} from '../rules/offboarding.ts';
import type { Queryable, Transaction } from './database.ts';

export type OffboardingWay = 'leave' | 'deprovision';

/** What is in force of a customer, or was. */
export interface Offboarding {
  readonly id: string;
  readonly customer: string;
  readonly way: OffboardingWay;
  readonly state: 'running' | 'stopped' | 'completed';
  readonly operator: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** The customer was brought back then, or another offboarding took its place. */
  readonly liftedAt: Date | null;
  readonly result: OffboardingResult | null;
}

/** What an offboarding found when it began, and how its waves ended. */
export interface OffboardingResult {
  readonly objects: readonly OffboardedObjects[];
  readonly open: OpenWork;
  /** Where its objects stood when its waves ended, and the number of the last wave. */
  readonly counts?: OffboardingCounts;
  readonly waves?: number;
}

const COLUMNS =
  'id, customer, way, state, operator, started_at AS "startedAt", ended_at AS "endedAt", lifted_at AS "liftedAt", result';

/** The last offboarding of a customer; null where there was none. */
export async function lastOffboarding(db: Queryable, customer: string): Promise<Offboarding | null> {
  const [row] = await db.query<Offboarding>(
    `SELECT ${COLUMNS} FROM offboarding WHERE customer = $1 ORDER BY id DESC LIMIT 1`,
    [customer],
  );
  return row ?? null;
}

/** SQL: an offboarding by which no cycle of its customer begins. */
export const NO_CYCLES = "lifted_at IS NULL AND (way = 'leave' OR state = 'completed')";

/** SQL: an offboarding whose first wave waits for an approval. */
export const ASKS = "state = 'running' AND way = 'deprovision' AND approved_at IS NULL AND lifted_at IS NULL";

/** An offboarding that is in force, as monitoring sees it. */
export interface StandingOffboarding extends Offboarding {
  /** No cycle of the customer begins any more; else its objects leave by waves. */
  readonly ended: boolean;
  /** Its first wave waits for an approval. */
  readonly asks: boolean;
}

/** The customers that are offboarded, or leave by waves now, by name. */
export async function standingOffboardings(db: Queryable): Promise<readonly StandingOffboarding[]> {
  return db.query<StandingOffboarding>(
    `SELECT ${COLUMNS}, ${NO_CYCLES} AS ended, ${ASKS} AS asks
     FROM offboarding WHERE lifted_at IS NULL AND state <> 'stopped' ORDER BY customer`,
  );
}

/** Why no cycle of a customer begins, in a sentence for operators; null where they do. */
export async function whyNoCycle(db: Queryable, customer: string): Promise<string | null> {
  const [row] = await db.query<Offboarding>(`SELECT ${COLUMNS} FROM offboarding WHERE customer = $1 AND ${NO_CYCLES}`, [
    customer,
  ]);
  if (row === undefined) return null;
  const day = (row.endedAt ?? row.startedAt).toISOString().slice(0, 10);
  const how =
    row.way === 'leave' ? 'its managed objects were left as they are' : 'its managed objects were deprovisioned';
  return `The customer ${customer} is offboarded since ${day}: ${how}, and nothing of it is synchronized. itasca config apply brings it back.`;
}

/**
 * Begins an offboarding, from which on it is in force. The same run of a workflow opens it once; one that is in force and goes the
 * other way, or has lost its workflow, is lifted.
 *
 * @returns null where the customer is offboarded already
 */
export async function openOffboarding(
  transaction: Transaction,
  customer: string,
  way: OffboardingWay,
  operator: string | null,
  openedBy: string,
): Promise<string | null> {
  const [known] = await transaction.query<{ id: string }>('SELECT id FROM offboarding WHERE opened_by = $1', [
    openedBy,
  ]);
  if (known !== undefined) return known.id;
  const [done] = await transaction.query(
    "SELECT FROM offboarding WHERE customer = $1 AND lifted_at IS NULL AND state = 'completed' FOR UPDATE",
    [customer],
  );
  if (done !== undefined) return null;
  await transaction.query(
    `UPDATE offboarding SET lifted_at = now(), ended_at = coalesce(ended_at, now()), state = CASE state WHEN 'running' THEN 'stopped' ELSE state END
     WHERE customer = $1 AND lifted_at IS NULL`,
    [customer],
  );
  const [row] = await transaction.query<{ id: string }>(
    `INSERT INTO offboarding (customer, way, operator, opened_by, result) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [customer, way, operator, openedBy, JSON.stringify(await foundNow(transaction, customer))],
  );
  if (row === undefined) throw new Error('the offboarding could not be kept');
  return row.id;
}

async function foundNow(db: Queryable, customer: string): Promise<OffboardingResult> {
  return { objects: await managedObjects(db, customer), open: await openWork(db, customer) };
}

/** The managed objects of a customer, by forest and kind. */
export async function managedObjects(db: Queryable, customer: string): Promise<readonly OffboardedObjects[]> {
  return db.query<OffboardedObjects>(
    `SELECT f.name AS forest, i.kind, count(*)::int AS objects, count(*) FILTER (WHERE EXISTS (
       SELECT FROM service s WHERE s.identity_id = i.id AND s.facts IS NOT NULL AND s.state <> 'disconnected'))::int AS served
     FROM identity i JOIN forest f ON f.id = i.source_forest WHERE f.side = 'source' AND f.customer = $1 AND i.managed_guid IS NOT NULL
     GROUP BY f.name, i.kind ORDER BY f.name, i.kind DESC`,
    [customer],
  );
}

/** What of a customer is open. */
export async function openWork(db: Queryable, customer: string): Promise<OpenWork> {
  const [row] = await db.query<OpenWork>(
    `WITH mine AS (SELECT id FROM forest WHERE side = 'source' AND customer = $1)
     SELECT (SELECT count(*)::int FROM hold h JOIN run r ON r.id = h.run_id WHERE h.state = 'open' AND r.forest_id IN (SELECT id FROM mine)) AS lists,
       (SELECT count(*)::int FROM deprovisioning d JOIN identity i ON i.id = d.identity_id WHERE d.stage <> 'ended' AND i.source_forest IN (SELECT id FROM mine)) AS ends,
       (SELECT count(*)::int FROM service s JOIN identity i ON i.id = s.identity_id WHERE s.state = 'blocked' AND i.source_forest IN (SELECT id FROM mine)) AS corrections,
       (SELECT count(*)::int FROM reconnection n WHERE n.state = 'open' AND n.forest_id IN (SELECT id FROM mine))
         + (SELECT count(*)::int FROM join_review j WHERE j.state = 'open' AND j.forest_id IN (SELECT id FROM mine)) AS cases,
       (SELECT count(*)::int FROM onboarding o WHERE o.state = 'running' AND o.forest_id IN (SELECT id FROM mine)) AS onboardings`,
    [customer],
  );
  return row ?? { lists: 0, ends: 0, corrections: 0, cases: 0, onboardings: 0 };
}

/** The lists of a customer that nobody waits for any more: their workflows have ended. */
export async function abandonedHolds(db: Queryable, customer: string): Promise<readonly string[]> {
  const rows = await db.query<{ id: string }>(
    `SELECT h.id FROM hold h JOIN run r ON r.id = h.run_id WHERE r.customer = $1 AND (h.state = 'open' OR h.state = 'approved' AND EXISTS (
       SELECT FROM planned_change p WHERE p.hold_id = h.id AND p.state = 'held'))`,
    [customer],
  );
  return rows.map(({ id }) => id);
}

/** Whether a cycle of a customer holds one of its forests, or says that it does. */
export async function forestHolders(
  db: Queryable,
  customer: string,
): Promise<readonly { readonly workflowId: string; readonly workflowRun: string }[]> {
  return db.query(
    `SELECT l.workflow_id AS "workflowId", l.workflow_run AS "workflowRun" FROM forest_lock l JOIN forest f ON f.id = l.forest_id
     WHERE f.side = 'source' AND f.customer = $1 AND l.workflow_id IS NOT NULL`,
    [customer],
  );
}

/** Stops the clocks of all ends of a customer that still run: what is under way stays as it is. */
export async function stopClocks(db: Queryable, customer: string): Promise<void> {
  await db.query(
    `UPDATE deprovisioning d SET delayed_at = now(), delayed_by = $2 FROM identity i JOIN forest f ON f.id = i.source_forest
     WHERE i.id = d.identity_id AND f.customer = $1 AND d.stage <> 'ended' AND d.delayed_at IS NULL`,
    [customer, CLOCK_STOPPED_BY],
  );
}

/** Has the waves of an offboarding begin. @returns false where none of that number of the customer waits for it */
export async function approveWaves(db: Queryable, customer: string, id: string): Promise<boolean> {
  const rows = await db.query(
    "UPDATE offboarding SET approved_at = coalesce(approved_at, now()) WHERE id = $2 AND customer = $1 AND way = 'deprovision' AND state = 'running' RETURNING id",
    [customer, id],
  );
  return rows.length > 0;
}

/** Ends an offboarding. What it found when it began stays on record. */
export async function closeOffboarding(db: Queryable, id: string, state: 'stopped' | 'completed'): Promise<void> {
  await db.query("UPDATE offboarding SET state = $2, ended_at = now() WHERE id = $1 AND state = 'running'", [
    id,
    state,
  ]);
}

/**
 * Brings a customer back whose offboarding has ended: clocks go on where they stopped, and the next whole cycle looks after
 * what was under way.
 *
 * @returns whether it was offboarded
 */
export async function bringBack(transaction: Transaction, customer: string): Promise<boolean> {
  const lifted = await transaction.query(
    "UPDATE offboarding SET lifted_at = now() WHERE customer = $1 AND lifted_at IS NULL AND state <> 'running' RETURNING id",
    [customer],
  );
  if (lifted.length === 0) return false;
  await transaction.query(
    "DELETE FROM offboarding_member WHERE forest_id IN (SELECT id FROM forest WHERE side = 'source' AND customer = $1)",
    [customer],
  );
  await transaction.query(
    `UPDATE deprovisioning d SET told = false, delayed_at = NULL, delayed_by = NULL,
       grace_until = grace_until + (now() - delayed_at), retention_until = retention_until + (now() - delayed_at)
     FROM identity i JOIN forest f ON f.id = i.source_forest WHERE i.id = d.identity_id AND f.customer = $1 AND d.stage <> 'ended' AND d.delayed_by = $2`,
    [customer, CLOCK_STOPPED_BY],
  );
  return true;
}

import type { WarningCode } from '../rules/forest-warnings.ts';
import type { Queryable } from './database.ts';
import type { RunOutcome, RunProfile } from './runs.ts';

/** How many there are of what a customer has. */
export interface ReportTotals {
  readonly users: number;
  readonly contacts: number;
  readonly groups: number;
  readonly mailboxes: number;
  readonly voice: number;
  /** Services that wait for their workflow or are in its hands, and services that wait for a correction. */
  readonly servicesOpen: number;
  readonly servicesBlocked: number;
  /** Objects with at least one error. */
  readonly inError: number;
  /** Objects whose services end. */
  readonly ending: number;
  /** Lists, joins and reconnections that wait for somebody's answer. */
  readonly waiting: number;
}

/** What a customer has now. Counts all of its identities. */
export async function reportTotals(db: Queryable, customer: string): Promise<ReportTotals> {
  const [row] = await db.query<ReportTotals>(
    `SELECT i.*, s.*, e.objects AS "inError", d.ending, h.lists + j.joins + r.cases AS waiting FROM (
       SELECT count(*) FILTER (WHERE kind = 'user')::int AS users, count(*) FILTER (WHERE kind = 'contact')::int AS contacts,
              count(*) FILTER (WHERE kind = 'group')::int AS groups FROM identity WHERE customer = $1 AND state = 'connected' AND managed_guid IS NOT NULL
     ) i, (
       SELECT count(*) FILTER (WHERE s.service = 'mail' AND s.state = 'provisioned')::int AS mailboxes, count(*) FILTER (WHERE s.service = 'voice' AND s.state = 'provisioned')::int AS voice,
              count(*) FILTER (WHERE s.state IN ('wanted', 'provisioning'))::int AS "servicesOpen", count(*) FILTER (WHERE s.state = 'blocked')::int AS "servicesBlocked"
       FROM service s JOIN identity i ON i.id = s.identity_id WHERE i.customer = $1
     ) s, (
       SELECT count(DISTINCT (e.forest_id, e.guid))::int AS objects FROM object_error e JOIN forest f ON f.id = e.forest_id WHERE f.side = 'source' AND f.customer = $1
     ) e, (
       SELECT count(*)::int AS ending FROM deprovisioning d JOIN identity i ON i.id = d.identity_id WHERE i.customer = $1 AND d.stage <> 'ended'
     ) d, (
       SELECT count(*)::int AS lists FROM hold h JOIN run r ON r.id = h.run_id WHERE h.state = 'open' AND r.customer = $1
     ) h, (
       SELECT count(*)::int AS joins FROM join_review j JOIN forest f ON f.id = j.forest_id WHERE j.state = 'open' AND f.customer = $1
     ) j, (
       SELECT count(*)::int AS cases FROM reconnection c JOIN forest f ON f.id = c.forest_id WHERE c.state = 'open' AND f.customer = $1
     ) r`,
    [customer],
  );
  if (row === undefined) throw new Error('nothing could be counted');
  return row;
}

/** Something that is wrong with reading a domain. */
export interface ReportedWarning {
  readonly forest: string;
  readonly namingContext: string;
  readonly code: WarningCode;
  readonly attribute: string;
  readonly since: Date;
}

export async function reportedWarnings(db: Queryable, customer: string): Promise<readonly ReportedWarning[]> {
  return db.query<ReportedWarning>(
    `SELECT f.name AS forest, w.naming_context AS "namingContext", w.code, w.attribute, w.first_seen AS since
     FROM forest_warning w JOIN forest f ON f.id = w.forest_id WHERE f.side = 'source' AND f.customer = $1 ORDER BY w.first_seen, w.code, w.attribute`,
    [customer],
  );
}

/** A domain that can not be read, or of which what is gone is not believed to be. */
export interface ReportedDomain {
  readonly forest: string;
  readonly namingContext: string;
  readonly readAt: Date | null;
  readonly staleSince: Date | null;
  readonly doubted: boolean;
}

export async function troubledDomains(db: Queryable, customer: string): Promise<readonly ReportedDomain[]> {
  return db.query<ReportedDomain>(
    `SELECT f.name AS forest, d.naming_context AS "namingContext", d.read_at AS "readAt", d.stale_since AS "staleSince", d.doubt IS NOT NULL AS doubted
     FROM source_domain d JOIN forest f ON f.id = d.forest_id WHERE f.customer = $1 AND (d.stale_since IS NOT NULL OR d.doubt IS NOT NULL) ORDER BY 1, 2`,
    [customer],
  );
}

/** A time that a report is about: cycles that began within it, or a single one. */
export type Period = { readonly from: Date; readonly to: Date } | { readonly run: string };

/** SQL: the cycles of a customer in a period. */
const WITHIN = `r.customer = $1 AND r.profile <> 'preview' AND ($2::bigint IS NULL OR r.id = $2) AND r.started_at >= coalesce($3, '-infinity'::timestamptz) AND r.started_at < coalesce($4, 'infinity'::timestamptz)`;

function within(customer: string, period: Period): readonly unknown[] {
  return 'run' in period ? [customer, period.run, null, null] : [customer, null, period.from, period.to];
}

/** A cycle of the time that a report is about, with what it has counted; null what it did not come to. */
export interface ReportedCycle {
  readonly run: string;
  readonly forest: string;
  readonly profile: RunProfile;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly outcome: RunOutcome | null;
  readonly read: number | null;
  readonly changed: number | null;
  /** Changes that the Managed Forest showed afterwards. */
  readonly confirmed: number | null;
  readonly provisioned: number | null;
  readonly errors: number | null;
}

const COUNTS = ['read', 'changed', 'confirmed', 'provisioned', 'errors']
  .map((name) => `(r.counts ->> '${name}')::int AS ${name}`)
  .join(', ');
const CYCLE = `SELECT r.id AS run, f.name AS forest, r.profile, r.started_at AS "startedAt", r.ended_at AS "endedAt", r.outcome, ${COUNTS}
  FROM run r JOIN forest f ON f.id = r.forest_id`;

/** The cycles of a time, page by page, the oldest first. */
export async function* reportedCycles(
  db: Queryable,
  customer: string,
  period: Period,
  pageSize: number,
): AsyncGenerator<readonly ReportedCycle[], undefined> {
  for (let after = '0'; ;) {
    const page = await db.query<ReportedCycle>(`${CYCLE} WHERE ${WITHIN} AND r.id > $5 ORDER BY r.id LIMIT $6`, [
      ...within(customer, period),
      after,
      pageSize,
    ]);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.run;
  }
}

/** The cycles of a time that changed something or did not come to their end, the newest first, up to so many. */
export async function notableCycles(
  db: Queryable,
  customer: string,
  period: Period,
  limit: number,
): Promise<readonly ReportedCycle[]> {
  return db.query<ReportedCycle>(
    `${CYCLE} WHERE ${WITHIN} AND (r.outcome IS DISTINCT FROM 'completed' OR (r.counts ->> 'confirmed')::int > 0 OR $2::bigint IS NOT NULL) ORDER BY r.id DESC LIMIT $5`,
    [...within(customer, period), limit],
  );
}

/** How many cycles a time has, and what came of them. */
export interface CycleTotals {
  readonly cycles: number;
  readonly completed: number;
  readonly failed: number;
  readonly confirmed: number;
  readonly provisioned: number;
}

export async function cycleTotals(db: Queryable, customer: string, period: Period): Promise<CycleTotals> {
  const [row] = await db.query<CycleTotals>(
    `SELECT count(*)::int AS cycles, count(*) FILTER (WHERE outcome = 'completed')::int AS completed, count(*) FILTER (WHERE outcome = 'failed')::int AS failed,
       coalesce(sum((counts ->> 'confirmed')::int), 0)::int AS confirmed, coalesce(sum((counts ->> 'provisioned')::int), 0)::int AS provisioned FROM run r WHERE ${WITHIN}`,
    [...within(customer, period)],
  );
  if (row === undefined) throw new Error('nothing could be counted');
  return row;
}

/** One day of the charts; null what no cycle has told. */
export interface TrendDay {
  /** The day, such as 2026-11-22, in the time zone of the report. */
  readonly day: string;
  /** Errors that the last cycle of the day counted, over all forests; a forest without a cycle on a day stands as before. */
  readonly errors: number | null;
  /** Changes that the cycles of the day wrote and saw confirmed. */
  readonly confirmed: number | null;
  readonly provisioned: number | null;
}

/** The days up to one, of so many, as the cycles of these days have counted. */
export async function reportTrend(
  db: Queryable,
  customer: string,
  lastDay: string,
  days: number,
  timeZone: string,
): Promise<readonly TrendDay[]> {
  return db.query<TrendDay>(
    `WITH day AS (
       SELECT d::date AS day, d AT TIME ZONE $4 AS begins
       FROM generate_series($2::date::timestamp - ($3::int - 1) * interval '1 day', $2::date::timestamp, interval '1 day') d
     ), ran AS (
       SELECT r.id, r.forest_id, (r.started_at AT TIME ZONE $4)::date AS day, (r.counts ->> 'errors')::int AS errors, (r.counts ->> 'confirmed')::int AS confirmed,
         (r.counts ->> 'provisioned')::int AS provisioned
       FROM run r WHERE r.customer = $1 AND r.started_at >= (SELECT min(begins) FROM day)
     ), stood AS (
       SELECT DISTINCT ON (forest_id, day) forest_id, day, errors FROM ran WHERE errors IS NOT NULL ORDER BY forest_id, day, id DESC
     ), before AS (
       SELECT f.id AS forest_id, l.errors FROM forest f CROSS JOIN LATERAL (
         SELECT (r.counts ->> 'errors')::int AS errors FROM run r
         WHERE r.forest_id = f.id AND r.started_at < (SELECT min(begins) FROM day) AND r.counts ? 'errors' ORDER BY r.id DESC LIMIT 1
       ) l WHERE f.side = 'source' AND f.customer = $1
     )
     SELECT to_char(day.day, 'YYYY-MM-DD') AS day, (SELECT sum(confirmed)::int FROM ran WHERE ran.day = day.day) AS confirmed,
       (SELECT sum(provisioned)::int FROM ran WHERE ran.day = day.day) AS provisioned, (
         SELECT sum(coalesce((SELECT s.errors FROM stood s WHERE s.forest_id = f.id AND s.day <= day.day ORDER BY s.day DESC LIMIT 1), b.errors))::int
         FROM forest f LEFT JOIN before b ON b.forest_id = f.id WHERE f.side = 'source' AND f.customer = $1
       ) AS errors
     FROM day ORDER BY day.day`,
    [customer, lastDay, days, timeZone],
  );
}

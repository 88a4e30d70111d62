import type { ErrorCode } from '../rules/error-catalogue.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Ending } from '../rules/transitions.ts';
import type { Queryable } from './database.ts';
import type { ReviewCandidate } from './join-reviews.ts';
import { NAMED, type ReportedObject } from './report-errors.ts';

/** An object whose services end: at the deadline they are taken off, or what was taken off ends for good. */
export interface ReportedEnding extends ReportedObject {
  readonly identity: string;
  readonly forest: string;
  readonly kind: ObjectKind;
  readonly stage: 'grace' | 'hold' | 'retention';
  readonly ending: Ending | null;
  /** Null where nobody knows when: a litigation hold is in the way, or somebody has stopped the clock. */
  readonly deadline: Date | null;
  readonly delayedBy: string | null;
}

/** SQL: the ends of a customer's services; the second parameter is the grace time in milliseconds, for those that do not know theirs yet. */
const ENDINGS = `SELECT i.id AS identity, f.name AS forest, i.kind, ${NAMED}, d.stage, d.delayed_by AS "delayedBy",
    coalesce(d.ending, CASE WHEN o.tombstone_at IS NOT NULL THEN 'deleted' ELSE e.ending END) AS ending,
    CASE WHEN d.delayed_at IS NOT NULL THEN NULL WHEN d.stage = 'grace' THEN coalesce(d.grace_until, d.began_at + $2::float8 * interval '1 millisecond')
      WHEN d.stage = 'retention' THEN d.retention_until END AS deadline
  FROM deprovisioning d JOIN identity i ON i.id = d.identity_id JOIN forest f ON f.id = i.source_forest
  JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
  LEFT JOIN evaluation e ON e.forest_id = o.forest_id AND e.guid = o.guid WHERE i.customer = $1 AND d.stage <> 'ended'`;

/** Services that end within a time, the nearest first, up to so many; those that nobody knows the end of come last. */
export async function nextEndings(
  db: Queryable,
  customer: string,
  graceMs: number,
  withinMs: number,
  limit: number,
): Promise<readonly ReportedEnding[]> {
  return db.query<ReportedEnding>(
    `SELECT * FROM (${ENDINGS}) s WHERE deadline IS NULL OR deadline <= now() + $3::float8 * interval '1 millisecond' ORDER BY deadline, dn LIMIT $4`,
    [customer, graceMs, withinMs, limit],
  );
}

/** All services of a customer that end, page by page. */
export async function* reportedEndings(
  db: Queryable,
  customer: string,
  graceMs: number,
  pageSize: number,
): AsyncGenerator<readonly ReportedEnding[], undefined> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const page = await db.query<ReportedEnding>(`${ENDINGS} AND i.id > $3 ORDER BY i.id LIMIT $4`, [
      customer,
      graceMs,
      after,
      pageSize,
    ]);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.identity;
  }
}

/** A source object that waits for an answer: whether a managed object is its, or whether it is somebody who has services. */
export interface ReportedCase extends ReportedObject {
  readonly what: 'join' | 'reconnection';
  readonly forest: string;
  readonly guid: string;
  readonly code: ErrorCode | null;
  readonly candidates: readonly Pick<ReviewCandidate, 'dn' | 'rule'>[];
  readonly since: Date;
}

/** SQL: what waits for an answer. The candidates of a reconnection are the source objects that had the services. */
const CASES = `SELECT 'join' AS what, f.name AS forest, j.forest_id, j.guid, ${NAMED}, NULL AS code, j.candidates, j.opened_at AS since
    FROM join_review j JOIN forest f ON f.id = j.forest_id JOIN source_object o USING (forest_id, guid) WHERE j.state = 'open' AND f.customer = $1
  UNION ALL
  SELECT 'reconnection', f.name, c.forest_id, c.guid, ${NAMED}, c.code, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('dn', k -> 'source' ->> 'dn', 'rule', (SELECT string_agg(r, ', ') FROM jsonb_array_elements_text(k -> 'rules') r))), '[]')
      FROM jsonb_array_elements(c.candidates) k WHERE k -> 'source' ->> 'dn' IS NOT NULL), c.opened_at
    FROM reconnection c JOIN forest f ON f.id = c.forest_id JOIN source_object o USING (forest_id, guid) WHERE c.state = 'open' AND f.customer = $1`;

/** What waits for an answer the longest, up to so many. */
export async function oldestCases(db: Queryable, customer: string, limit: number): Promise<readonly ReportedCase[]> {
  return db.query<ReportedCase>(`SELECT * FROM (${CASES}) s ORDER BY since, what, guid LIMIT $2`, [customer, limit]);
}

/** Everything that waits for an answer, page by page. */
export async function* reportedCases(
  db: Queryable,
  customer: string,
  pageSize: number,
): AsyncGenerator<readonly ReportedCase[], undefined> {
  let after: readonly (string | number)[] = ['', 0, '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const page = await db.query<ReportedCase & { readonly forest_id: number }>(
      `SELECT * FROM (${CASES}) s WHERE (what, forest_id, guid) > ($2, $3::smallint, $4::uuid) ORDER BY what, forest_id, guid LIMIT $5`,
      [customer, ...after, pageSize],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = [last.what, last.forest_id, last.guid];
  }
}

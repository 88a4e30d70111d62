import type { ErrorCode } from '../rules/error-catalogue.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable } from './database.ts';

/** An object as a report names it. */
export interface ReportedObject {
  readonly dn: string;
  readonly displayName: string | null;
  readonly mail: string | null;
}

/** An object in error, as a report lists it. */
export interface ReportedError extends ReportedObject {
  readonly code: ErrorCode;
  readonly forest: string;
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly attribute: string;
  readonly details: string;
  /** The other object where two conflict; never one of another customer. */
  readonly other: ReportedObject | null;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly count: number;
}

/** SQL: how an object of the row `o` is named. */
export const NAMED = `o.dn, o.attributes #>> '{displayName,0}' AS "displayName", o.attributes #>> '{mail,0}' AS mail`;

/** SQL: errors of the rows `e`, with their objects. The other object is left out where it is not the customer's own. */
const DESCRIBED = `e.code, f.name AS forest, e.forest_id, e.guid, o.kind, ${NAMED},
    e.attribute, e.details, e.first_seen AS "firstSeen", e.last_seen AS "lastSeen", e.count,
    CASE WHEN x.guid IS NOT NULL THEN jsonb_build_object('dn', x.dn, 'displayName', x.attributes #>> '{displayName,0}', 'mail', x.attributes #>> '{mail,0}') END AS other
  FROM e JOIN forest f ON f.id = e.forest_id JOIN source_object o ON o.forest_id = e.forest_id AND o.guid = e.guid
  LEFT JOIN forest xf ON xf.id = e.other_forest AND xf.customer = f.customer AND xf.side = 'source'
  LEFT JOIN source_object x ON x.forest_id = xf.id AND x.guid = e.other_guid`;

/** SQL: the errors of a customer's objects. */
const OWN = `SELECT e.* FROM object_error e JOIN forest f ON f.id = e.forest_id AND f.side = 'source' AND f.customer = $1`;

/** All errors of a customer's objects, page by page. */
export async function* reportedErrors(
  db: Queryable,
  customer: string,
  pageSize: number,
): AsyncGenerator<readonly ReportedError[], undefined> {
  let after: readonly (string | number)[] = [0, '00000000-0000-0000-0000-000000000000', '', ''];
  for (;;) {
    const page = await db.query<ReportedError & { readonly forest_id: number }>(
      `WITH e AS (${OWN} WHERE (e.forest_id, e.guid, e.code, e.attribute) > ($2::smallint, $3::uuid, $4, $5)
         ORDER BY e.forest_id, e.guid, e.code, e.attribute LIMIT $6)
       SELECT ${DESCRIBED} ORDER BY e.forest_id, e.guid, e.code, e.attribute`,
      [customer, ...after, pageSize],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = [last.forest_id, last.guid, last.code, last.attribute];
  }
}

/** The errors of each code that have lasted longest, up to so many of each. */
export async function errorsByCode(
  db: Queryable,
  customer: string,
  perCode: number,
): Promise<readonly ReportedError[]> {
  return db.query<ReportedError>(
    `WITH e AS (SELECT * FROM (
         SELECT s.*, row_number() OVER (PARTITION BY code ORDER BY first_seen, forest_id, guid, attribute) AS place FROM (${OWN}) s
       ) r WHERE place <= $2)
     SELECT ${DESCRIBED} ORDER BY e.code, e.place`,
    [customer, perCode],
  );
}

/** The errors that have lasted longest; of conflicts only, where that is asked for. */
export async function longestErrors(
  db: Queryable,
  customer: string,
  limit: number,
  which: 'all' | 'conflicts' = 'all',
): Promise<readonly ReportedError[]> {
  const conflicts = `WHERE EXISTS (SELECT FROM forest xf WHERE xf.id = e.other_forest AND xf.customer = $1 AND xf.side = 'source')`;
  return db.query<ReportedError>(
    `WITH e AS (${OWN} ${which === 'conflicts' ? conflicts : ''} ORDER BY e.first_seen, e.code, e.forest_id, e.guid LIMIT $2)
     SELECT ${DESCRIBED} ORDER BY e.first_seen, e.code, e.forest_id, e.guid`,
    [customer, limit],
  );
}

/** How many objects of a customer have errors of a code, and since when at least one of them has. */
export interface CodeTotal {
  readonly code: ErrorCode;
  readonly objects: number;
  readonly since: Date;
}

export async function errorTotals(db: Queryable, customer: string): Promise<readonly CodeTotal[]> {
  return db.query<CodeTotal>(
    `SELECT e.code, count(DISTINCT (e.forest_id, e.guid))::int AS objects, min(e.first_seen) AS since
     FROM object_error e JOIN forest f ON f.id = e.forest_id AND f.side = 'source' AND f.customer = $1 GROUP BY e.code ORDER BY e.code`,
    [customer],
  );
}

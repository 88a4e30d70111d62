import type { ErrorCode, ObjectError } from '../rules/error-catalogue.ts';
import type { Queryable } from './database.ts';
import type { OtherSource } from '../rules/join.ts';
import type { ForestId } from './forests.ts';

/** The stage that found an error. Only the same stage clears it, when it no longer finds it. */
export type ErrorFinder =
  'rule' | 'claim' | 'write' | 'link' | 'service' | 'voice' | 'kind' | 'join' | 'reconnect' | 'confirm';

export interface FoundError extends ObjectError {
  /** objectGUID of the source object. */
  readonly guid: string;
}

/**
 * Makes the errors of these objects, as far as one finder is concerned, what it has found now: new ones are added, known
 * ones counted, the others are gone.
 */
export async function replaceErrors(
  db: Queryable,
  forest: ForestId,
  finder: ErrorFinder,
  guids: readonly string[],
  found: readonly FoundError[],
): Promise<void> {
  const unique = new Map(found.map((error) => [`${error.guid} ${error.code} ${error.attribute}`, error]));
  const rows = JSON.stringify(
    [...unique.values()].map(({ guid, code, attribute, details }) => ({ guid, code, attribute, details })),
  );
  await db.query(
    `WITH found AS (
       SELECT * FROM json_to_recordset($4::json) AS r (guid uuid, code text, attribute text, details text)
     ), cleared AS (
       DELETE FROM object_error o WHERE o.forest_id = $1 AND o.guid = ANY($3) AND o.finder = $2
         AND NOT EXISTS (SELECT FROM found f WHERE f.guid = o.guid AND f.code = o.code AND f.attribute = o.attribute)
     )
     INSERT INTO object_error AS o (forest_id, guid, code, attribute, details, finder)
     SELECT $1, guid, code, attribute, details, $2 FROM found
     ON CONFLICT (forest_id, guid, code, attribute) DO UPDATE SET details = excluded.details, finder = excluded.finder, last_seen = now(), count = o.count + 1`,
    [forest, finder, guids, rows],
  );
}

/** An error of an object as a whole that another one has to do with. */
export interface ConflictError extends FoundError {
  readonly other: OtherSource | null;
}

/** Records why these objects are neither joined, reconnected nor created, each with one error; known errors are counted. */
export async function recordConflictErrors(
  db: Queryable,
  forest: ForestId,
  finder: 'join' | 'reconnect',
  errors: readonly ConflictError[],
): Promise<void> {
  const rows = errors.map(({ guid, code, details, other }) => ({
    guid,
    code,
    details,
    other_forest: other?.forest ?? null,
    other_guid: other?.guid ?? null,
  }));
  await db.query(
    `WITH found AS (
       SELECT * FROM json_to_recordset($2::json) AS r (guid uuid, code text, details text, other_forest smallint, other_guid uuid)
     ), cleared AS (
       DELETE FROM object_error e USING found f WHERE e.forest_id = $1 AND e.guid = f.guid AND e.finder = $3 AND e.code <> f.code
     )
     INSERT INTO object_error AS e (forest_id, guid, code, details, other_forest, other_guid, finder)
     SELECT $1, guid, code, details, other_forest, other_guid, $3 FROM found
     ON CONFLICT (forest_id, guid, code, attribute) DO UPDATE SET details = excluded.details, other_forest = excluded.other_forest,
       other_guid = excluded.other_guid, last_seen = now(), count = e.count + 1`,
    [forest, JSON.stringify(rows), finder],
  );
}

/** An error as an operator sees it. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly dn: string;
  readonly attribute: string;
  readonly details: string;
  /** DN of the other object where two conflict. */
  readonly otherDn: string | null;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly count: number;
}

const REPORTS = `SELECT e.code, o.dn, e.attribute, e.details, x.dn AS "otherDn", e.first_seen AS "firstSeen", e.last_seen AS "lastSeen", e.count
  FROM object_error e JOIN source_object o USING (forest_id, guid)
  LEFT JOIN source_object x ON x.forest_id = e.other_forest AND x.guid = e.other_guid`;

/** The errors of a forest's objects, by code and object; of one code where that is given. */
export async function listErrors(
  db: Queryable,
  forest: ForestId,
  limit: number,
  code?: ErrorCode,
): Promise<readonly ErrorReport[]> {
  return db.query<ErrorReport>(
    `${REPORTS} WHERE e.forest_id = $1 AND ($3::text IS NULL OR e.code = $3) ORDER BY e.code, o.dn, e.attribute LIMIT $2`,
    [forest, limit, code ?? null],
  );
}

/** The errors of one object. */
export async function listErrorsOf(db: Queryable, forest: ForestId, guid: string): Promise<readonly ErrorReport[]> {
  return db.query<ErrorReport>(`${REPORTS} WHERE e.forest_id = $1 AND e.guid = $2 ORDER BY e.code, e.attribute`, [
    forest,
    guid,
  ]);
}

/** How many objects of a forest are in error, by code. */
export async function countErrors(
  db: Queryable,
  forest: ForestId,
): Promise<readonly { readonly code: ErrorCode; readonly objects: number }[]> {
  return db.query<{ code: ErrorCode; objects: number }>(
    'SELECT code, count(DISTINCT guid)::int AS objects FROM object_error WHERE forest_id = $1 GROUP BY code ORDER BY code',
    [forest],
  );
}

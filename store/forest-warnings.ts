import type { WarningCode } from '../rules/forest-warnings.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

/** Something that is wrong with reading a domain. */
export interface ForestWarning {
  readonly code: WarningCode;
  /** The attribute that it is about; empty when it is about the domain. */
  readonly attribute: string;
  readonly details: Readonly<Record<string, string | number>>;
}

export interface StandingWarning extends ForestWarning {
  readonly namingContext: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly count: number;
}

/** Makes the warnings of a naming context those that were found now: others have cleared themselves. */
export async function settleWarnings(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  found: readonly ForestWarning[],
): Promise<void> {
  const values = [forest, namingContext.toLowerCase(), JSON.stringify(found)];
  await db.query(
    `WITH found AS (SELECT code, attribute, details FROM json_to_recordset($3::json) AS r (code text, attribute text, details jsonb)),
     gone AS (
       DELETE FROM forest_warning w WHERE w.forest_id = $1 AND w.naming_context = $2
         AND NOT EXISTS (SELECT FROM found f WHERE f.code = w.code AND f.attribute = w.attribute)
     )
     INSERT INTO forest_warning AS w (forest_id, naming_context, code, attribute, details)
     SELECT $1, $2, code, attribute, details FROM found
     ON CONFLICT (forest_id, naming_context, code, attribute) DO UPDATE
     SET details = excluded.details, last_seen = now(), count = w.count + 1`,
    values,
  );
}

/** The warnings that stand, of one naming context or of all, the oldest first. */
export async function standingWarnings(
  db: Queryable,
  forest: ForestId,
  namingContext?: string,
): Promise<readonly StandingWarning[]> {
  return db.query<StandingWarning>(
    `SELECT code, attribute, details, naming_context AS "namingContext", first_seen AS "firstSeen", last_seen AS "lastSeen", count
     FROM forest_warning WHERE forest_id = $1 AND naming_context = coalesce($2, naming_context) ORDER BY first_seen, code, attribute`,
    [forest, namingContext?.toLowerCase() ?? null],
  );
}

import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { RunId } from './runs.ts';

/** An organizational unit or container of a Customer Forest. */
export interface Container {
  readonly guid: string;
  readonly dn: string;
}

/**
 * Stages containers as read. Where one is elsewhere, or called otherwise, than when it was last read, the DNs of all that
 * is below it follow, and those objects are marked for evaluation: the directory reports only the container itself.
 */
export async function stageContainers(
  transaction: Transaction,
  forest: ForestId,
  run: RunId,
  namingContext: string,
  containers: readonly Container[],
): Promise<void> {
  if (containers.length === 0) return;
  // The outer ones first: a move of an outer container gives the inner ones their new place.
  for (const { guid, dn } of [...containers].sort((one, other) => one.dn.length - other.dn.length)) {
    const [known] = await transaction.query<{ dn: string }>(
      'SELECT dn FROM source_container WHERE forest_id = $1 AND guid = $2',
      [forest, guid],
    );
    if (known !== undefined && known.dn !== dn) await moveBelow(transaction, forest, run, known.dn, dn);
  }
  await transaction.query(
    `INSERT INTO source_container (forest_id, guid, naming_context, dn, last_read)
     SELECT $1, guid, $3, dn, $2 FROM json_to_recordset($4::json) AS r (guid uuid, dn text)
     ON CONFLICT (forest_id, guid) DO UPDATE SET naming_context = excluded.naming_context, dn = excluded.dn, last_read = excluded.last_read`,
    [forest, run, namingContext.toLowerCase(), JSON.stringify(containers)],
  );
}

async function moveBelow(
  transaction: Transaction,
  forest: ForestId,
  run: RunId,
  from: string,
  to: string,
): Promise<void> {
  const values = [forest, `,${from}`, `,${to}`];
  // An empty hash equals none: the next whole read looks at the object again.
  await transaction.query(
    `WITH moved AS (
       UPDATE source_object SET dn = left(dn, -length($2)) || $3, hash = '', dirty = true
       WHERE forest_id = $1 AND lower(right(dn, length($2))) = lower($2) AND tombstone_at IS NULL RETURNING guid, dn
     )
     INSERT INTO source_change (forest_id, guid, run_id, attribute, before, after)
     SELECT $1, guid, $4, 'distinguishedName', jsonb_build_array(left(dn, -length($3)) || $2), jsonb_build_array(dn) FROM moved`,
    [...values, run],
  );
  await transaction.query(
    'UPDATE source_container SET dn = left(dn, -length($2)) || $3 WHERE forest_id = $1 AND lower(right(dn, length($2))) = lower($2)',
    values,
  );
}

/** Forgets containers that were deleted, or, after a whole read of a naming context, that it did not hold. */
export async function forgetContainers(
  db: Queryable,
  forest: ForestId,
  gone: { readonly guids: readonly string[] } | { readonly namingContext: string; readonly notReadBy: RunId },
): Promise<void> {
  if ('guids' in gone)
    await db.query('DELETE FROM source_container WHERE forest_id = $1 AND guid = ANY($2)', [forest, gone.guids]);
  else
    await db.query('DELETE FROM source_container WHERE forest_id = $1 AND naming_context = $2 AND last_read <> $3', [
      forest,
      gone.namingContext.toLowerCase(),
      gone.notReadBy,
    ]);
}

/**
 * The DNs that the organizational units of a scope have now. A unit is found by the configured DN once and from then on by
 * its objectGUID; one that was never found, such as a domain's head, keeps the configured DN.
 */
export async function currentUnits(
  transaction: Transaction,
  forest: ForestId,
  configured: readonly string[],
): Promise<readonly string[]> {
  await transaction.query(
    `INSERT INTO scope_unit (forest_id, configured, guid)
     SELECT $1, lower(u.dn), c.guid FROM unnest($2::text[]) AS u (dn)
     JOIN source_container c ON c.forest_id = $1 AND lower(c.dn) = lower(u.dn) ON CONFLICT DO NOTHING`,
    [forest, configured],
  );
  return knownUnits(transaction, forest, configured);
}

/** The same by what is known already, for who only looks: a DN that was never looked for is taken as it stands. */
export async function knownUnits(
  db: Queryable,
  forest: ForestId,
  configured: readonly string[],
): Promise<readonly string[]> {
  const rows = await db.query<{ dn: string }>(
    `SELECT coalesce(c.dn, u.dn) AS dn FROM unnest($2::text[]) WITH ORDINALITY AS u (dn, position)
     LEFT JOIN scope_unit s ON s.forest_id = $1 AND s.configured = lower(u.dn)
     LEFT JOIN source_container c ON c.forest_id = $1 AND c.guid = s.guid ORDER BY u.position`,
    [forest, configured],
  );
  return rows.map((row) => row.dn);
}

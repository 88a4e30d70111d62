import { lineFault, type MapFacts, type MapLine } from '../rules/migration-map.ts';
import type { Database, Queryable, Transaction } from './database.ts';
import { approvePairs, type NamedPair } from './reconnection-cases.ts';

/** Keeps a map that an operator has given. @returns its number */
export async function giveMap(database: Database, customer: string, lines: readonly MapLine[]): Promise<string> {
  return database.transaction(async (transaction) => {
    const [map] = await transaction.query<{ id: string }>(
      'INSERT INTO migration_map (customer) VALUES ($1) RETURNING id',
      [customer],
    );
    if (map === undefined) throw new Error('the map could not be kept');
    await transaction.copy(
      'migration_map_line',
      ['map_id', 'line', 'old', 'new'],
      lines.map(({ line, old, new: next }) => [map.id, String(line), old, next]),
    );
    await transaction.query('ANALYZE migration_map_line');
    return map.id;
  });
}

/** A map, as it was last checked. */
export interface CheckedMap {
  readonly state: 'open' | 'approved' | 'rejected';
  readonly lines: number;
  readonly faults: number;
  /** Of the pairs that are right; another one means that another list would be approved. */
  readonly hash: string;
}

/** SQL: the source objects of the customer that the names in the column `name` of the lines mean, by line. */
const named = (name: 'old' | 'new'): string =>
  `SELECT l.line, o.forest_id, o.guid, o.kind, o.tombstone_at IS NOT NULL AS gone FROM migration_map_line l, theirs f, source_object o
   WHERE l.map_id = $1 AND l.${name} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' AND o.forest_id = f.id
     AND o.guid = (CASE WHEN l.${name} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN l.${name}::uuid END)
   UNION ALL
   SELECT l.line, o.forest_id, o.guid, o.kind, o.tombstone_at IS NOT NULL FROM migration_map_line l
   JOIN source_object o ON o.attributes -> 'objectSid' ->> 0 = upper(l.${name}) AND o.attributes ? 'objectSid' JOIN theirs f ON f.id = o.forest_id
   WHERE l.map_id = $1 AND l.${name} ~* '^S-1-[0-9]+(-[0-9]+)+$'
   UNION ALL
   SELECT l.line, o.forest_id, o.guid, o.kind, o.tombstone_at IS NOT NULL FROM migration_map_line l, theirs f, source_object o
   WHERE l.map_id = $1 AND l.${name} LIKE '%=%' AND o.forest_id = f.id AND lower(o.dn) = lower(l.${name})`;

/** SQL: SHA-256 of the pairs of a map's lines that are right, in hexadecimal; its hash is the beginning of that. */
const DIGEST = `encode(sha256(convert_to(coalesce(string_agg(forest_id || ' ' || guid || ' ' || identity_id, ',' ORDER BY line) FILTER (WHERE fault IS NULL), ''), 'UTF8')), 'hex')`;

/** SHA-256 of the pairs of a map that were right when it was last checked, in hexadecimal. */
export async function mapDigest(db: Queryable, id: string): Promise<string> {
  const [row] = await db.query<{ digest: string }>(
    `SELECT ${DIGEST} AS digest FROM migration_map_line WHERE map_id = $1`,
    [id],
  );
  return row?.digest ?? '';
}

/** How a map of a customer stands; null where there is none. */
export async function mapState(db: Queryable, id: string, customer: string): Promise<CheckedMap['state'] | null> {
  const [row] = await db.query<Pick<CheckedMap, 'state'>>(
    'SELECT state FROM migration_map WHERE id = $1 AND customer = $2',
    [id, customer],
  );
  return row?.state ?? null;
}

/**
 * Checks a map line by line by what is known now, and keeps what was found: the pairs, and what is wrong with the others.
 *
 * @returns null where the customer has no such map
 */
export async function checkMap(transaction: Transaction, id: string, customer: string): Promise<CheckedMap | null> {
  const [map] = await transaction.query<Pick<CheckedMap, 'state'> & { hash: string | null }>(
    'SELECT state, hash FROM migration_map WHERE id = $1 AND customer = $2 FOR UPDATE',
    [id, customer],
  );
  if (map === undefined) return null;
  // What was approved stays what it was.
  if (map.state === 'open') await look(transaction, id);
  const [checked] = await transaction.query<Omit<CheckedMap, 'state'>>(
    `UPDATE migration_map m SET hash = c.hash FROM (
       SELECT count(*)::int AS lines, count(fault)::int AS faults, left(${DIGEST}, 12) AS hash
       FROM migration_map_line WHERE map_id = $1) c
     WHERE m.id = $1 RETURNING c.lines, c.faults, m.hash`,
    [id],
  );
  return checked === undefined ? null : { state: map.state, ...checked };
}

async function look(transaction: Transaction, id: string): Promise<void> {
  const rows = await transaction.query<MapFacts & { forest: number | null; guid: string | null }>(
    `WITH theirs AS (
       SELECT f.id FROM forest f JOIN migration_map m ON m.id = $1 AND m.customer = f.customer WHERE f.side = 'source'
     ), olds AS MATERIALIZED (${named('old')}), news AS MATERIALIZED (${named('new')}), pair AS MATERIALIZED (
       SELECT l.line, (SELECT count(*)::int FROM olds o WHERE o.line = l.line) AS old_found, (SELECT count(*)::int FROM news n WHERE n.line = l.line) AS new_found,
         o.forest_id AS old_forest, o.guid AS old_guid, o.kind AS old_kind, n.forest_id, n.guid, n.kind, n.gone
       FROM migration_map_line l LEFT JOIN LATERAL (SELECT * FROM olds o WHERE o.line = l.line LIMIT 1) o ON true LEFT JOIN LATERAL (SELECT * FROM news n WHERE n.line = l.line LIMIT 1) n ON true
       WHERE l.map_id = $1
     ), known AS (
       SELECT p.*, coalesce(i.id, r.identity_id) AS identity_id, coalesce(i.managed_guid, j.managed_guid) IS NOT NULL AS has_managed, r.identity_id IS NOT NULL AS done, x.managed_guid IS NOT NULL AND r.identity_id IS NULL AS new_has_managed
       FROM pair p LEFT JOIN identity i ON i.source_forest = p.old_forest AND i.source_guid = p.old_guid
       LEFT JOIN reconnection r ON r.forest_id = p.forest_id AND r.guid = p.guid AND r.former_forest = p.old_forest AND r.former_guid = p.old_guid AND r.state IN ('linked', 'reconnected')
       LEFT JOIN identity j ON j.id = r.identity_id
       LEFT JOIN identity x ON x.source_forest = p.forest_id AND x.source_guid = p.guid
     )
     SELECT line, old_found AS "oldFound", new_found AS "newFound", forest_id AS forest, guid, identity_id AS "identityId", has_managed AS "hasManaged",
       coalesce((old_forest, old_guid) = (forest_id, guid), false) AS "sameObject",
       CASE WHEN old_kind IS NOT NULL AND kind IS NOT NULL THEN json_build_object('old', old_kind, 'new', kind) END AS kinds,
       coalesce(gone, false) AS "newGone", new_has_managed AS "newHasManaged", done,
       old_guid IS NOT NULL AND count(*) OVER (PARTITION BY old_forest, old_guid) > 1 AS "oldTwice", guid IS NOT NULL AND count(*) OVER (PARTITION BY forest_id, guid) > 1 AS "newTwice"
     FROM known ORDER BY line`,
    [id],
  );
  const found = rows.map(({ forest, guid, ...facts }) => ({ ...facts, forest, guid, fault: lineFault(facts) }));
  await transaction.query(
    `UPDATE migration_map_line l SET forest_id = r.forest, guid = r.guid, identity_id = r."identityId", fault = r.fault
     FROM json_to_recordset($2::json) AS r (line integer, forest smallint, guid uuid, "identityId" uuid, fault text) WHERE l.map_id = $1 AND l.line = r.line`,
    [
      id,
      JSON.stringify(
        found.map(({ line, forest, guid, identityId, fault }) => ({ line, forest, guid, identityId, fault })),
      ),
    ],
  );
}

/** A line of a map side by side, for an operator. */
export interface ShownLine extends MapLine {
  readonly fault: string | null;
  readonly oldDn: string | null;
  readonly newDn: string | null;
  /** The old one is there still, is disabled, or is gone. */
  readonly oldIs: 'there' | 'disabled' | 'gone' | null;
  readonly managedDn: string | null;
  readonly mailboxGuid: string | null;
  readonly state: string | null;
}

/** The lines of a map as they were last checked; the wrong ones first. */
export async function mapLines(db: Queryable, id: string, limit: number): Promise<readonly ShownLine[]> {
  return db.query<ShownLine>(
    `SELECT l.line, l.old, l.new, l.fault, o.dn AS "oldDn", n.dn AS "newDn", m.dn AS "managedDn", s.facts ->> 'mailboxGuid' AS "mailboxGuid", r.state,
       CASE WHEN o.guid IS NULL THEN NULL WHEN o.tombstone_at IS NOT NULL THEN 'gone' WHEN (o.attributes -> 'userAccountControl' ->> 0)::int & 2 = 2 THEN 'disabled' ELSE 'there' END AS "oldIs"
     FROM migration_map_line l LEFT JOIN identity i ON i.id = l.identity_id LEFT JOIN reconnection r ON r.forest_id = l.forest_id AND r.guid = l.guid AND r.state <> 'undone'
     LEFT JOIN source_object n ON n.forest_id = l.forest_id AND n.guid = l.guid
     LEFT JOIN source_object o ON o.forest_id = coalesce(r.former_forest, i.source_forest) AND o.guid = coalesce(r.former_guid, i.source_guid)
     LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid LEFT JOIN service s ON s.identity_id = i.id AND s.service = 'mail'
     WHERE l.map_id = $1 ORDER BY l.fault IS NULL, l.line LIMIT $2`,
    [id, limit],
  );
}

/**
 * Approves the pairs of a map that are right, as one list; the next cycles of their forests make them.
 *
 * @param hash of the list that the operator has seen
 * @returns how many, or null where the list is another one by now, or was answered
 */
export async function approveMap(
  transaction: Transaction,
  id: string,
  customer: string,
  hash: string,
  operator: string,
  approvals: number | null,
  others: readonly string[] | null = null,
): Promise<{ readonly pairs: number; readonly approved: number } | null> {
  const checked = await checkMap(transaction, id, customer);
  if (checked?.state !== 'open' || checked.hash !== hash) return null;
  const pairs = await transaction.query<NamedPair>(
    `SELECT l.forest_id AS source, l.guid, l.identity_id AS "identityId" FROM migration_map_line l WHERE l.map_id = $1 AND l.fault IS NULL
       AND NOT EXISTS (SELECT FROM identity i WHERE i.id = l.identity_id AND i.source_forest = l.forest_id AND i.source_guid = l.guid) ORDER BY l.line`,
    [id],
  );
  const approved = await approvePairs(transaction, pairs, operator, approvals, others);
  if (approvals !== null && approved === pairs.length)
    await transaction.query(
      "UPDATE migration_map SET state = 'approved', operator = $2, decided_at = now() WHERE id = $1",
      [id, operator],
    );
  return { pairs: pairs.length, approved };
}

export async function rejectMap(db: Queryable, id: string, operator: string): Promise<boolean> {
  const rows = await db.query(
    "UPDATE migration_map SET state = 'rejected', operator = $2, decided_at = now() WHERE id = $1 AND state = 'open' RETURNING 1",
    [id, operator],
  );
  return rows.length > 0;
}

/** How far the reconnections of an approved map are, by state. */
export async function mapProgress(
  db: Queryable,
  id: string,
): Promise<{
  readonly approved: number;
  readonly linked: number;
  readonly reconnected: number;
  readonly left: number;
}> {
  const [row] = await db.query<{ approved: number; linked: number; reconnected: number; left: number }>(
    `SELECT count(*) FILTER (WHERE r.state = 'approved')::int AS approved, count(*) FILTER (WHERE r.state = 'linked')::int AS linked,
       count(*) FILTER (WHERE r.state = 'reconnected')::int AS reconnected, count(*) FILTER (WHERE r.state IS NULL OR r.state = 'open')::int AS left
     FROM migration_map_line l LEFT JOIN reconnection r ON r.forest_id = l.forest_id AND r.guid = l.guid AND r.state <> 'undone'
     WHERE l.map_id = $1 AND l.fault IS NULL`,
    [id],
  );
  return row ?? { approved: 0, linked: 0, reconnected: 0, left: 0 };
}

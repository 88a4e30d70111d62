import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { markHolders } from './link-holders.ts';

/** Takes in the foreignSecurityPrincipals among the link values in `read_link`. */
export async function stageForeignPrincipals(transaction: Transaction, forest: ForestId): Promise<void> {
  await transaction.query(
    `INSERT INTO foreign_principal (forest_id, guid, sid)
     SELECT DISTINCT $1::smallint, target, sid FROM read_link WHERE sid IS NOT NULL AND target IS NOT NULL ON CONFLICT DO NOTHING`,
    [forest],
  );
}

/**
 * Finds the source objects that foreignSecurityPrincipals stand for, in the other forests of the same customer: the live
 * object with this objectSid, else the one that had it before (sIDHistory); of several none. Looks at the forest's new ones,
 * and at those of the other forests that the forest's changed objects concern, and marks the holders of those that mean
 * another object now. To be called before the changed objects are evaluated.
 */
export async function resolveForeignPrincipals(transaction: Transaction, forest: ForestId): Promise<void> {
  const [any] = await transaction.query(
    'SELECT 1 FROM foreign_principal p JOIN forest f ON f.id = p.forest_id WHERE f.customer = (SELECT customer FROM forest WHERE id = $1) LIMIT 1',
    [forest],
  );
  if (any === undefined) return;
  await transaction.query(
    `CREATE TEMPORARY TABLE concerned_principal ON COMMIT DROP AS
     WITH changed AS (
       SELECT o.guid, s.sid FROM source_object o,
         LATERAL jsonb_array_elements_text(coalesce(o.attributes -> 'objectSid', '[]') || coalesce(o.attributes -> 'sIDHistory', '[]')) s (sid)
       WHERE o.forest_id = $1 AND o.dirty
     )
     SELECT p.forest_id, p.guid, p.sid FROM foreign_principal p WHERE p.forest_id = $1 AND p.is_new
     UNION
     SELECT p.forest_id, p.guid, p.sid FROM foreign_principal p JOIN forest f ON f.id = p.forest_id JOIN forest g ON g.id = $1 AND g.customer = f.customer AND g.id <> f.id
     JOIN changed c ON c.sid = p.sid
     UNION
     SELECT p.forest_id, p.guid, p.sid FROM foreign_principal p JOIN source_object o ON o.forest_id = p.target_forest AND o.guid = p.target
     WHERE p.target_forest = $1 AND o.dirty`,
    [forest],
  );
  await transaction.query(
    `CREATE TEMPORARY TABLE meant_principal ON COMMIT DROP AS
     WITH candidate AS (
       SELECT c.forest_id, c.guid, o.forest_id AS target_forest, o.guid AS target, o.tombstone_at IS NOT NULL AS gone, false AS former
       FROM concerned_principal c JOIN source_object o ON o.attributes ? 'objectSid' AND o.attributes -> 'objectSid' ->> 0 = c.sid
       UNION ALL
       SELECT c.forest_id, c.guid, o.forest_id, o.guid, o.tombstone_at IS NOT NULL, true
       FROM concerned_principal c JOIN source_object o ON o.attributes ? 'sIDHistory' AND o.attributes -> 'sIDHistory' ? c.sid
     ), ranked AS (
       SELECT n.*, rank() OVER (PARTITION BY n.forest_id, n.guid ORDER BY n.gone, n.former) AS rank
       FROM candidate n JOIN forest f ON f.id = n.forest_id JOIN forest g ON g.id = n.target_forest AND g.customer = f.customer AND g.side = 'source' AND g.id <> f.id
     ), best AS (
       SELECT forest_id, guid, min(target_forest) AS target_forest, min(target::text)::uuid AS target
       FROM ranked WHERE rank = 1 GROUP BY forest_id, guid HAVING count(*) = 1
     )
     SELECT c.forest_id, c.guid, b.target_forest, b.target FROM concerned_principal c LEFT JOIN best b USING (forest_id, guid)`,
  );
  const moved = await transaction.query<{ forest_id: number; guid: string }>(
    `UPDATE foreign_principal p SET target_forest = m.target_forest, target = m.target, is_new = false FROM meant_principal m
     WHERE p.forest_id = m.forest_id AND p.guid = m.guid AND (p.is_new OR p.target IS DISTINCT FROM m.target)
     RETURNING p.forest_id, p.guid`,
  );
  await markHolders(transaction, 'SELECT * FROM unnest($1::smallint[], $2::uuid[]) AS c (forest_id, guid)', [
    moved.map((row) => row.forest_id),
    moved.map((row) => row.guid),
  ]);
  await transaction.query('DROP TABLE concerned_principal, meant_principal');
}

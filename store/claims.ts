import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { RunId } from './runs.ts';

/**
 * Decides who holds each address and nickname that this run's evaluations touched. Values that were given up are free at
 * once, so that a hand-over or a swap works in one cycle; who held a value keeps it; of several new claimants the one
 * that the Managed Forest knows already gets it, then the oldest. The others get a synchronization error that names the
 * holder, and lose it when the value becomes theirs.
 */
export async function settleClaims(transaction: Transaction, managedForest: ForestId, run: RunId): Promise<void> {
  // One settlement at a time in a managed forest, whatever the customer: an award must not race another.
  await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' claims ' || $1, 0))", [
    String(managedForest),
  ]);
  await transaction.query(
    'CREATE TEMPORARY TABLE touched (kind text, value text, PRIMARY KEY (kind, value)) ON COMMIT DROP',
  );
  await giveUp(transaction, managedForest, run);
  await transaction.query('ANALYZE touched');
  await transaction.query(
    `INSERT INTO claim (managed_forest, kind, value, forest_id, guid)
     SELECT DISTINCT ON (w.kind, w.value) w.managed_forest, w.kind, w.value, w.forest_id, w.guid
     FROM touched t JOIN wanted_claim w ON w.managed_forest = $1 AND w.kind = t.kind AND w.value = t.value
     JOIN forest f ON f.id = w.forest_id
     LEFT JOIN managed_object m ON m.forest_id = $1 AND m.deleted_at IS NULL AND m.anchor = f.customer || '/' || f.name || '/' || w.guid
     ORDER BY w.kind, w.value, m.guid IS NULL, w.since, w.guid
     ON CONFLICT DO NOTHING`,
    [managedForest],
  );
  await recordConflicts(transaction, managedForest);
}

/**
 * Frees the values that their holders no longer want, where the Managed Forest is about to lose them: not while the holder
 * is frozen by an error of its own, waits for a value of somebody else's, or is disconnected, for then its managed object
 * keeps showing them. Notes all that may be awarded anew.
 */
async function giveUp(transaction: Transaction, managedForest: ForestId, run: RunId): Promise<void> {
  await transaction.query(
    `CREATE TEMPORARY TABLE unwanted ON COMMIT DROP AS
     SELECT c.kind, c.value, i.managed_guid IS NULL OR (e.in_scope AND o.tombstone_at IS NULL
       AND NOT EXISTS (SELECT FROM object_error x WHERE x.forest_id = c.forest_id AND x.guid = c.guid AND x.code LIKE 'SE%' AND x.finder = 'rule')
       AND NOT EXISTS (
         SELECT FROM wanted_claim w JOIN claim h USING (managed_forest, kind, value)
         JOIN wanted_claim k ON k.managed_forest = h.managed_forest AND k.kind = h.kind AND k.value = h.value AND k.forest_id = h.forest_id AND k.guid = h.guid
         WHERE w.forest_id = c.forest_id AND w.guid = c.guid AND (h.forest_id, h.guid) <> (c.forest_id, c.guid))) AS free
     FROM claim c JOIN evaluation e USING (forest_id, guid) JOIN source_object o USING (forest_id, guid)
     LEFT JOIN identity i ON i.source_forest = c.forest_id AND i.source_guid = c.guid
     WHERE c.managed_forest = $1 AND (e.run_id = $2 OR c.stale) AND NOT EXISTS (
       SELECT FROM wanted_claim w WHERE w.managed_forest = c.managed_forest AND w.kind = c.kind AND w.value = c.value AND w.forest_id = c.forest_id AND w.guid = c.guid)`,
    [managedForest, run],
  );
  await transaction.query(
    'UPDATE claim c SET stale = true FROM unwanted u WHERE c.managed_forest = $1 AND c.kind = u.kind AND c.value = u.value AND NOT u.free',
    [managedForest],
  );
  await transaction.query(
    'DELETE FROM claim c USING unwanted u WHERE c.managed_forest = $1 AND c.kind = u.kind AND c.value = u.value AND u.free',
    [managedForest],
  );
  await transaction.query(
    `INSERT INTO touched
     SELECT kind, value FROM unwanted WHERE free
     UNION
     SELECT w.kind, w.value FROM evaluation e JOIN wanted_claim w USING (forest_id, guid) WHERE e.run_id = $2 AND w.managed_forest = $1`,
    [managedForest, run],
  );
}

/** Brings the conflict errors of everybody who wants a touched value up to date, and has their identities looked at again. */
async function recordConflicts(transaction: Transaction, managedForest: ForestId): Promise<void> {
  await transaction.query(
    `CREATE TEMPORARY TABLE contestant ON COMMIT DROP AS
     SELECT w.forest_id, w.guid, CASE w.kind WHEN 'nickname' THEN 'SE304' ELSE 'SE303' END AS code, w.attribute, w.value,
            c.forest_id AS other_forest, c.guid AS other_guid, f.customer = g.customer AS same_customer,
            c.forest_id = w.forest_id AND c.guid = w.guid AS won
     FROM touched t JOIN wanted_claim w ON w.managed_forest = $1 AND w.kind = t.kind AND w.value = t.value
     JOIN claim c ON c.managed_forest = $1 AND c.kind = t.kind AND c.value = t.value
     JOIN forest f ON f.id = w.forest_id JOIN forest g ON g.id = c.forest_id`,
    [managedForest],
  );
  // An object's conflict is told by code and attribute; it stays while any of its values, touched or not, is another's.
  await transaction.query(
    `DELETE FROM object_error e USING (SELECT DISTINCT forest_id, guid FROM contestant) t
     WHERE e.forest_id = t.forest_id AND e.guid = t.guid AND e.finder = 'claim' AND NOT EXISTS (
       SELECT FROM wanted_claim w JOIN claim c USING (managed_forest, kind, value)
       WHERE w.forest_id = e.forest_id AND w.guid = e.guid AND w.attribute = e.attribute AND (c.forest_id, c.guid) <> (w.forest_id, w.guid)
         AND e.code = CASE w.kind WHEN 'nickname' THEN 'SE304' ELSE 'SE303' END)`,
  );
  await transaction.query(
    `INSERT INTO object_error AS e (forest_id, guid, code, attribute, details, other_forest, other_guid, finder)
     SELECT forest_id, guid, code, attribute,
            string_agg('"' || value || '"', ' and ' ORDER BY value) || CASE WHEN bool_and(same_customer) THEN ' is held by another object' ELSE ' is not available' END,
            (array_agg(other_forest ORDER BY value) FILTER (WHERE same_customer))[1], (array_agg(other_guid ORDER BY value) FILTER (WHERE same_customer))[1], 'claim'
     FROM contestant WHERE NOT won GROUP BY forest_id, guid, code, attribute
     ON CONFLICT (forest_id, guid, code, attribute) DO UPDATE SET details = excluded.details, other_forest = excluded.other_forest,
       other_guid = excluded.other_guid, finder = excluded.finder, last_seen = now(), count = e.count + 1`,
  );
  await transaction.query(
    'UPDATE evaluation e SET unsettled = true FROM contestant c WHERE e.forest_id = c.forest_id AND e.guid = c.guid AND NOT e.unsettled',
  );
}

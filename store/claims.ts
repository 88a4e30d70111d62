import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { reconnectable } from './identities.ts';
import type { RunId } from './runs.ts';

/**
 * Decides who holds each address and nickname that this run's evaluations touched. Values that were given up are free at
 * once, so that a hand-over or a swap works in one cycle; who held a value keeps it; of several new claimants the one
 * whose customer owns the domain gets it, then the one that the Managed Forest knows already, then the oldest. The others
 * get a synchronization error that names the holder, and lose it when the value becomes theirs.
 */
export async function settleClaims(transaction: Transaction, managedForest: ForestId, run: RunId): Promise<void> {
  // One settlement at a time in a managed forest, whatever the customer: an award must not race another.
  await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' claims ' || $1, 0))", [
    String(managedForest),
  ]);
  // A first cycle's claims are sorted and joined in memory.
  await transaction.query("SET LOCAL work_mem = '32MB'");
  await transaction.query('CREATE TEMPORARY TABLE touched (kind text, value text) ON COMMIT DROP');
  await giveUp(transaction, managedForest, run);
  await transaction.query('ANALYZE touched');
  // A contact of another customer had the address before its domain was this customer's: it is the owner's now.
  await transaction.query(
    `DELETE FROM claim c USING touched t, run r
     WHERE r.id = $2 AND c.managed_forest = $1 AND c.kind = t.kind AND c.value = t.value
       -- Looked up first: where there is one customer only, nothing has to be compared.
       AND c.forest_id = ANY(ARRAY(SELECT f.id FROM forest f, run s WHERE s.id = $2 AND f.customer <> s.customer))
       AND EXISTS (SELECT FROM owned_domain d WHERE d.customer = r.customer AND d.domain = ${domainOf('c')})
       AND EXISTS (SELECT FROM wanted_claim w JOIN forest g ON g.id = w.forest_id
         WHERE w.managed_forest = $1 AND w.kind = c.kind AND w.value = c.value AND g.customer = r.customer)`,
    [managedForest, run],
  );
  await transaction.query(
    `INSERT INTO claim (managed_forest, kind, value, forest_id, guid)
     WITH free AS MATERIALIZED (
       SELECT w.kind, w.value, w.forest_id, w.guid, w.since FROM touched t JOIN wanted_claim w ON w.managed_forest = $1 AND w.kind = t.kind AND w.value = t.value
       WHERE NOT EXISTS (SELECT FROM claim c WHERE c.managed_forest = $1 AND c.kind = t.kind AND c.value = t.value) AND NOT ${reconnectable('w')}
     ), contested AS MATERIALIZED (
       SELECT kind, value FROM free GROUP BY kind, value HAVING count(*) > 1
     )
     SELECT $1::smallint, f.kind, f.value, f.forest_id, f.guid FROM free f WHERE NOT EXISTS (SELECT FROM contested c WHERE c.kind = f.kind AND c.value = f.value)
     UNION ALL
     (SELECT DISTINCT ON (w.kind, w.value) $1::smallint, w.kind, w.value, w.forest_id, w.guid
      FROM free w JOIN contested USING (kind, value) JOIN forest f ON f.id = w.forest_id LEFT JOIN owned_domain d ON d.domain = ${domainOf('w')}
      LEFT JOIN identity i ON i.source_forest = w.forest_id AND i.source_guid = w.guid
      ORDER BY w.kind, w.value, coalesce(d.customer <> f.customer, false), i.managed_guid IS NULL, w.since, w.guid)`,
    [managedForest],
  );
  await recordConflicts(transaction, managedForest, run);
}

/** SQL: the domain of the SMTP or SIP address that a claim is for; null for others. */
function domainOf(claim: string): string {
  return `substring(${claim}.value from '^(?:smtp|sip):[^@]*@(.*)$')`;
}

/**
 * Frees the values that their holders no longer want, where the Managed Forest is about to lose them: not while the holder
 * is frozen by an error of its own, waits for a value of somebody else's, or is disconnected, for then its managed object
 * keeps showing them. Notes all that may be awarded anew.
 */
async function giveUp(transaction: Transaction, managedForest: ForestId, run: RunId): Promise<void> {
  await transaction.query(
    `CREATE TEMPORARY TABLE unwanted ON COMMIT DROP AS
     -- First of all, for these are few: the claims that their holders do not want.
     WITH lost AS MATERIALIZED (
       SELECT c.* FROM (
         SELECT * FROM claim WHERE managed_forest = $1 AND stale
         UNION ALL
         SELECT c.* FROM evaluation e JOIN claim c USING (forest_id, guid)
         WHERE e.forest_id = (SELECT forest_id FROM run WHERE id = $2) AND (e.unsettled OR e.settling) AND c.managed_forest = $1 AND NOT c.stale
       ) c LEFT JOIN wanted_claim w ON w.managed_forest = c.managed_forest AND w.kind = c.kind AND w.value = c.value AND w.forest_id = c.forest_id AND w.guid = c.guid
       WHERE w.guid IS NULL
     )
     SELECT c.forest_id, c.guid, c.kind, c.value, i.managed_guid IS NOT NULL AS shown, i.managed_guid IS NULL OR (e.in_scope AND o.tombstone_at IS NULL
       AND NOT EXISTS (SELECT FROM object_error x WHERE x.forest_id = c.forest_id AND x.guid = c.guid AND x.code LIKE 'SE%' AND x.finder = 'rule')
       AND NOT EXISTS (
         SELECT FROM wanted_claim w JOIN claim h USING (managed_forest, kind, value)
         JOIN wanted_claim k ON k.managed_forest = h.managed_forest AND k.kind = h.kind AND k.value = h.value AND k.forest_id = h.forest_id AND k.guid = h.guid
         WHERE w.forest_id = c.forest_id AND w.guid = c.guid AND w.kind <> 'line' AND (h.forest_id, h.guid) <> (c.forest_id, c.guid))
       -- A line is a service's: it is free when that wants it no more.
       AND NOT (c.kind = 'line' AND EXISTS (SELECT FROM service s WHERE s.identity_id = i.id AND s.service = 'voice' AND lower(s.wanted ->> 'line') = c.value))) AS free
     FROM lost c JOIN evaluation e USING (forest_id, guid) JOIN source_object o USING (forest_id, guid)
     LEFT JOIN identity i ON i.source_forest = c.forest_id AND i.source_guid = c.guid`,
    [managedForest, run],
  );
  // Who waits for a value that is not given up keeps what it has, and so does who waits for that.
  for (;;) {
    const kept = await transaction.query(
      `UPDATE unwanted u SET free = false WHERE u.free AND u.shown AND EXISTS (
         SELECT FROM wanted_claim w JOIN unwanted b ON b.kind = w.kind AND b.value = w.value AND NOT b.free
         WHERE w.managed_forest = $1 AND w.kind <> 'line' AND w.forest_id = u.forest_id AND w.guid = u.guid AND (b.forest_id, b.guid) <> (u.forest_id, u.guid))
       RETURNING 1`,
      [managedForest],
    );
    if (kept.length === 0) break;
  }
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
     SELECT w.kind, w.value FROM evaluation e JOIN wanted_claim w USING (forest_id, guid)
     WHERE e.forest_id = (SELECT forest_id FROM run WHERE id = $2) AND (e.unsettled OR e.settling) AND w.managed_forest = $1`,
    [managedForest, run],
  );
}

/**
 * Brings the conflict errors up to date of everybody whose evaluation is new or who wants a touched value, and has their
 * identities looked at again where something changed. An error names every value that is another's, touched or not.
 */
async function recordConflicts(transaction: Transaction, managedForest: ForestId, run: RunId): Promise<void> {
  await transaction.query(
    `CREATE TEMPORARY TABLE concerned ON COMMIT DROP AS
     SELECT w.forest_id, w.guid FROM touched t JOIN wanted_claim w ON w.managed_forest = $1 AND w.kind = t.kind AND w.value = t.value
     UNION
     SELECT e.forest_id, e.guid FROM evaluation e WHERE e.forest_id = (SELECT forest_id FROM run WHERE id = $2) AND (e.unsettled OR e.settling)`,
    [managedForest, run],
  );
  await transaction.query('ANALYZE concerned');
  await transaction.query(
    `CREATE TEMPORARY TABLE conflict ON COMMIT DROP AS
     SELECT n.forest_id, n.guid, CASE w.kind WHEN 'nickname' THEN 'SE304' WHEN 'line' THEN 'PE208' ELSE 'SE303' END AS code, w.attribute,
            string_agg('"' || CASE w.kind WHEN 'nickname' THEN substr(w.value, length(f.customer) + 2) ELSE w.value END || '"', ' and ' ORDER BY w.value) || CASE WHEN bool_and(f.customer = g.customer) THEN ' is held by another object' ELSE ' is not available' END AS details,
            (array_agg(c.forest_id ORDER BY w.value) FILTER (WHERE f.customer = g.customer))[1] AS other_forest,
            (array_agg(c.guid ORDER BY w.value) FILTER (WHERE f.customer = g.customer))[1] AS other_guid
     FROM concerned n JOIN wanted_claim w ON w.managed_forest = $1 AND w.forest_id = n.forest_id AND w.guid = n.guid
     JOIN claim c ON c.managed_forest = $1 AND c.kind = w.kind AND c.value = w.value AND (c.forest_id, c.guid) <> (w.forest_id, w.guid)
     JOIN forest f ON f.id = w.forest_id JOIN forest g ON g.id = c.forest_id
     -- A contact at an address of another customer's is no conflict: its next evaluation goes without the address.
     WHERE (f.customer = g.customer OR NOT EXISTS (SELECT FROM owned_domain d WHERE d.domain = ${domainOf('w')} AND d.customer = g.customer))
       -- Who may be somebody that is known is asked about, not refused.
       AND NOT ${reconnectable('n')}
     GROUP BY n.forest_id, n.guid, 3, w.attribute`,
    [managedForest],
  );
  // Their identities are looked at again, also of those that now have nothing to complain of.
  await transaction.query(
    `UPDATE evaluation e SET unsettled = true FROM (
       SELECT x.forest_id, x.guid FROM object_error x JOIN concerned USING (forest_id, guid) WHERE x.finder = 'claim' UNION SELECT forest_id, guid FROM conflict
     ) n WHERE e.forest_id = n.forest_id AND e.guid = n.guid AND NOT e.unsettled`,
  );
  await transaction.query(
    `DELETE FROM object_error x USING concerned n WHERE x.forest_id = n.forest_id AND x.guid = n.guid AND x.finder = 'claim'
       AND NOT EXISTS (SELECT FROM conflict c WHERE c.forest_id = x.forest_id AND c.guid = x.guid AND c.code = x.code AND c.attribute = x.attribute)`,
  );
  await transaction.query(
    `INSERT INTO object_error AS e (forest_id, guid, code, attribute, details, other_forest, other_guid, finder)
     SELECT forest_id, guid, code, attribute, details, other_forest, other_guid, 'claim' FROM conflict
     ON CONFLICT (forest_id, guid, code, attribute) DO UPDATE SET details = excluded.details, other_forest = excluded.other_forest,
       other_guid = excluded.other_guid, finder = excluded.finder, last_seen = now(), count = e.count + 1`,
  );
}

import type { ReferenceRule } from '../rules/flow.ts';
import type { Transaction } from './database.ts';
import { dropHeld } from './holds.ts';
import { untouchable } from './managed-deletions.ts';
import type { Run } from './runs.ts';
import { findWantedLinks } from './wanted-links.ts';

/** Values of one link change: a page of writing stays small whatever the size of a group. */
const VALUES_PER_CHANGE = 1000;

/** How references are planned. */
export interface ReferencePlanning {
  /** What happens to references that somebody else added or removed. */
  readonly drift: 'correct' | 'report';
  /** Planned changes on a page. */
  readonly changesPerPage: number;
  /** Values that stand for no source object are left alone. */
  readonly leaveManagedOnly: boolean;
}

/**
 * Plans the references (member, manager, delivery restrictions ...) of the identities that wait for it, by sets: what the source's links
 * want, with targets that are connected and exist in the Managed Forest, against the links that it was last confirmed
 * to hold. Targets that are frozen by an error neither come nor go, nor do those that can not be known yet, because their
 * forest has not been read since the database was made; members out of scope are left out.
 *
 * @returns how many identities were looked at, and how many values were left alone
 */
export async function planReferences(
  transaction: Transaction,
  run: Run,
  rules: readonly ReferenceRule[],
  { drift, changesPerPage, leaveManagedOnly }: ReferencePlanning,
): Promise<{ readonly looked: number; readonly managedOnly: number }> {
  // Nobody marks these identities again until the transaction ends: what comes meanwhile is planned next time.
  await transaction.query('SELECT 1 FROM identity WHERE source_forest = $1 AND links_dirty ORDER BY id FOR UPDATE', [
    run.forestId,
  ]);
  await findWantedLinks(transaction, run.forestId, rules, 'i.links_dirty');
  // A pinned value that is wanted the other way now is not what the operator answered any more.
  await transaction.query(
    `UPDATE pin SET released_at = now() FROM holder h WHERE pin.identity_id = h.id AND pin.operation = 'link' AND pin.released_at IS NULL
       AND (pin.answers = 'true') <> EXISTS (SELECT FROM wanted_link w WHERE w.id = pin.identity_id AND w.attribute = pin.attribute AND w.target = pin.target)`,
  );
  // Of an attribute that holds one value all pins answer the same: they end together, when another value is wanted, or none.
  await transaction.query(
    `UPDATE pin SET released_at = now() FROM holder h JOIN reference_rule r ON r.kind = h.kind AND r.single
     WHERE pin.identity_id = h.id AND pin.operation = 'link' AND pin.attribute = r.attribute AND pin.released_at IS NULL AND (
       EXISTS (SELECT FROM wanted_link w WHERE w.id = h.id AND w.attribute = r.attribute AND NOT EXISTS (
         SELECT FROM pin q WHERE q.identity_id = h.id AND q.operation = 'link' AND q.attribute = r.attribute AND q.target = w.target
           AND q.answers = 'true' AND q.released_at IS NULL))
       OR EXISTS (SELECT FROM pin q WHERE q.identity_id = h.id AND q.operation = 'link' AND q.attribute = r.attribute AND q.answers = 'true'
         AND q.released_at = now()))`,
  );
  await transaction.query(
    `CREATE TEMPORARY TABLE present_link ON COMMIT DROP AS
     SELECT h.id, h.managed_guid AS holder, l.attribute, l.target
     FROM holder h JOIN reference_rule r ON r.kind = h.kind
     JOIN managed_link l ON l.forest_id = h.managed_forest AND l.holder = h.managed_guid AND l.attribute = r.attribute`,
  );
  await transaction.query(
    `CREATE TEMPORARY TABLE difference ON COMMIT DROP AS
       (SELECT id, holder, attribute, target, true AS comes FROM wanted_link EXCEPT SELECT id, holder, attribute, target, true FROM present_link)
       UNION ALL
       (SELECT id, holder, attribute, target, false FROM present_link EXCEPT SELECT id, holder, attribute, target, false FROM wanted_link)`,
  );
  const managedOnly = leaveManagedOnly ? await leaveAlone(transaction) : 0;
  await transaction.query(
    `DELETE FROM drift USING holder h WHERE drift.forest_id = h.managed_forest AND drift.guid = h.managed_guid AND drift.target IS NOT NULL
       AND NOT EXISTS (SELECT FROM difference d WHERE d.id = h.id AND d.attribute = drift.attribute AND d.target = drift.target AND to_jsonb(d.comes) = drift.wanted)`,
  );
  await transaction.query(
    `CREATE TEMPORARY TABLE drifted ON COMMIT DROP AS
     SELECT h.id, drift.attribute, drift.target FROM holder h
     JOIN drift ON drift.forest_id = h.managed_forest AND drift.guid = h.managed_guid AND drift.target IS NOT NULL`,
  );
  if (drift === 'report')
    // What replaces it in an attribute of one value, because the source changed, takes its place.
    await transaction.query(
      `DELETE FROM difference d USING drifted t WHERE t.id = d.id AND t.attribute = d.attribute AND t.target = d.target AND NOT EXISTS (
         SELECT FROM difference o JOIN holder h ON h.id = o.id JOIN reference_rule r ON r.kind = h.kind AND r.attribute = o.attribute AND r.single
         WHERE o.id = d.id AND o.attribute = d.attribute AND NOT EXISTS (
           SELECT FROM drifted u WHERE u.id = o.id AND u.attribute = o.attribute AND u.target = o.target))`,
    );
  await keepHeld(transaction, run);
  await transaction.query(
    `WITH free AS (
       SELECT d.* FROM difference d JOIN holder h ON h.id = d.id
       LEFT JOIN identity t ON t.managed_forest = h.managed_forest AND t.managed_guid = d.target
       WHERE NOT ${untouchable('h.managed_forest', 'd.target')} AND (t.id IS NULL OR NOT EXISTS (
         SELECT FROM object_error x WHERE x.forest_id = t.source_forest AND x.guid = t.source_guid AND x.code LIKE 'SE%' AND x.finder IN ('rule', 'claim')))
         AND (d.comes OR t.id IS NOT NULL OR NOT EXISTS (
           SELECT FROM managed_object m WHERE m.forest_id = h.managed_forest AND m.guid = d.target AND ${notReadYet('m.anchor', 'h.forest_id')}))
         AND NOT EXISTS (SELECT FROM pin WHERE pin.identity_id = d.id AND pin.operation = 'link' AND pin.attribute = d.attribute AND pin.target = d.target AND pin.released_at IS NULL)
         AND NOT EXISTS (SELECT FROM held_link v WHERE v.id = d.id AND v.attribute = d.attribute AND v.target = d.target)
     ), stuck AS (
       -- An attribute that holds one value takes no other while the one that it has can not go.
       SELECT p.id, p.attribute FROM present_link p JOIN holder h ON h.id = p.id
       JOIN reference_rule r ON r.kind = h.kind AND r.attribute = p.attribute AND r.single
       JOIN identity t ON t.managed_forest = h.managed_forest AND t.managed_guid = p.target
       JOIN object_error x ON x.forest_id = t.source_forest AND x.guid = t.source_guid AND x.code LIKE 'SE%' AND x.finder IN ('rule', 'claim')
     ), possible AS (
       SELECT f.id, f.holder, f.attribute, f.target, f.comes, row_number() OVER (PARTITION BY f.id, f.attribute ORDER BY f.comes, f.target) - 1 AS position
       FROM free f WHERE NOT (f.comes AND (f.id, f.attribute) IN (SELECT id, attribute FROM stuck))
     ), changes AS (
       SELECT id, holder, attribute, position / $3 AS part, coalesce(jsonb_agg(target) FILTER (WHERE NOT comes), '[]') AS gone, coalesce(jsonb_agg(target) FILTER (WHERE comes), '[]') AS come,
         bool_or((id, attribute, target) IN (SELECT id, attribute, target FROM drifted)) AS drifted
       FROM possible GROUP BY id, holder, attribute, position / $3
     )
     INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, attribute, before, after, rule)
     SELECT $1, $2, id, 'references', ((row_number() OVER (ORDER BY part, id, attribute) - 1) / $4)::int, 'link', holder, attribute, gone, come, CASE WHEN drifted THEN 'drift of reference ' ELSE 'reference ' END || attribute
     FROM changes ORDER BY part, id, attribute`,
    [run.id, run.configuration, VALUES_PER_CHANGE, changesPerPage],
  );
  await transaction.query(
    `DELETE FROM object_error e USING holder h WHERE e.forest_id = h.forest_id AND e.guid = h.guid AND e.finder = 'link'
       AND NOT EXISTS (SELECT FROM planned_change p WHERE p.run_id = $1 AND p.stage = 'references' AND p.identity_id = h.id)`,
    [run.id],
  );
  const looked = await transaction.query(
    'UPDATE identity SET links_dirty = false FROM holder WHERE identity.id = holder.id RETURNING identity.id',
  );
  // Those that nothing may flow to wait until they are settled again.
  await transaction.query(
    `UPDATE identity i SET links_dirty = false WHERE i.source_forest = $1 AND i.links_dirty AND i.managed_guid IS NOT NULL`,
    [run.forestId],
  );
  return { looked: looked.length, managedOnly };
}

/**
 * Takes out of the difference what shall not leave: targets that are no identity's and carry no anchor of the customer, which
 * somebody has put there by hand. Where an attribute holds one value and another one comes, that takes its place.
 */
async function leaveAlone(transaction: Transaction): Promise<number> {
  const left = await transaction.query(
    `DELETE FROM difference d USING holder h, reference_rule r, forest f WHERE h.id = d.id AND r.kind = h.kind AND r.attribute = d.attribute AND f.id = h.forest_id AND NOT d.comes
       AND NOT EXISTS (SELECT FROM identity t WHERE t.managed_forest = h.managed_forest AND t.managed_guid = d.target)
       AND NOT EXISTS (SELECT FROM managed_object m WHERE m.forest_id = h.managed_forest AND m.guid = d.target AND m.anchor LIKE f.customer || '/%')
       AND NOT (r.single AND EXISTS (SELECT FROM difference c WHERE c.id = d.id AND c.attribute = d.attribute AND c.comes))
     RETURNING 1`,
  );
  return left.length;
}

/**
 * SQL: the managed object with this anchor is of a forest of the same customer that has not been read completely since the
 * database was made: its own as soon as all domains are, another one when a cycle of it has come to its end.
 */
function notReadYet(anchor: string, forest: string): string {
  return `EXISTS (
    SELECT FROM forest own WHERE own.id = ${forest} AND ${anchor} LIKE own.customer || '/%' AND NOT EXISTS (
      SELECT FROM forest f WHERE f.side = 'source' AND f.customer = own.customer AND ${anchor} LIKE own.customer || '/' || f.name || '/%'
        AND EXISTS (SELECT FROM source_domain d WHERE d.forest_id = f.id)
        AND NOT EXISTS (SELECT FROM source_domain d WHERE d.forest_id = f.id AND d.read_at IS NULL)
        AND (f.id = own.id OR EXISTS (SELECT FROM run WHERE run.forest_id = f.id AND run.outcome = 'completed'))))`;
}

/** What waits for an answer already keeps waiting where it is planned just so again; else it is taken off its list. */
async function keepHeld(transaction: Transaction, run: Run): Promise<void> {
  await transaction.query(
    `CREATE TEMPORARY TABLE held_link ON COMMIT DROP AS
     SELECT p.id AS change, h.id, p.attribute, v.target::uuid AS target, v.comes FROM holder h
     JOIN planned_change p ON p.identity_id = h.id AND p.state = 'held' AND p.stage = 'references' AND p.run_id <> $1, LATERAL (
       SELECT value AS target, true AS comes FROM jsonb_array_elements_text(p.after) UNION ALL SELECT value, false FROM jsonb_array_elements_text(p.before)) v`,
    [run.id],
  );
  const stale = await transaction.query<{ change: string }>(
    `SELECT DISTINCT v.change FROM held_link v WHERE NOT EXISTS (
       SELECT FROM difference d WHERE d.id = v.id AND d.attribute = v.attribute AND d.target = v.target AND d.comes = v.comes)`,
  );
  const changes = stale.map((row) => row.change);
  await dropHeld(transaction, run, changes);
  await transaction.query('DELETE FROM held_link WHERE change = ANY($1)', [changes]);
}

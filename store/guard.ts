import type { Excess, GuardedThing, Tally } from '../rules/guard.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Transaction } from './database.ts';
import type { PlanStage } from './plan.ts';
import type { Run } from './runs.ts';

/** SQL: the changes that a stage of the run would write now, and those of earlier runs that still wait for an answer. */
const OPEN = `SELECT p.*, i.kind, p.run_id = $1 AS own FROM planned_change p JOIN identity i ON i.id = p.identity_id
  WHERE p.stage = $2 AND (p.run_id = $1 AND p.state = 'planned' OR p.state = 'held' AND i.source_forest = $3)`;

/**
 * Counts what a stage of a run would delete, disconnect, take out of groups, clear and change. What waits from earlier
 * runs is counted along with what is like it, so that a limit can not be passed in small steps. The anchor is not counted: it
 * follows a reconnection, which has a limit, or an operator, of its own.
 */
export async function tallies(
  transaction: Transaction,
  run: Run,
  stage: PlanStage,
  anchorAttribute: string,
): Promise<readonly Tally[]> {
  const rows = await transaction.query<{ what: GuardedThing['what']; name: string; count: number }>(
    `WITH open AS (${OPEN})
     SELECT CASE operation WHEN 'delete' THEN 'deleted' ELSE 'disconnected' END AS what, kind AS name, count(*)::int AS count
     FROM open WHERE operation IN ('delete', 'disconnect') GROUP BY 1, 2 HAVING bool_or(own)
     UNION ALL
     SELECT CASE a.value WHEN '[]' THEN 'cleared' ELSE 'changed' END, a.key, count(*)::int
     FROM open o, jsonb_each(o.after) a WHERE o.operation = 'modify' AND o.before -> a.key <> '[]' AND a.key <> $4 GROUP BY 1, 2 HAVING bool_or(own)
     UNION ALL
     SELECT 'removedMembers', m.kind, count(*)::int FROM open o, jsonb_array_elements_text(o.before) t
     JOIN managed_object m ON m.guid = t::uuid WHERE o.operation = 'link' AND o.attribute = 'member' GROUP BY m.kind HAVING bool_or(own)
     UNION ALL
     SELECT CASE after WHEN '[]' THEN 'cleared' ELSE 'changed' END, attribute, count(*)::int
     FROM open WHERE operation = 'link' AND attribute <> 'member' AND before <> '[]' GROUP BY 1, 2 HAVING bool_or(own)`,
    [run.id, stage, run.forestId, anchorAttribute],
  );
  return rows.map(({ what, name, count }) =>
    what === 'cleared' || what === 'changed'
      ? { what, attribute: name, count }
      : { what, kind: name as ObjectKind, count },
  );
}

/** How many there are of what a tally counts, in the run's forest. Reads all of them: asked only where it decides. */
export async function shareOf(transaction: Transaction, run: Run, tally: Tally): Promise<number> {
  const [row] = await ('kind' in tally
    ? tally.what === 'removedMembers'
      ? transaction.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM identity i JOIN managed_link l ON l.forest_id = i.managed_forest AND l.holder = i.managed_guid AND l.attribute = 'member'
           JOIN managed_object m ON m.forest_id = l.forest_id AND m.guid = l.target AND m.kind = $2 WHERE i.source_forest = $1`,
          [run.forestId, tally.kind],
        )
      : transaction.query<{ count: number }>(
          "SELECT count(*)::int AS count FROM identity WHERE source_forest = $1 AND kind = $2 AND state = 'connected'",
          [run.forestId, tally.kind],
        )
    : transaction.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM identity i JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid AND m.deleted_at IS NULL
         WHERE i.source_forest = $1 AND (m.attributes ? $2 OR EXISTS (
           SELECT FROM managed_link l WHERE l.forest_id = m.forest_id AND l.holder = m.guid AND l.attribute = $2))`,
        [run.forestId, tally.attribute],
      ));
  return row?.count ?? 0;
}

/** Sets every change of a stage of the run aside. */
export async function holdAll(transaction: Transaction, run: Run, stage: PlanStage, hold: string): Promise<void> {
  await transaction.query(
    "UPDATE planned_change SET state = 'held', hold_id = $3 WHERE run_id = $1 AND stage = $2 AND state = 'planned'",
    [run.id, stage, hold],
  );
}

/** Sets the changes aside that a passed limit counts, and of a change of several attributes only those attributes. */
export async function holdExcess(
  transaction: Transaction,
  run: Run,
  stage: PlanStage,
  hold: string,
  excesses: readonly Excess[],
): Promise<void> {
  const kinds = (what: Excess['what']): readonly string[] =>
    excesses.flatMap((item) => ('kind' in item && item.what === what ? [item.kind] : []));
  const attributes = (what: Excess['what']): readonly string[] =>
    excesses.flatMap((item) => ('attribute' in item && item.what === what ? [item.attribute] : []));
  if (stage === 'objects') {
    await transaction.query(
      `UPDATE planned_change p SET state = 'held', hold_id = $2 FROM identity i
       WHERE p.run_id = $1 AND p.stage = 'objects' AND p.state = 'planned' AND i.id = p.identity_id
         AND (p.operation = 'delete' AND i.kind = ANY($3) OR p.operation = 'disconnect' AND i.kind = ANY($4))`,
      [run.id, hold, kinds('deleted'), kinds('disconnected')],
    );
    await setAsideAttributes(transaction, run, hold, attributes('cleared'), attributes('changed'));
  } else {
    await setAsideMembers(transaction, run, hold, kinds('removedMembers'));
    await transaction.query(
      `UPDATE planned_change SET state = 'held', hold_id = $2
       WHERE run_id = $1 AND stage = 'references' AND state = 'planned' AND operation = 'link' AND attribute <> 'member' AND before <> '[]'
         AND (after = '[]' AND attribute = ANY($3) OR after <> '[]' AND attribute = ANY($4))`,
      [run.id, hold, attributes('cleared'), attributes('changed')],
    );
  }
}

/** SQL: an image without, or with nothing but, the attributes in `keys`. */
const only = (image: string, keys: string): string =>
  `(SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}') FROM jsonb_each(${image}) a WHERE a.key = ANY(${keys}))`;

async function setAsideAttributes(
  transaction: Transaction,
  run: Run,
  hold: string,
  cleared: readonly string[],
  changed: readonly string[],
): Promise<void> {
  if (cleared.length + changed.length === 0) return;
  await transaction.query(
    `CREATE TEMPORARY TABLE aside ON COMMIT DROP AS
     SELECT p.id, array_agg(a.key) AS keys FROM planned_change p, jsonb_each(p.after) a
     WHERE p.run_id = $1 AND p.stage = 'objects' AND p.state = 'planned' AND p.operation = 'modify' AND p.before -> a.key <> '[]'
       AND (a.value = '[]' AND a.key = ANY($2) OR a.value <> '[]' AND a.key = ANY($3)) GROUP BY p.id`,
    [run.id, cleared, changed],
  );
  await splitOff(transaction, 'aside', 'held', hold);
  await transaction.query('DROP TABLE aside');
}

/**
 * Makes the attributes `keys` of the changes `id` in a temporary table changes of their own, in another state; what is left
 * of the first ones stays as it is.
 */
export async function splitOff(
  transaction: Transaction,
  table: string,
  state: 'held' | 'dropped',
  hold: string | null,
  answer: string | null = null,
): Promise<void> {
  await transaction.query(
    `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, attribute, before, after, owned, rule, undoes, state, hold_id, answer)
     SELECT p.run_id, p.configuration, p.identity_id, p.stage, p.page, p.operation, p.managed_guid, p.attribute,
            ${only('p.before', 's.keys')}, ${only('p.after', 's.keys')}, ${only('p.owned', 's.keys')}, p.rule, p.undoes, $1, coalesce($2, p.hold_id), $3
     FROM planned_change p JOIN ${table} s ON s.id = p.id WHERE NOT p.after - s.keys = '{}'`,
    [state, hold, answer],
  );
  await transaction.query(
    `UPDATE planned_change p SET before = p.before - s.keys, after = p.after - s.keys, owned = p.owned - s.keys
     FROM ${table} s WHERE s.id = p.id AND NOT p.after - s.keys = '{}'`,
  );
  // Of these nothing is left: they change their state as they are.
  await transaction.query(
    `UPDATE planned_change p SET state = $1, hold_id = coalesce($2, p.hold_id), answer = $3 FROM ${table} s WHERE s.id = p.id AND p.after - s.keys = '{}'`,
    [state, hold, answer],
  );
}

async function setAsideMembers(
  transaction: Transaction,
  run: Run,
  hold: string,
  kinds: readonly string[],
): Promise<void> {
  if (kinds.length === 0) return;
  await transaction.query(
    `CREATE TEMPORARY TABLE aside_member ON COMMIT DROP AS
     SELECT p.id, jsonb_agg(t.value) AS targets, p.before - array_agg(t.value #>> '{}') AS rest
     FROM planned_change p JOIN identity i ON i.id = p.identity_id, jsonb_array_elements(p.before) t, managed_object m
     WHERE p.run_id = $1 AND p.stage = 'references' AND p.state = 'planned' AND p.operation = 'link' AND p.attribute = 'member'
       AND m.forest_id = i.managed_forest AND m.guid = (t.value #>> '{}')::uuid AND m.kind = ANY($2)
     GROUP BY p.id`,
    [run.id, kinds],
  );
  await transaction.query(
    `INSERT INTO planned_change (run_id, configuration, identity_id, stage, page, operation, managed_guid, attribute, before, after, rule, state, hold_id)
     SELECT p.run_id, p.configuration, p.identity_id, p.stage, p.page, p.operation, p.managed_guid, p.attribute, s.targets, '[]', p.rule, 'held', $1
     FROM planned_change p JOIN aside_member s ON s.id = p.id WHERE s.rest <> '[]' OR p.after <> '[]'`,
    [hold],
  );
  await transaction.query(
    "UPDATE planned_change p SET before = s.rest FROM aside_member s WHERE s.id = p.id AND (s.rest <> '[]' OR p.after <> '[]')",
  );
  await transaction.query(
    "UPDATE planned_change p SET state = 'held', hold_id = $1 FROM aside_member s WHERE s.id = p.id AND s.rest = '[]' AND p.after = '[]'",
    [hold],
  );
  await transaction.query('DROP TABLE aside_member');
}

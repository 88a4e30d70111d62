import { valueOwned } from '../rules/flow.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** Why something is pinned, and by whom. */
export interface Pinning {
  readonly reason: 'rejected' | 'undone';
  readonly operator: string;
}

/**
 * Pins what changes stood for: what is wanted now of the same identities, attributes and targets is not planned again while
 * it stays the same.
 *
 * @param reversed the changes turn others round, and it is those that are pinned
 * @param condition SQL that names the changes `p`; `$3` and on are `values`
 */
export async function pinChanges(
  transaction: Transaction,
  { reason, operator }: Pinning,
  reversed: boolean,
  condition: string,
  values: readonly unknown[],
): Promise<void> {
  const into = 'INSERT INTO pin (identity_id, operation, attribute, target, answers, change_id, reason, operator)';
  const again = `ON CONFLICT (identity_id, operation, attribute, target) WHERE released_at IS NULL DO UPDATE SET answers = excluded.answers,
    change_id = excluded.change_id, reason = excluded.reason, operator = excluded.operator, made_at = now()`;
  const common = [reason, operator, ...values];
  // Rejected is what was on the list, whatever the source has come to want since. Of values that are owned singly the list
  // also shows those of others, and the anchor is wanted without being in what the rules want.
  const wanted = "coalesce(e.wanted -> a.key, '[]')";
  const answered = reversed
    ? wanted
    : `CASE WHEN e.wanted ? a.key AND a.key <> ALL('{${[...valueOwned].join(',')}}') OR a.value = '[]' THEN a.value ELSE ${wanted} END`;
  await transaction.query(
    `${into}
     SELECT p.identity_id, 'modify', a.key, NULL, (array_agg(${answered} ORDER BY p.id DESC))[1], max(p.id), $1, $2
     FROM planned_change p JOIN identity i ON i.id = p.identity_id JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid, jsonb_each(p.after) a
     WHERE p.operation = 'modify' AND ${condition} GROUP BY p.identity_id, a.key ${again}`,
    common,
  );
  // An object that is brought back is there again, as one that is made.
  const operation = "CASE p.operation WHEN 'undelete' THEN 'add' ELSE p.operation END";
  const [made, gone] = reversed ? ['delete', 'add'] : ['add', 'delete'];
  await transaction.query(
    `${into}
     SELECT DISTINCT ON (p.identity_id, 2) p.identity_id, CASE ${operation} WHEN '${made}' THEN 'add' WHEN '${gone}' THEN 'delete' ELSE 'disconnect' END, '', NULL::uuid,
       CASE ${operation} WHEN '${made}' THEN to_jsonb(md5(e.wanted::text)) ELSE 'true' END, p.id, $1, $2
     FROM planned_change p JOIN identity i ON i.id = p.identity_id JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid
     WHERE p.operation IN ('add', 'undelete', 'delete', 'disconnect') AND ${condition} ORDER BY p.identity_id, 2, p.id DESC ${again}`,
    common,
  );
  await transaction.query(
    `${into}
     SELECT p.identity_id, 'link', p.attribute, t.target::uuid, to_jsonb(bool_or(t.comes)), max(p.id), $1, $2
     FROM planned_change p, LATERAL (
       SELECT value AS target, ${String(!reversed)} AS comes FROM jsonb_array_elements_text(p.after)
       UNION ALL SELECT value, ${String(reversed)} FROM jsonb_array_elements_text(p.before)) t
     WHERE p.operation = 'link' AND ${condition} GROUP BY p.identity_id, p.attribute, t.target ${again}`,
    common,
  );
}

/** What is pinned of an identity: attributes, its making, its disconnection. */
export interface Pins {
  readonly attributes: readonly string[];
  readonly add: boolean;
  readonly disconnect: boolean;
}

/**
 * The pins in force of these identities, those of references left out. Ends the ones that answer something that is not
 * wanted any more.
 */
export async function pinsOf(
  transaction: Transaction,
  identities: readonly string[],
): Promise<ReadonlyMap<string, Pins>> {
  await releaseAnswered(transaction, identities);
  const rows = await transaction.query<Pins & { readonly id: string }>(
    `SELECT identity_id AS id, coalesce(array_agg(attribute) FILTER (WHERE operation = 'modify'), '{}') AS attributes,
            bool_or(operation = 'add') AS add, bool_or(operation = 'disconnect') AS disconnect
     FROM pin WHERE identity_id = ANY($1) AND released_at IS NULL AND operation <> 'link' GROUP BY identity_id`,
    [identities],
  );
  return new Map(rows.map(({ id, ...pins }) => [id, pins]));
}

async function releaseAnswered(transaction: Transaction, identities: readonly string[]): Promise<void> {
  await transaction.query(
    `UPDATE pin SET released_at = now() FROM identity i JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid
     JOIN source_object o ON o.forest_id = e.forest_id AND o.guid = e.guid
     WHERE pin.identity_id = ANY($1) AND pin.released_at IS NULL AND i.id = pin.identity_id AND CASE pin.operation
       WHEN 'modify' THEN e.in_scope AND o.tombstone_at IS NULL AND coalesce(e.wanted -> pin.attribute, '[]') <> pin.answers
       WHEN 'add' THEN e.in_scope AND o.tombstone_at IS NULL AND to_jsonb(md5(e.wanted::text)) <> pin.answers
       WHEN 'disconnect' THEN e.in_scope AND o.tombstone_at IS NULL
       ELSE false END`,
    [identities],
  );
}

/** A pin as an operator sees it. */
export interface PinReport {
  readonly id: string;
  readonly sourceDn: string;
  readonly operation: string;
  readonly attribute: string;
  readonly targetDn: string | null;
  readonly reason: Pinning['reason'];
  readonly operator: string;
  readonly madeAt: Date;
}

/** The pins in force of a forest. */
export async function listPins(db: Queryable, forest: ForestId, limit: number): Promise<readonly PinReport[]> {
  return db.query<PinReport>(
    `SELECT pin.id, o.dn AS "sourceDn", pin.operation, pin.attribute, m.dn AS "targetDn", pin.reason, pin.operator, pin.made_at AS "madeAt"
     FROM pin JOIN identity i ON i.id = pin.identity_id JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
     LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = pin.target
     WHERE i.source_forest = $1 AND pin.released_at IS NULL ORDER BY o.dn, pin.attribute, pin.id LIMIT $2`,
    [forest, limit],
  );
}

/** Releases a pin: the next cycle plans again what it stood for. False when it is not in force. */
export async function releasePin(transaction: Transaction, id: string, operator: string): Promise<boolean> {
  const [row] = await transaction.query<{ identity_id: string }>(
    'UPDATE pin SET released_at = now(), released_by = $2 WHERE id = $1 AND released_at IS NULL RETURNING identity_id',
    [id, operator],
  );
  if (row === undefined) return false;
  await transaction.query('UPDATE identity SET plan_dirty = true, links_dirty = true WHERE id = $1', [row.identity_id]);
  return true;
}

/** How many pins of a forest are in force. */
export async function countPins(db: Queryable, forest: ForestId): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM pin JOIN identity i ON i.id = pin.identity_id WHERE i.source_forest = $1 AND pin.released_at IS NULL',
    [forest],
  );
  return row?.count ?? 0;
}

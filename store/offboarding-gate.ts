import { LEAVES_RULE } from '../rules/offboarding.ts';
import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { isIn, markTakenUp } from './onboarding-gate.ts';

/**
 * SQL: whether the object of this row of source_object leaves by the offboarding of its customer: a wave has taken it, or it is
 * none that is in while the waves go.
 */
export function leaves(row: string): string {
  return `(EXISTS (SELECT FROM offboarding_member m WHERE m.forest_id = ${row}.forest_id AND m.guid = ${row}.guid AND m.taken_up)
    OR EXISTS (SELECT FROM offboarding b JOIN forest f ON f.customer = b.customer WHERE f.id = ${row}.forest_id AND b.lifted_at IS NULL AND b.way = 'deprovision' AND b.state = 'running')
      AND NOT ${isIn(row)})`;
}

/** Marks for evaluation whom a wave has taken since the last cycle. Where none has, it costs the same however many objects there are. */
export async function takeUpWithdrawn(transaction: Transaction, forest: ForestId): Promise<void> {
  const withdrawn = await transaction.query<{ guid: string }>(
    'UPDATE offboarding_member SET taken_up = true WHERE forest_id = $1 AND NOT taken_up RETURNING guid',
    [forest],
  );
  await markTakenUp(transaction, forest, withdrawn);
}

/** How many of the changes on a list are of objects that leave by the offboarding of their customer. */
export async function announcedOn(transaction: Transaction, hold: string): Promise<number> {
  const [row] = await transaction.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM planned_change p JOIN identity i ON i.id = p.identity_id
     JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid
     WHERE p.hold_id = $1 AND p.state = 'held' AND p.operation = 'disconnect' AND e.scope_rule = $2`,
    [hold, LEAVES_RULE],
  );
  return row?.count ?? 0;
}

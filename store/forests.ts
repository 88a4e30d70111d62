import type { Queryable } from './database.ts';

/** The short id that connector spaces carry for a forest. */
export type ForestId = number;

export type ForestKey =
  | { readonly side: 'source'; readonly customer: string; readonly name: string }
  | { readonly side: 'managed'; readonly name: string };

/** The id of a forest; given on first use. */
export async function forestId(db: Queryable, key: ForestKey): Promise<ForestId> {
  const customer = key.side === 'source' ? key.customer : '';
  const find = (): Promise<{ id: number }[]> =>
    db.query<{ id: number }>('SELECT id FROM forest WHERE side = $1 AND customer = $2 AND name = $3', [
      key.side,
      customer,
      key.name,
    ]);
  const known = (await find())[0];
  if (known !== undefined) return known.id;
  await db.query('INSERT INTO forest (side, customer, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    key.side,
    customer,
    key.name,
  ]);
  const [made] = await find();
  if (made === undefined) throw new Error(`the forest ${key.name} could not be recorded`);
  return made.id;
}

/** Whether the plan of a forest's first cycle has not been approved yet. */
export async function planNeedsApproval(db: Queryable, forest: ForestId): Promise<boolean> {
  const rows = await db.query('SELECT 1 FROM forest WHERE id = $1 AND first_plan_at IS NULL', [forest]);
  return rows.length > 0;
}

/** Records that the plan of a forest's first cycle was approved, or did not need to be. */
export async function recordFirstPlan(db: Queryable, forest: ForestId): Promise<void> {
  await db.query('UPDATE forest SET first_plan_at = now() WHERE id = $1 AND first_plan_at IS NULL', [forest]);
}

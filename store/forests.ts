import type { Queryable } from './database.ts';

/** The short id that connector spaces carry for a forest. */
export type ForestId = number;

export type ForestKey =
  | { readonly side: 'source'; readonly customer: string; readonly name: string }
  | { readonly side: 'managed'; readonly name: string };

/** The id of a forest; null where it was never used. */
export async function knownForestId(db: Queryable, key: ForestKey): Promise<ForestId | null> {
  const [row] = await db.query<{ id: number }>(
    'SELECT id FROM forest WHERE side = $1 AND customer = $2 AND name = $3',
    [key.side, customerOf(key), key.name],
  );
  return row?.id ?? null;
}

/** The id of a forest; given on first use. */
export async function forestId(db: Queryable, key: ForestKey): Promise<ForestId> {
  const known = await knownForestId(db, key);
  if (known !== null) return known;
  await db.query('INSERT INTO forest (side, customer, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    key.side,
    customerOf(key),
    key.name,
  ]);
  const made = await knownForestId(db, key);
  if (made === null) throw new Error(`the forest ${key.name} could not be recorded`);
  return made;
}

function customerOf(key: ForestKey): string {
  return key.side === 'source' ? key.customer : '';
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

/** What was last seen of a Managed Forest's schema. */
export interface KnownSchema {
  readonly readAt: Date | null;
  /** Whether other attributes were asked for then. */
  readonly changed: (asked: readonly string[]) => boolean;
  /** The attributes of these that it does not have. */
  readonly lacking: ReadonlySet<string>;
}

export async function schemaOf(db: Queryable, forest: ForestId): Promise<KnownSchema> {
  const [row] = await db.query<{ asked: readonly string[] | null; lacking: readonly string[]; read_at: Date | null }>(
    'SELECT asked_of_schema AS asked, lacking, schema_read_at AS read_at FROM forest WHERE id = $1',
    [forest],
  );
  return {
    readAt: row?.read_at ?? null,
    changed: (asked) => row?.asked?.join(' ') !== asked.join(' '),
    lacking: new Set(row?.lacking),
  };
}

/** Notes what a Managed Forest's schema has of what was asked for. Identities are planned again when that is other than before. */
export async function recordSchema(
  db: Queryable,
  forest: ForestId,
  asked: readonly string[],
  lacking: readonly string[],
): Promise<void> {
  const before = await schemaOf(db, forest);
  await db.query('UPDATE forest SET asked_of_schema = $2, lacking = $3, schema_read_at = now() WHERE id = $1', [
    forest,
    asked,
    lacking,
  ]);
  if ([...before.lacking].some((name) => !lacking.includes(name)))
    await db.query('UPDATE identity SET plan_dirty = true, links_dirty = true WHERE managed_forest = $1', [forest]);
}

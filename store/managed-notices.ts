import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

/** What an operator should know of a managed forest: see the table's migration for what each says. */
export type NoticeCode = 'conflict' | 'moved' | 'short read';

export interface Notice {
  readonly code: NoticeCode;
  /** objectGUID of the managed object; null when it is about the whole forest. */
  readonly guid: string | null;
  readonly details: string;
}

/** Records notices: new ones are added, of known ones the details are renewed. */
export async function recordNotices(db: Queryable, forest: ForestId, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  await db.query(
    `INSERT INTO managed_notice (forest_id, code, guid, details)
     SELECT $1, code, guid, details FROM json_to_recordset($2::json) AS r (code text, guid uuid, details text)
     ON CONFLICT (forest_id, code, guid) DO UPDATE SET details = excluded.details, last_seen = now()`,
    [forest, JSON.stringify(notices)],
  );
}

/** Takes notices back that no longer hold; a guid of null stands for the one of the whole forest. */
export async function withdrawNotices(
  db: Queryable,
  forest: ForestId,
  code: NoticeCode,
  guids: readonly (string | null)[],
): Promise<void> {
  if (guids.length === 0) return;
  await db.query(
    'DELETE FROM managed_notice WHERE forest_id = $1 AND code = $2 AND (guid = ANY($3) OR guid IS NULL AND $4)',
    [forest, code, guids.filter((guid) => guid !== null), guids.includes(null)],
  );
}

/** A notice as an operator sees it. */
export interface NoticeReport extends Notice {
  /** Distinguished name of the managed object as last read. */
  readonly dn: string | null;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
}

/** The notices of a managed forest that hold, the newest first. */
export async function listNotices(db: Queryable, forest: ForestId, limit: number): Promise<readonly NoticeReport[]> {
  return db.query<NoticeReport>(
    `SELECT n.code, n.guid, n.details, m.dn, n.first_seen AS "firstSeen", n.last_seen AS "lastSeen" FROM managed_notice n
     LEFT JOIN managed_object m ON m.forest_id = n.forest_id AND m.guid = n.guid
     WHERE n.forest_id = $1 ORDER BY n.first_seen DESC, n.guid LIMIT $2`,
    [forest, limit],
  );
}

/** How many notices of a managed forest hold. */
export async function countNotices(db: Queryable, forest: ForestId): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM managed_notice WHERE forest_id = $1',
    [forest],
  );
  return row?.count ?? 0;
}

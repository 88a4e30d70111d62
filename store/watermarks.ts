import type { ReadPosition, UsnVector } from '../rules/controllers.ts';
import type { ReadingMode } from '../rules/reading-settings.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

/** Up to where a naming context has been read, and on which domain controller. */
export interface Watermark extends ReadPosition {
  /** DirSync cookie; null where the read was no DirSync. */
  readonly cookie: Buffer | null;
  /** The attributes that were asked for. */
  readonly asked: string;
  /** How the read was made; of a Customer Forest only. */
  readonly mode?: ReadingMode;
  /** Whether the account was told of deletions; of a Customer Forest only. */
  readonly seesDeleted?: boolean;
  /** URL of the controller; of the Managed Forest only, whose every writer goes there. */
  readonly url?: string;
  /** Days for which the forest keeps what tells of a deletion; of a Customer Forest only. */
  readonly tombstoneDays?: number;
}

export interface StoredWatermark
  extends Required<Omit<Watermark, 'url' | 'tombstoneDays'>>, Pick<Watermark, 'tombstoneDays'> {
  readonly url: string | null;
  /** When it shall be read whole again at the latest, where the last whole read could not be believed. */
  readonly wholeDue: Date | null;
  /** When the naming context was last read whole. */
  readonly wholeAt: Date;
  /** When it was last read. */
  readonly readAt: Date;
}

/** How a watermark names the attributes that were asked for. */
export function askedFor(attributes: readonly string[]): string {
  return [...attributes].sort().join(' ');
}

/** URL of the controller that a Managed Forest's naming context was last read from; null before the first read. */
export async function lastReadFrom(
  db: Queryable,
  managedForest: string,
  namingContext: string,
): Promise<string | null> {
  const [row] = await db.query<{ url: string | null }>(
    "SELECT w.url FROM watermark w JOIN forest f ON f.id = w.forest_id WHERE f.side = 'managed' AND f.name = $1 AND w.naming_context = $2",
    [managedForest, namingContext.toLowerCase()],
  );
  return row?.url ?? null;
}

/** The watermark of a naming context; null before the first complete read. */
export async function readWatermark(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
): Promise<StoredWatermark | null> {
  const [row] = await db.query<{
    controller: string;
    invocation_id: string;
    highest_usn: string;
    cookie: Buffer | null;
    whole_at: Date;
    read_at: Date;
    asked: string;
    seen: Readonly<Record<string, string>> | null;
    mode: ReadingMode | null;
    sees_deleted: boolean | null;
    url: string | null;
    tombstone_days: number | null;
    whole_due: Date | null;
  }>(
    `SELECT controller, invocation_id, highest_usn, cookie, whole_at, asked, seen, mode, sees_deleted, url, tombstone_days, read_at, whole_due
     FROM watermark WHERE forest_id = $1 AND naming_context = $2`,
    [forest, namingContext.toLowerCase()],
  );
  return row === undefined
    ? null
    : {
        controller: row.controller,
        invocationId: row.invocation_id,
        highestUsn: BigInt(row.highest_usn),
        cookie: row.cookie,
        wholeAt: row.whole_at,
        readAt: row.read_at,
        seen:
          row.seen === null
            ? null
            : new Map(Object.entries(row.seen).map(([invocationId, usn]) => [invocationId, BigInt(usn)])),
        asked: row.asked,
        // Before modes were kept there was one.
        mode: row.mode ?? 'dirsync',
        seesDeleted: row.sees_deleted ?? true,
        url: row.url,
        ...(row.tombstone_days === null ? {} : { tombstoneDays: row.tombstone_days }),
        wholeDue: row.whole_due,
      };
}

/**
 * Stores a watermark; to be called in the transaction that stages what it covers.
 *
 * @param whole whether it ends a whole read of the naming context
 */
export async function writeWatermark(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  watermark: Watermark,
  whole: boolean,
): Promise<void> {
  await db.query(
    `WITH own AS (
       INSERT INTO controller_watermark (forest_id, naming_context, controller, invocation_id, highest_usn, cookie)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (forest_id, naming_context, invocation_id) DO UPDATE
       SET controller = excluded.controller, highest_usn = excluded.highest_usn, cookie = excluded.cookie, read_at = now()
     ), others AS (
       -- A whole read may lead back behind where the others were.
       DELETE FROM controller_watermark WHERE forest_id = $1 AND naming_context = $2 AND invocation_id <> $4 AND $7::boolean
     )
     INSERT INTO watermark (forest_id, naming_context, controller, invocation_id, highest_usn, cookie, asked, mode, sees_deleted, seen, url, tombstone_days)
     VALUES ($1, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (forest_id, naming_context) DO UPDATE
     SET controller = excluded.controller, invocation_id = excluded.invocation_id, highest_usn = excluded.highest_usn, cookie = excluded.cookie, asked = excluded.asked, mode = excluded.mode, sees_deleted = excluded.sees_deleted,
         seen = excluded.seen, url = excluded.url, tombstone_days = excluded.tombstone_days, read_at = now(),
         whole_at = CASE WHEN $7::boolean THEN now() ELSE watermark.whole_at END,
         whole_due = CASE WHEN $7::boolean THEN NULL ELSE watermark.whole_due END`,
    [
      forest,
      namingContext.toLowerCase(),
      watermark.controller,
      watermark.invocationId,
      watermark.highestUsn.toString(),
      watermark.cookie,
      whole,
      watermark.asked,
      watermark.mode ?? null,
      watermark.seesDeleted ?? null,
      vectorText(watermark.seen),
      watermark.url ?? null,
      watermark.tombstoneDays ?? null,
    ],
  );
}

/** Notes that more is staged than the watermark stands for: the beginning of a read that may never come to its end. */
export async function noteSeen(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  seen: UsnVector | null,
): Promise<void> {
  await db.query('UPDATE watermark SET seen = $3 WHERE forest_id = $1 AND naming_context = $2', [
    forest,
    namingContext.toLowerCase(),
    vectorText(seen),
  ]);
}

/**
 * Up to where a controller was last read itself; null when it was not, since the last whole read. From there it may tell
 * again what was read from others.
 */
export async function ownWatermark(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  invocationId: string,
): Promise<Pick<Watermark, 'cookie' | 'highestUsn'> | null> {
  const [row] = await db.query<{ cookie: Buffer | null; highest_usn: string }>(
    'SELECT cookie, highest_usn FROM controller_watermark WHERE forest_id = $1 AND naming_context = $2 AND invocation_id = $3',
    [forest, namingContext.toLowerCase(), invocationId],
  );
  return row === undefined ? null : { cookie: row.cookie, highestUsn: BigInt(row.highest_usn) };
}

function vectorText(vector: UsnVector | null): string | null {
  if (vector === null) return null;
  return JSON.stringify(Object.fromEntries([...vector].map(([invocationId, usn]) => [invocationId, usn.toString()])));
}

/** Has a naming context read whole again after some milliseconds, whatever its age. */
export async function wantWholeRead(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  afterMilliseconds: number,
): Promise<void> {
  await db.query(
    "UPDATE watermark SET whole_due = now() + $3 * interval '1 millisecond' WHERE forest_id = $1 AND naming_context = $2",
    [forest, namingContext.toLowerCase(), afterMilliseconds],
  );
}

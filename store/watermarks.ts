import type { ReadingMode } from '../rules/reading-settings.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

/** Up to where a naming context has been read, and on which domain controller. */
export interface Watermark {
  /** DNS name of the domain controller. */
  readonly controller: string;
  /** Identifies the controller's database; another one after a restore (MS-ADTS 3.1.1.1.9). */
  readonly invocationId: string;
  readonly highestUsn: bigint;
  /** DirSync cookie; null where the read was no DirSync. */
  readonly cookie: Buffer | null;
  /** The attributes that were asked for. */
  readonly asked: string;
  /** How the read was made; of a Customer Forest only. */
  readonly mode?: ReadingMode;
  /** Whether the account was told of deletions; of a Customer Forest only. */
  readonly seesDeleted?: boolean;
}

export interface StoredWatermark extends Required<Watermark> {
  /** When the naming context was last read whole. */
  readonly wholeAt: Date;
}

/** How a watermark names the attributes that were asked for. */
export function askedFor(attributes: readonly string[]): string {
  return [...attributes].sort().join(' ');
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
    asked: string;
    mode: ReadingMode | null;
    sees_deleted: boolean | null;
  }>(
    'SELECT controller, invocation_id, highest_usn, cookie, whole_at, asked, mode, sees_deleted FROM watermark WHERE forest_id = $1 AND naming_context = $2',
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
        asked: row.asked,
        // Before modes were kept there was one.
        mode: row.mode ?? 'dirsync',
        seesDeleted: row.sees_deleted ?? true,
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
    `INSERT INTO watermark (forest_id, naming_context, controller, invocation_id, highest_usn, cookie, asked, mode, sees_deleted)
     VALUES ($1, $2, $3, $4, $5, $6, $8, $9, $10)
     ON CONFLICT (forest_id, naming_context) DO UPDATE
     SET controller = excluded.controller, invocation_id = excluded.invocation_id, highest_usn = excluded.highest_usn, cookie = excluded.cookie, asked = excluded.asked, mode = excluded.mode, sees_deleted = excluded.sees_deleted, read_at = now(),
         whole_at = CASE WHEN $7 THEN now() ELSE watermark.whole_at END`,
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
    ],
  );
}

import type { AttributeImage } from '../rules/attributes.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { StagedLink } from './read-links.ts';
import type { RunId } from './runs.ts';
import { replaceLinks } from './source-links.ts';

/** A source object as read, ready for the connector space. */
export interface StagedSource {
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly dn: string;
  readonly parentGuid: string | null;
  readonly attributes: AttributeImage;
  /** Attributes whose value does not fit their syntax; they are missing from `attributes`. */
  readonly malformed: readonly string[];
  /** Hash over kind, DN, attributes and malformed ones. */
  readonly hash: Buffer;
  /** Every link value, with a hash over them; null when the read did not tell and the staged ones stand. */
  readonly links: { readonly values: readonly StagedLink[]; readonly hash: Buffer } | null;
  /** whenCreated, LDAP generalized time. */
  readonly createdAt: string;
}

/**
 * Stages one page of a read: new and changed objects are marked for evaluation, link values replaced for holders whose
 * links changed, and every object noted as seen by the run.
 *
 * @returns how many objects were new or changed
 */
export async function stageSourcePage(
  transaction: Transaction,
  forest: ForestId,
  run: RunId,
  namingContext: string,
  page: readonly StagedSource[],
): Promise<number> {
  const rows = page.map((object) => ({
    guid: object.guid,
    kind: object.kind,
    dn: object.dn,
    parent_guid: object.parentGuid,
    attributes: object.attributes,
    malformed: object.malformed,
    hash: object.hash.toString('hex'),
    links_hash: object.links?.hash.toString('hex') ?? null,
    created_at: object.createdAt,
  }));
  const answers = await transaction.query<{ guid: string; changed: boolean; links_changed: boolean }>(
    `WITH page AS (
       SELECT guid, kind, dn, parent_guid, attributes, malformed, decode(hash, 'hex') AS hash, decode(links_hash, 'hex') AS links_hash, created_at
       FROM json_to_recordset($4::json) AS r (guid uuid, kind text, dn text, parent_guid uuid, attributes jsonb, malformed text[], hash text, links_hash text, created_at text)
     ), known AS (
       SELECT o.guid, o.hash, o.links_hash, o.tombstone_at, o.naming_context, o.parent_guid FROM source_object o JOIN page USING (guid) WHERE o.forest_id = $1
     ), same AS (
       SELECT page.guid FROM page JOIN known USING (guid)
       WHERE known.hash = page.hash AND known.links_hash = coalesce(page.links_hash, known.links_hash) AND known.tombstone_at IS NULL
         AND known.naming_context = $3 AND known.parent_guid IS NOT DISTINCT FROM page.parent_guid
     ), seen AS (
       -- What is as it was is not written anew, only noted as seen.
       UPDATE source_object o SET last_seen = now(), last_read = $2, absent_reads = 0 FROM same WHERE o.forest_id = $1 AND o.guid = same.guid
     ), vanished AS (
       INSERT INTO vanished_value (forest_id, guid, attribute, value)
       SELECT $1, o.guid, before.key, before.value
       FROM page JOIN source_object o ON o.forest_id = $1 AND o.guid = page.guid AND o.hash <> page.hash AND o.tombstone_at IS NULL,
         jsonb_each(o.attributes) AS before
       WHERE NOT page.attributes ? before.key AND before.key <> ALL(page.malformed)
       ON CONFLICT DO NOTHING
     ), merged AS (
       INSERT INTO source_object AS o (forest_id, guid, naming_context, kind, dn, parent_guid, attributes, malformed, hash, links_hash, created_at, last_read)
       SELECT $1, guid, $3, kind, dn, parent_guid, attributes, malformed, hash, coalesce(links_hash, ''), created_at, $2 FROM page WHERE guid NOT IN (SELECT guid FROM same)
       ON CONFLICT (forest_id, guid) DO UPDATE SET
         naming_context = excluded.naming_context, kind = excluded.kind, dn = excluded.dn, parent_guid = excluded.parent_guid,
         attributes = excluded.attributes, malformed = excluded.malformed, hash = excluded.hash,
         links_hash = coalesce((SELECT p.links_hash FROM page p WHERE p.guid = excluded.guid), o.links_hash), created_at = excluded.created_at,
         last_seen = now(), last_read = excluded.last_read, absent_reads = 0, tombstone_at = NULL,
         dirty = o.dirty OR o.hash <> excluded.hash OR o.tombstone_at IS NOT NULL
     )
     SELECT page.guid,
            known.guid IS NULL OR known.hash <> page.hash OR known.tombstone_at IS NOT NULL AS changed,
            page.links_hash IS NOT NULL AND (known.guid IS NULL OR known.links_hash <> page.links_hash) AS links_changed
     FROM page LEFT JOIN known USING (guid)`,
    [forest, run, namingContext.toLowerCase(), JSON.stringify(rows)],
  );
  const relinked = new Set(answers.filter((row) => row.links_changed).map((row) => row.guid));
  if (relinked.size > 0) {
    await replaceLinks(
      transaction,
      forest,
      page.flatMap(({ guid, links }) => (links !== null && relinked.has(guid) ? [{ guid, values: links.values }] : [])),
    );
  }
  return answers.filter((row) => row.changed || row.links_changed).length;
}

/** Complete reads without the object after which an object that left no tombstone counts as gone. */
const READS_UNTIL_GONE = 2;

/**
 * Notes the end of a complete read of a naming context: objects that it did not hold are counted as absent, and only
 * those that two complete reads in a row did not hold are marked as gone.
 *
 * @param hidden objects that it did not hold, but that were not deleted: they stay as they are
 * @returns how many objects were absent, and how many of them are now marked as gone
 */
export async function finishSourceRead(
  db: Queryable,
  forest: ForestId,
  run: RunId,
  namingContext: string,
  hidden: readonly string[] = [],
): Promise<{ absent: number; gone: number }> {
  const rows = await db.query<{ gone: boolean }>(
    `UPDATE source_object SET
       absent_reads = absent_reads + 1, last_read = $2,
       tombstone_at = CASE WHEN absent_reads + 1 >= $4 THEN now() END,
       dirty = dirty OR absent_reads + 1 >= $4
     WHERE ${MISSING} AND guid <> ALL($5)
     RETURNING tombstone_at IS NOT NULL AS gone`,
    [forest, run, namingContext.toLowerCase(), READS_UNTIL_GONE, hidden],
  );
  return { absent: rows.length, gone: rows.filter((row) => row.gone).length };
}

/** SQL: the objects of a naming context that a complete read did not hold. */
const MISSING = 'forest_id = $1 AND naming_context = $3 AND last_read <> $2 AND tombstone_at IS NULL';

/** An object that a complete read did not hold. */
export interface MissingSource {
  readonly guid: string;
  readonly dn: string;
  /** It counts as gone when this read counts. */
  readonly last: boolean;
}

/** What a complete read of a naming context did not hold, before it is counted. */
export async function missingSources(
  db: Queryable,
  forest: ForestId,
  run: RunId,
  namingContext: string,
): Promise<{ readonly known: number; readonly missing: readonly MissingSource[] }> {
  const missing = await db.query<MissingSource>(
    `SELECT guid, dn, absent_reads + 1 >= $4 AS last FROM source_object WHERE ${MISSING} ORDER BY guid`,
    [forest, run, namingContext.toLowerCase(), READS_UNTIL_GONE],
  );
  if (missing.length === 0) return { known: 0, missing };
  // Those that were there before the read.
  const [row] = await db.query<{ known: number }>(
    `SELECT count(*)::int AS known FROM source_object o JOIN run r ON r.id = $3
     WHERE o.forest_id = $1 AND o.naming_context = $2 AND o.tombstone_at IS NULL AND o.first_seen < r.started_at`,
    [forest, namingContext.toLowerCase(), run],
  );
  return { known: row?.known ?? 0, missing };
}

/** A staged object that waits for evaluation. */
export interface DirtySource {
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly dn: string;
  readonly attributes: AttributeImage;
  readonly malformed: readonly string[];
  readonly createdAt: string;
  readonly gone: boolean;
}

/**
 * The next objects of a forest that wait for evaluation, in the order of their objectGUID.
 *
 * @param after the objectGUID that they follow; null to begin
 */
export async function dirtySources(
  db: Queryable,
  forest: ForestId,
  after: string | null,
  limit: number,
): Promise<readonly DirtySource[]> {
  return db.query<DirtySource>(
    `SELECT guid, kind, dn, attributes, malformed, created_at AS "createdAt", tombstone_at IS NOT NULL AS gone
     FROM source_object WHERE forest_id = $1 AND dirty AND guid > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
     ORDER BY guid LIMIT $3`,
    [forest, after, limit],
  );
}

/**
 * Marks every object of the forest for evaluation when the configuration or the rules are not those that it was last
 * evaluated with.
 *
 * @param rules names the configuration version and the version of the rules
 * @returns how many objects were marked
 */
export async function markForRules(transaction: Transaction, forest: ForestId, rules: string): Promise<number> {
  const changed = await transaction.query(
    'UPDATE forest SET evaluated_with = $2 WHERE id = $1 AND evaluated_with IS DISTINCT FROM $2 RETURNING id',
    [forest, rules],
  );
  if (changed.length === 0) return 0;
  const [row] = await transaction.query<{ count: string }>(
    'WITH marked AS (UPDATE source_object SET dirty = true WHERE forest_id = $1 AND NOT dirty RETURNING 1) SELECT count(*) FROM marked',
    [forest],
  );
  return Number(row?.count ?? 0);
}

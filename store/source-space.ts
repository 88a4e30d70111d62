import type { AttributeImage } from '../rules/attributes.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { StagedLink } from './read-links.ts';
import { leaves } from './offboarding-gate.ts';
import { waits } from './onboarding-gate.ts';
import { retired } from './reconnections.ts';
import type { RunId } from './runs.ts';
import { sourceChanges } from './source-changes.ts';
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
  const known = await knownHashes(transaction, forest, page);
  const isNew = (object: StagedSource): boolean => !known.has(object.guid);
  const isChanged = (object: StagedSource): boolean => {
    const before = known.get(object.guid);
    return before === undefined || before.gone || !before.hash.equals(object.hash);
  };
  const isRelinked = ({ guid, links }: StagedSource): boolean =>
    links !== null && known.get(guid)?.links_hash.equals(links.hash) !== true;
  const isElsewhere = ({ guid, parentGuid }: StagedSource): boolean => {
    const before = known.get(guid);
    return before?.naming_context !== namingContext.toLowerCase() || before.parent_guid !== parentGuid;
  };
  const isAnother = (object: StagedSource): boolean => isChanged(object) || isRelinked(object) || isElsewhere(object);
  const same = page.filter((object) => !isAnother(object)).map((object) => object.guid);
  if (same.length > 0)
    // What is as it was is not written anew, only noted as seen.
    await transaction.query(
      'UPDATE source_object SET last_seen = now(), last_read = $2, absent_reads = 0 WHERE forest_id = $1 AND guid = ANY($3)',
      [forest, run, same],
    );
  const place = { forest, run, namingContext: namingContext.toLowerCase() };
  await updateObjects(
    transaction,
    place,
    page.filter((object) => !isNew(object) && isAnother(object)),
  );
  await insertObjects(transaction, place, page.filter(isNew));
  const relinked = page.filter(isRelinked);
  if (relinked.length > 0)
    await replaceLinks(
      transaction,
      forest,
      relinked.flatMap(({ guid, links }) => (links === null ? [] : [{ guid, values: links.values }])),
    );
  return page.filter((object) => isChanged(object) || isRelinked(object)).length;
}

interface KnownHash {
  readonly guid: string;
  readonly hash: Buffer;
  readonly links_hash: Buffer;
  readonly gone: boolean;
  readonly naming_context: string;
  readonly parent_guid: string | null;
}

async function knownHashes(
  transaction: Transaction,
  forest: ForestId,
  page: readonly StagedSource[],
): Promise<ReadonlyMap<string, KnownHash>> {
  const rows = await transaction.query<KnownHash>(
    `SELECT guid, hash, links_hash, tombstone_at IS NOT NULL AS gone, naming_context, parent_guid
     FROM source_object WHERE forest_id = $1 AND guid = ANY($2)`,
    [forest, page.map((object) => object.guid)],
  );
  return new Map(rows.map((row) => [row.guid, row]));
}

interface Place {
  readonly forest: ForestId;
  readonly run: RunId;
  readonly namingContext: string;
}

/** SQL: objects as rows, from the parameters of {@link columnsOf} that begin with $4. */
const TOLD = `unnest($4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::jsonb[], $9::jsonb[], $10::bytea[], $11::bytea[], $12::text[])
  AS r (guid, kind, dn, parent_guid, attributes, malformed, hash, links_hash, created_at)`;

function columnsOf(objects: readonly StagedSource[]): readonly (readonly unknown[])[] {
  return [
    objects.map((object) => object.guid),
    objects.map((object) => object.kind),
    objects.map((object) => object.dn),
    objects.map((object) => object.parentGuid),
    objects.map((object) => JSON.stringify(object.attributes)),
    objects.map((object) => JSON.stringify(object.malformed)),
    objects.map((object) => object.hash),
    objects.map((object) => object.links?.hash ?? null),
    objects.map((object) => object.createdAt),
  ];
}

async function insertObjects(transaction: Transaction, place: Place, objects: readonly StagedSource[]): Promise<void> {
  if (objects.length === 0) return;
  await transaction.query(
    `INSERT INTO source_object (forest_id, guid, naming_context, kind, dn, parent_guid, attributes, malformed, hash, links_hash, created_at, last_read)
     SELECT $1, guid, $3, kind, dn, parent_guid, attributes, ARRAY(SELECT jsonb_array_elements_text(malformed)), hash, coalesce(links_hash, ''), created_at, $2 FROM ${TOLD}`,
    [place.forest, place.run, place.namingContext, ...columnsOf(objects)],
  );
}

/** The list of all objects is named beside the join, so that no plan looks at more of the table than these. */
async function updateObjects(transaction: Transaction, place: Place, objects: readonly StagedSource[]): Promise<void> {
  if (objects.length === 0) return;
  await transaction.query(
    `WITH vanished AS (
       INSERT INTO vanished_value (forest_id, guid, attribute, value)
       SELECT $1, o.guid, before.key, before.value
       FROM ${TOLD} JOIN source_object o ON o.forest_id = $1 AND o.guid = ANY($4) AND o.guid = r.guid AND o.hash <> r.hash AND o.tombstone_at IS NULL,
         jsonb_each(o.attributes) AS before
       WHERE NOT r.attributes ? before.key AND NOT r.malformed ? before.key
       ON CONFLICT DO NOTHING
     ), history AS (${sourceChanges(TOLD)})
     UPDATE source_object o SET
       naming_context = $3, kind = r.kind, dn = r.dn, parent_guid = r.parent_guid, attributes = r.attributes,
       malformed = ARRAY(SELECT jsonb_array_elements_text(r.malformed)), hash = r.hash, links_hash = coalesce(r.links_hash, o.links_hash),
       created_at = r.created_at, last_seen = now(), last_read = $2, absent_reads = 0, tombstone_at = NULL,
       dirty = o.dirty OR o.hash <> r.hash OR o.tombstone_at IS NOT NULL
     FROM ${TOLD} WHERE o.forest_id = $1 AND o.guid = ANY($4) AND o.guid = r.guid`,
    [place.forest, place.run, place.namingContext, ...columnsOf(objects)],
  );
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
  /** Its services are another source object's since a reconnection. */
  readonly retired: boolean;
  readonly waits: boolean;
  /** It leaves by the offboarding of its customer. */
  readonly leaves: boolean;
}

const STAGED = `SELECT guid, kind, dn, attributes, malformed, created_at AS "createdAt", tombstone_at IS NOT NULL AS gone, ${retired('source_object')} AS retired, ${waits('source_object')} AS waits, ${leaves('source_object')} AS leaves
  FROM source_object`;

/** A staged object as the rules look at it; null when there is none. */
export async function stagedSource(db: Queryable, forest: ForestId, guid: string): Promise<DirtySource | null> {
  const [row] = await db.query<DirtySource>(`${STAGED} WHERE forest_id = $1 AND guid = $2`, [forest, guid]);
  return row ?? null;
}

/** The next objects of a forest as staged, whether or not they wait for evaluation, as of {@link dirtySources}. */
export async function stagedSources(
  db: Queryable,
  forest: ForestId,
  after: string | null,
  limit: number,
): Promise<readonly DirtySource[]> {
  return db.query<DirtySource>(
    `${STAGED} WHERE forest_id = $1 AND guid > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid) ORDER BY guid LIMIT $3`,
    [forest, after, limit],
  );
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
    `${STAGED} WHERE forest_id = $1 AND dirty AND guid > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
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

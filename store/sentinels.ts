import type { Sentinels } from '../rules/read-health.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** The sentinels of a naming context, by attribute; those of the attribute '' stand for objects as a whole. */
export async function sentinelsOf(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
): Promise<readonly Sentinels[]> {
  return db.query<Sentinels>(
    `SELECT attribute, array_agg(guid ORDER BY guid) AS guids FROM sentinel
     WHERE forest_id = $1 AND naming_context = $2 GROUP BY attribute ORDER BY attribute`,
    [forest, namingContext.toLowerCase()],
  );
}

/** SQL: the live objects of a naming context that the last whole read held. */
const LIVE = 'o.forest_id = $1 AND o.naming_context = $2 AND o.tombstone_at IS NULL AND o.absent_reads = 0';

/**
 * Chooses sentinels at the end of a whole read, for each attribute that is common. Looks at every object of the naming
 * context. Those for objects as a whole are forgotten: they are chosen when what is in scope is known.
 *
 * @param attributes those that are watched
 * @param kept those whose sentinels stay: they are not readable at present
 */
export async function chooseSentinels(
  transaction: Transaction,
  forest: ForestId,
  namingContext: string,
  {
    attributes,
    kept,
    perAttribute,
    common,
  }: {
    readonly attributes: readonly string[];
    readonly kept: readonly string[];
    readonly perAttribute: number;
    readonly common: number;
  },
): Promise<void> {
  const values = [forest, namingContext.toLowerCase(), kept];
  await transaction.query(
    'DELETE FROM sentinel WHERE forest_id = $1 AND naming_context = $2 AND attribute <> ALL($3)',
    values,
  );
  const watched = attributes.filter((attribute) => !kept.includes(attribute));
  // Of lists the shortest, so that reading them back costs little.
  await transaction.query(
    `WITH shown AS (
       SELECT k.attribute FROM source_object o, jsonb_object_keys(o.attributes) AS k (attribute)
       WHERE ${LIVE} AND k.attribute = ANY($3) GROUP BY 1 HAVING count(*) >= $5
     ), lists AS (
       SELECT l.attribute, l.holder, count(*) AS links FROM source_link l JOIN source_object o ON o.forest_id = l.forest_id AND o.guid = l.holder
       WHERE ${LIVE} AND l.attribute = ANY($3) GROUP BY 1, 2
     ), ranked AS (
       SELECT attribute, holder, row_number() OVER (PARTITION BY attribute ORDER BY links, holder) AS rank, count(*) OVER (PARTITION BY attribute) AS holders FROM lists
     )
     INSERT INTO sentinel (forest_id, naming_context, attribute, guid)
     SELECT $1, $2, shown.attribute, chosen.guid FROM shown, LATERAL (
       SELECT o.guid FROM source_object o WHERE ${LIVE} AND o.attributes ? shown.attribute LIMIT $4) AS chosen
     UNION ALL
     SELECT $1, $2, attribute, holder FROM ranked WHERE rank <= $4 AND holders >= $5`,
    [forest, namingContext.toLowerCase(), watched, perAttribute, common],
  );
}

/** Puts other objects in the place of the sentinels of some attributes. */
export async function replaceSentinels(
  transaction: Transaction,
  forest: ForestId,
  namingContext: string,
  sentinels: readonly Sentinels[],
): Promise<void> {
  const place = [forest, namingContext.toLowerCase()];
  await transaction.query('DELETE FROM sentinel WHERE forest_id = $1 AND naming_context = $2 AND attribute = ANY($3)', [
    ...place,
    sentinels.map(({ attribute }) => attribute),
  ]);
  const rows = sentinels.flatMap(({ attribute, guids }) => guids.map((guid) => ({ attribute, guid })));
  await transaction.query(
    'INSERT INTO sentinel (forest_id, naming_context, attribute, guid) SELECT $1::smallint, $2, attribute, guid FROM json_to_recordset($3::json) AS r (attribute text, guid uuid)',
    [...place, JSON.stringify(rows)],
  );
}

/**
 * Some objects that are staged with a value of an attribute; with '', some objects in scope.
 *
 * @param from objectGUIDs above this one come first
 */
export async function sampleHolders(
  db: Queryable,
  forest: ForestId,
  namingContext: string,
  attribute: string,
  { limit, from }: { readonly limit: number; readonly from: string },
): Promise<readonly string[]> {
  const [what, holds, values] =
    attribute === ''
      ? [
          'identity i JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid',
          "i.source_forest = $1 AND i.state = 'connected'",
          [],
        ]
      : [
          'source_object o',
          '(o.attributes ? $5 OR EXISTS (SELECT FROM source_link l WHERE l.forest_id = $1 AND l.holder = o.guid AND l.attribute = $5))',
          [attribute],
        ];
  const rows = await db.query<{ guid: string }>(
    `(SELECT o.guid FROM ${what} WHERE ${LIVE} AND ${holds} AND o.guid >= $4 ORDER BY o.guid LIMIT $3)
     UNION (SELECT o.guid FROM ${what} WHERE ${LIVE} AND ${holds} AND o.guid < $4 ORDER BY o.guid LIMIT $3) LIMIT $3`,
    [forest, namingContext.toLowerCase(), limit, from, ...values],
  );
  return rows.map((row) => row.guid);
}

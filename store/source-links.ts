import type { Transaction } from './database.ts';
import { stageForeignPrincipals } from './foreign-principals.ts';
import type { ForestId } from './forests.ts';
import { referenceChanges } from './source-changes.ts';
import { withReadLinks, withReadSteps, type LinkStep, type StagedLink } from './read-links.ts';

/** Makes the link rows of these holders what was read, touching only the values that differ, and marks the holders that differ. */
export async function replaceLinks(
  transaction: Transaction,
  forest: ForestId,
  holders: readonly { readonly guid: string; readonly values: readonly StagedLink[] }[],
): Promise<void> {
  const rows = function* (): Generator<StagedLink & { holder: string }> {
    for (const { guid, values } of holders) for (const link of values) yield { ...link, holder: guid };
  };
  const guids = holders.map((holder) => holder.guid);
  await withReadLinks(transaction, rows(), () => mergeLinks(transaction, forest, guids));
}

/**
 * As {@link replaceLinks}, for one holder whose values are told bit by bit.
 *
 * @returns whether any came or went
 */
export async function replaceLongLinks(
  transaction: Transaction,
  forest: ForestId,
  holder: string,
  steps: AsyncIterable<LinkStep>,
): Promise<boolean> {
  const changed = await withReadSteps(transaction, holder, steps, () => mergeLinks(transaction, forest, [holder]));
  // No hash was made over all values: a read that tells them at once compares the values themselves.
  await transaction.query(
    "UPDATE source_object SET links_hash = '' WHERE forest_id = $1 AND guid = $2 AND links_hash <> ''",
    [forest, holder],
  );
  return changed !== null && changed.length > 0;
}

/** Answers the holders that gained or lost a value. */
async function mergeLinks(
  transaction: Transaction,
  forest: ForestId,
  guids: readonly string[],
): Promise<readonly string[]> {
  await transaction.query(
    `INSERT INTO vanished_value (forest_id, guid, attribute, value)
     SELECT $1, l.holder, l.attribute, jsonb_agg(jsonb_build_array(l.target, l.target_dn)) FROM source_link l
     LEFT JOIN (SELECT DISTINCT holder, attribute FROM read_link) AS shown USING (holder, attribute)
     WHERE l.forest_id = $1 AND l.holder = ANY($2) AND shown.holder IS NULL
     GROUP BY l.holder, l.attribute ON CONFLICT DO NOTHING`,
    [forest, guids],
  );
  const rows = await transaction.query<{ holder: string }>(
    `WITH gone AS (
       DELETE FROM source_link l WHERE l.forest_id = $1 AND l.holder = ANY($2) AND NOT EXISTS (
         SELECT FROM read_link r WHERE r.holder = l.holder AND r.attribute = l.attribute AND r.key = coalesce(l.target::text, l.target_dn))
       RETURNING l.holder, l.attribute, l.target, l.target_dn
     ), come AS (
       INSERT INTO source_link (forest_id, holder, attribute, target, target_dn)
       SELECT DISTINCT $1::smallint, holder, attribute, target, target_dn FROM read_link ON CONFLICT DO NOTHING RETURNING holder, attribute, target, target_dn
     ), noted AS (${referenceChanges('gone', 'come')})
     SELECT holder FROM gone UNION SELECT holder FROM come`,
    [forest, guids],
  );
  await stageForeignPrincipals(transaction, forest);
  const changed = rows.map((row) => row.holder);
  await transaction.query('UPDATE identity SET links_dirty = true WHERE source_forest = $1 AND source_guid = ANY($2)', [
    forest,
    changed,
  ]);
  return changed;
}

/** Link values that a delta read says came or went. */
export interface LinkDelta {
  readonly holder: string;
  readonly adds: readonly StagedLink[];
  readonly removes: readonly StagedLink[];
  /** Attributes of which `adds` holds every value. */
  readonly sets: readonly string[];
}

/** Applies link values that came and went, one row a value, and marks the holders' references. */
export async function applyLinkDelta(
  transaction: Transaction,
  forest: ForestId,
  deltas: readonly LinkDelta[],
): Promise<void> {
  const touched = deltas.filter((delta) => delta.adds.length + delta.removes.length + delta.sets.length > 0);
  if (touched.length === 0) return;
  const whole = touched.filter((delta) => delta.sets.length > 0);
  if (whole.length > 0)
    await withReadLinks(transaction, linksOf(whole, 'adds'), () =>
      transaction.query(
        `WITH gone AS (
           DELETE FROM source_link l USING json_to_recordset($2::json) AS r (holder uuid, attribute text)
           WHERE l.forest_id = $1 AND l.holder = r.holder AND l.attribute = r.attribute AND NOT EXISTS (
             SELECT FROM read_link k WHERE k.holder = l.holder AND k.attribute = l.attribute AND k.key = coalesce(l.target::text, l.target_dn))
           RETURNING l.holder, l.attribute, l.target, l.target_dn
         ) ${referenceChanges('gone', null)}`,
        [forest, JSON.stringify(whole.flatMap(({ holder, sets }) => sets.map((attribute) => ({ holder, attribute }))))],
      ),
    );
  if (touched.some((delta) => delta.removes.length > 0))
    await withReadLinks(transaction, linksOf(touched, 'removes'), () =>
      transaction.query(
        `WITH known AS (
           DELETE FROM source_link l USING read_link r
           WHERE r.target IS NOT NULL AND l.forest_id = $1 AND l.holder = r.holder AND l.attribute = r.attribute AND l.target = r.target
           RETURNING l.holder, l.attribute, l.target, l.target_dn
         ), unknown AS (
           DELETE FROM source_link l USING read_link r
           WHERE r.target IS NULL AND l.forest_id = $1 AND l.holder = r.holder AND l.attribute = r.attribute AND l.target IS NULL AND l.target_dn = r.target_dn
           RETURNING l.holder, l.attribute, l.target, l.target_dn
         ), gone AS (SELECT * FROM known UNION SELECT * FROM unknown)
         ${referenceChanges('gone', null)}`,
        [forest],
      ),
    );
  if (touched.some((delta) => delta.adds.length > 0))
    await withReadLinks(transaction, linksOf(touched, 'adds'), async () => {
      await transaction.query(
        `WITH come AS (
           INSERT INTO source_link (forest_id, holder, attribute, target, target_dn)
           SELECT DISTINCT $1::smallint, r.holder, r.attribute, r.target, r.target_dn
           FROM read_link r JOIN source_object o ON o.forest_id = $1 AND o.guid = r.holder ON CONFLICT DO NOTHING RETURNING holder, attribute, target, target_dn
         ) ${referenceChanges(null, 'come')}`,
        [forest],
      );
      await stageForeignPrincipals(transaction, forest);
    });
  const holders = touched.map((delta) => delta.holder);
  // The hash over all values is not known any more: the next whole read compares the values themselves.
  await transaction.query(
    "UPDATE source_object SET links_hash = '' WHERE forest_id = $1 AND guid = ANY($2) AND links_hash <> ''",
    [forest, holders],
  );
  await transaction.query('UPDATE identity SET links_dirty = true WHERE source_forest = $1 AND source_guid = ANY($2)', [
    forest,
    holders,
  ]);
}

function* linksOf(deltas: readonly LinkDelta[], which: 'adds' | 'removes'): Generator<StagedLink & { holder: string }> {
  for (const delta of deltas) for (const link of delta[which]) yield { ...link, holder: delta.holder };
}

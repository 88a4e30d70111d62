import type { Evaluation } from '../rules/evaluate.ts';
import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/**
 * Keeps what the objects of a page in scope are known by. Of the others the last that was known stays: by that they are found
 * when they come back as somebody new.
 */
export async function saveKeys(transaction: Transaction, forest: ForestId, page: readonly Evaluation[]): Promise<void> {
  const inScope = page.filter((evaluation) => evaluation.inScope);
  const known = await transaction.query<{ guid: string; rule: string; value: string }>(
    'SELECT guid, rule, value FROM source_key WHERE forest_id = $1 AND guid = ANY($2)',
    [forest, inScope.map((evaluation) => evaluation.guid)],
  );
  const wanted = inScope.flatMap(({ guid, keys }) => keys.map(({ rule, value }) => ({ guid, rule, value })));
  const text = (row: (typeof wanted)[number]): string => JSON.stringify([row.guid, row.rule, row.value]);
  const before = new Set(known.map(text));
  const after = new Set(wanted.map(text));
  const columns = (rows: readonly (typeof wanted)[number][]): readonly (readonly string[])[] => [
    rows.map((row) => row.guid),
    rows.map((row) => row.rule),
    rows.map((row) => row.value),
  ];
  const gone = known.filter((row) => !after.has(text(row)));
  const come = wanted.filter((row) => !before.has(text(row)));
  if (gone.length > 0)
    await transaction.query(
      `DELETE FROM source_key k USING unnest($2::uuid[], $3::text[], $4::text[]) AS r (guid, rule, value)
       WHERE k.forest_id = $1 AND k.guid = r.guid AND k.rule = r.rule AND k.value = r.value`,
      [forest, ...columns(gone)],
    );
  if (come.length > 0)
    await transaction.query(
      'INSERT INTO source_key (forest_id, guid, rule, value) SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[])',
      [forest, ...columns(come)],
    );
}

import type { Evaluation } from '../rules/evaluate.ts';
import type { Transaction } from './database.ts';
import { replaceErrors } from './errors.ts';
import type { ForestId } from './forests.ts';
import { saveKeys } from './reconnection-keys.ts';
import type { Run } from './runs.ts';

/**
 * Stores a page of evaluations with their claims and errors, and takes their objects off the list that waits. They are part
 * of the settlement that follows, or of the next one when this one does not come to it.
 */
export async function saveEvaluations(
  transaction: Transaction,
  run: Run,
  managedForest: ForestId,
  page: readonly Evaluation[],
): Promise<void> {
  const guids = page.map((evaluation) => evaluation.guid);
  // Two statements in one, and arrays instead of JSON: ON CONFLICT would double the cost of rows that are new.
  await transaction.query(
    `WITH page AS MATERIALIZED (
       SELECT * FROM unnest($4::uuid[], $5::boolean[], $6::text[], $7::jsonb[], $8::jsonb[], $9::text[]) AS r (guid, in_scope, scope_rule, wanted, service, ending)
     ), known AS (
       UPDATE evaluation e SET in_scope = p.in_scope, scope_rule = p.scope_rule, wanted = p.wanted, service = p.service, ending = p.ending,
         configuration = $2, run_id = $3, settling = true
       FROM page p WHERE e.forest_id = $1 AND e.guid = p.guid RETURNING e.guid
     )
     INSERT INTO evaluation (forest_id, guid, in_scope, scope_rule, wanted, service, ending, configuration, run_id, unsettled, settling)
     SELECT $1, guid, in_scope, scope_rule, wanted, service, ending, $2, $3, false, true FROM page WHERE guid NOT IN (SELECT guid FROM known)`,
    [
      run.forestId,
      run.configuration,
      run.id,
      guids,
      page.map((evaluation) => evaluation.inScope),
      page.map((evaluation) => evaluation.scopeRule),
      page.map((evaluation) => JSON.stringify(evaluation.wanted)),
      page.map((evaluation) => JSON.stringify(evaluation.service)),
      page.map((evaluation) => evaluation.ending ?? null),
    ],
  );
  await saveClaims(transaction, run.forestId, managedForest, page, guids);
  await saveKeys(transaction, run.forestId, page);
  await replaceErrors(
    transaction,
    run.forestId,
    'rule',
    guids,
    page.flatMap((evaluation) => evaluation.errors.map((error) => ({ ...error, guid: evaluation.guid }))),
  );
  await transaction.query('UPDATE source_object SET dirty = false WHERE forest_id = $1 AND guid = ANY($2)', [
    run.forestId,
    guids,
  ]);
}

interface ClaimRow {
  readonly managed_forest: ForestId;
  readonly guid: string;
  readonly kind: string;
  readonly value: string;
  readonly attribute: string;
  readonly since: string;
}

/** Makes the claims of these objects what they want now. Nearly always either none is known or nothing has changed. */
async function saveClaims(
  transaction: Transaction,
  forest: ForestId,
  managedForest: ForestId,
  page: readonly Evaluation[],
  guids: readonly string[],
): Promise<void> {
  const known = await transaction.query<ClaimRow>(
    'SELECT managed_forest, guid, kind, value, attribute, since FROM wanted_claim WHERE forest_id = $1 AND guid = ANY($2)',
    [forest, guids],
  );
  const wanted = page.flatMap(({ guid, claims, createdAt }) =>
    claims.map(({ kind, value, attribute }): ClaimRow => ({
      managed_forest: managedForest,
      guid,
      kind,
      value,
      attribute,
      since: createdAt,
    })),
  );
  const text = (row: ClaimRow): string =>
    JSON.stringify([row.managed_forest, row.guid, row.kind, row.value, row.attribute, row.since]);
  const before = new Set(known.map(text));
  const after = new Set(wanted.map(text));
  const gone = known.filter((row) => !after.has(text(row)));
  const come = wanted.filter((row) => !before.has(text(row)));
  if (gone.length > 0)
    await transaction.query(
      `DELETE FROM wanted_claim w USING unnest($2::smallint[], $3::uuid[], $4::text[], $5::text[]) AS r (managed_forest, guid, kind, value)
       WHERE w.managed_forest = r.managed_forest AND w.kind = r.kind AND w.value = r.value AND w.forest_id = $1 AND w.guid = r.guid`,
      [forest, ...columnsOf(gone, ['managed_forest', 'guid', 'kind', 'value'])],
    );
  if (come.length > 0)
    await transaction.query(
      `INSERT INTO wanted_claim (forest_id, managed_forest, guid, kind, value, attribute, since)
       SELECT $1, r.* FROM unnest($2::smallint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) AS r`,
      [forest, ...columnsOf(come, ['managed_forest', 'guid', 'kind', 'value', 'attribute', 'since'])],
    );
}

function columnsOf(rows: readonly ClaimRow[], names: readonly (keyof ClaimRow)[]): readonly (readonly unknown[])[] {
  return names.map((name) => rows.map((row) => row[name]));
}

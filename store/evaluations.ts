import type { Evaluation } from '../rules/evaluate.ts';
import type { Transaction } from './database.ts';
import { replaceErrors } from './errors.ts';
import type { ForestId } from './forests.ts';
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
       SELECT * FROM unnest($4::uuid[], $5::boolean[], $6::text[], $7::jsonb[], $8::jsonb[]) AS r (guid, in_scope, scope_rule, wanted, service)
     ), known AS (
       UPDATE evaluation e SET in_scope = p.in_scope, scope_rule = p.scope_rule, wanted = p.wanted, service = p.service,
         configuration = $2, run_id = $3, settling = true
       FROM page p WHERE e.forest_id = $1 AND e.guid = p.guid RETURNING e.guid
     )
     INSERT INTO evaluation (forest_id, guid, in_scope, scope_rule, wanted, service, configuration, run_id, unsettled, settling)
     SELECT $1, guid, in_scope, scope_rule, wanted, service, $2, $3, false, true FROM page WHERE guid NOT IN (SELECT guid FROM known)`,
    [
      run.forestId,
      run.configuration,
      run.id,
      guids,
      page.map((evaluation) => evaluation.inScope),
      page.map((evaluation) => evaluation.scopeRule),
      page.map((evaluation) => JSON.stringify(evaluation.wanted)),
      page.map((evaluation) => JSON.stringify(evaluation.service)),
    ],
  );
  await saveClaims(transaction, run.forestId, managedForest, page, guids);
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

async function saveClaims(
  transaction: Transaction,
  forest: ForestId,
  managedForest: ForestId,
  page: readonly Evaluation[],
  guids: readonly string[],
): Promise<void> {
  const claims = page.flatMap(({ guid, claims: wanted, createdAt }) =>
    wanted.map(({ kind, value, attribute }) => ({ guid, kind, value, attribute, since: createdAt })),
  );
  const columns = (['guid', 'kind', 'value', 'attribute', 'since'] as const).map((name) =>
    claims.map((claim) => claim[name]),
  );
  const told =
    'unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[]) AS r (guid, kind, value, attribute, since)';
  await transaction.query(
    `DELETE FROM wanted_claim WHERE forest_id = $1 AND guid = ANY($3)
       AND (managed_forest, guid, kind, value, attribute, since) NOT IN (SELECT $2::smallint, guid, kind, value, attribute, since FROM ${told})`,
    [forest, managedForest, guids, ...columns],
  );
  await transaction.query(
    `INSERT INTO wanted_claim (managed_forest, kind, value, forest_id, guid, attribute, since)
     SELECT $2, kind, value, $1, guid, attribute, since FROM ${told}
     WHERE (guid, kind, value) NOT IN (SELECT guid, kind, value FROM wanted_claim WHERE forest_id = $1 AND guid = ANY($3))`,
    [forest, managedForest, guids, ...columns],
  );
}

import type { Evaluation } from '../rules/evaluate.ts';
import type { Transaction } from './database.ts';
import { replaceErrors } from './errors.ts';
import type { ForestId } from './forests.ts';
import type { Run } from './runs.ts';

/** Stores a page of evaluations with their claims and errors, and takes their objects off the list that waits. */
export async function saveEvaluations(
  transaction: Transaction,
  run: Run,
  managedForest: ForestId,
  page: readonly Evaluation[],
): Promise<void> {
  const guids = page.map((evaluation) => evaluation.guid);
  await transaction.query(
    `INSERT INTO evaluation AS e (forest_id, guid, in_scope, scope_rule, wanted, service, configuration, run_id)
     SELECT $1, guid, in_scope, scope_rule, wanted, service, $2, $3
     FROM json_to_recordset($4::json) AS r (guid uuid, in_scope boolean, scope_rule text, wanted jsonb, service jsonb)
     ON CONFLICT (forest_id, guid) DO UPDATE SET in_scope = excluded.in_scope, scope_rule = excluded.scope_rule, wanted = excluded.wanted,
       service = excluded.service, configuration = excluded.configuration, run_id = excluded.run_id, unsettled = true`,
    [
      run.forestId,
      run.configuration,
      run.id,
      JSON.stringify(
        page.map(({ guid, inScope, scopeRule, wanted, service }) => ({
          guid,
          in_scope: inScope,
          scope_rule: scopeRule,
          wanted,
          service,
        })),
      ),
    ],
  );
  const claims = page.flatMap((evaluation) =>
    evaluation.claims.map(({ kind, value, attribute }) => ({
      guid: evaluation.guid,
      kind,
      value,
      attribute,
      since: evaluation.createdAt,
    })),
  );
  await transaction.query(
    `WITH page AS (
       SELECT * FROM json_to_recordset($4::json) AS r (guid uuid, kind text, value text, attribute text, since text)
     ), dropped AS (
       DELETE FROM wanted_claim w WHERE w.forest_id = $1 AND w.guid = ANY($3)
         AND NOT EXISTS (SELECT FROM page p WHERE p.guid = w.guid AND p.kind = w.kind AND p.value = w.value AND w.managed_forest = $2)
     )
     INSERT INTO wanted_claim (managed_forest, kind, value, forest_id, guid, attribute, since)
     SELECT $2, kind, value, $1, guid, attribute, since FROM page
     ON CONFLICT (managed_forest, kind, value, forest_id, guid) DO UPDATE SET attribute = excluded.attribute, since = excluded.since`,
    [run.forestId, managedForest, guids, JSON.stringify(claims)],
  );
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

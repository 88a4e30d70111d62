import type { Configuration } from '../rules/configuration.ts';
import { previewOf, savePreview, standingErrors, tryDisconnections } from '../store/previews.ts';
import type { Run } from '../store/runs.ts';
import { inTrial } from '../store/trial.ts';
import type { Dependencies } from './dependencies.ts';
import { evaluateForest } from './evaluate.ts';
import { guardStage } from './guard.ts';
import { planForest, planForestReferences } from './plan.ts';
import type { PreviewCounts } from './types.ts';

/**
 * Does what a cycle does between reading and writing (evaluating, joining, planning, the guard), keeps what it found for the operator,
 * and takes all the rest back.
 *
 * @param limit at most so many changes are listed; all are counted
 */
export async function previewForest(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  forest: string,
  limit: number,
  signal: AbortSignal,
): Promise<PreviewCounts> {
  const { database } = dependencies;
  const errors = await standingErrors(database, run.forestId);
  const { preview, ...counts } = await inTrial(database, async (trial) => {
    const tried = { ...dependencies, database: trial };
    const { evaluated, inScope, joined, reconnected, reconnectionCases, adopted, joinReview } = await evaluateForest(
      tried,
      run,
      configuration,
      forest,
      signal,
    );
    const { changes: planned, disconnected, drifted } = await planForest(trial, run, configuration, forest, signal);
    await guardStage(tried, run, configuration, 'objects');
    await trial.transaction((transaction) => tryDisconnections(transaction, run.id));
    const { changes: plannedReferences } = await planForestReferences(trial, run, configuration);
    await guardStage(tried, run, configuration, 'references');
    return {
      ...{ evaluated, inScope, joined, reconnected, reconnectionCases, adopted, joinReview },
      ...{ planned, disconnected, drifted, plannedReferences },
      preview: await previewOf(trial, run, errors, limit),
    };
  });
  await database.transaction((transaction) => savePreview(transaction, run, preview));
  return { ...counts, held: preview.held?.changes ?? 0 };
}

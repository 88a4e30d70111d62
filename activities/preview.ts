import type { Configuration } from '../rules/configuration.ts';
import { applyConfiguration, candidateConfiguration } from '../store/configurations.ts';
import { previewOf, savePreview, standingErrors, tryDisconnections } from '../store/previews.ts';
import type { Run } from '../store/runs.ts';
import { inTrial } from '../store/trial.ts';
import { ConfigurationMissing, type Dependencies } from './dependencies.ts';
import { evaluateForest } from './evaluate.ts';
import { guardStage } from './guard.ts';
import { planForest, planForestReferences } from './plan.ts';
import type { PreviewCounts, PreviewRequest } from './preview-types.ts';

/**
 * Does what a cycle does between reading and writing (evaluating, joining, planning, the guard), keeps what it found for the operator,
 * and takes all the rest back; by the configuration in force, or by one that is only tried.
 *
 * @throws ConfigurationMissing when the one that is to be tried is not kept any more
 */
export async function previewForest(
  dependencies: Dependencies,
  run: Run,
  inForce: Configuration,
  { customer, forest, limit, candidate }: PreviewRequest,
  signal: AbortSignal,
): Promise<PreviewCounts> {
  const { database } = dependencies;
  const tried = candidate === undefined ? null : await candidateConfiguration(database, customer, candidate);
  if (candidate !== undefined && tried === null)
    throw new ConfigurationMissing(
      'The configuration that was to be tried is not kept any more. Start the preview again.',
    );
  const errors = await standingErrors(database, run.forestId);
  const { preview, ...counts } = await inTrial(database, async (trial) => {
    const withTrial = { ...dependencies, database: trial };
    const configuration = tried ?? inForce;
    const number = tried === null ? run.configuration : (await applyConfiguration(trial, tried)).number;
    const mine = { ...run, configuration: number };
    const { evaluated, inScope, joined, reconnected, reconnectionCases, adopted, joinReview } = await evaluateForest(
      withTrial,
      mine,
      configuration,
      forest,
      signal,
    );
    const { changes: planned, disconnected, drifted } = await planForest(trial, mine, configuration, forest, signal);
    await guardStage(withTrial, mine, configuration, 'objects');
    await trial.transaction((transaction) => tryDisconnections(transaction, run.id));
    const { changes: plannedReferences } = await planForestReferences(trial, mine, configuration);
    await guardStage(withTrial, mine, configuration, 'references');
    return {
      ...{ evaluated, inScope, joined, reconnected, reconnectionCases, adopted, joinReview },
      ...{ planned, disconnected, drifted, plannedReferences },
      preview: await previewOf(trial, mine, errors, limit),
    };
  });
  await database.transaction((transaction) => savePreview(transaction, run, preview));
  return { ...counts, held: preview.held?.changes ?? 0 };
}

import type { Configuration } from '../rules/configuration.ts';
import { evaluate, ruleSettings, type RuleSettings } from '../rules/evaluate.ts';
import { settleClaims } from '../store/claims.ts';
import type { Database } from '../store/database.ts';
import { servesOthers } from '../store/configurations.ts';
import { settleEndings } from '../store/deprovisioning.ts';
import { countErrors } from '../store/errors.ts';
import { saveEvaluations } from '../store/evaluations.ts';
import { resolveForeignPrincipals } from '../store/foreign-principals.ts';
import { forestId, type ForestId } from '../store/forests.ts';
import { countUnmatched } from '../store/join-matches.ts';
import { countOpenReviews } from '../store/join-reviews.ts';
import { markSettled, settleIdentities } from '../store/identities.ts';
import { takeUpWithdrawn } from '../store/offboarding-gate.ts';
import { takeUpAdmitted } from '../store/onboarding-gate.ts';
import { countOpenCases } from '../store/reconnection-cases.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { settleServices } from '../store/services.ts';
import { dirtySources, markForRules, type DirtySource } from '../store/source-space.ts';
import { currentUnits } from '../store/source-tree.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { admitKnown } from './admit-known.ts';
import { ConfigurationMissing, type Dependencies } from './dependencies.ts';
import { joinForest } from './join.ts';
import { readFoundServices } from './join-services.ts';
import { nameIdentities } from './name-identities.ts';
import type { EvaluationCounts } from './types.ts';

const PAGE = 500;
/** Pages under way at once: PostgreSQL stores one while the rules run over another. */
const LANES = 3;

/**
 * Runs the rules over what changed since they last looked: each object by itself, then, by sets, who holds which
 * address, which identities come and go, and which services are wanted.
 */
export async function evaluateForest(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  forest: string,
  signal: AbortSignal,
): Promise<EvaluationCounts> {
  const { database, rulesVersion } = dependencies;
  const sharedForest = await servesOthers(database, configuration);
  const managedForest = await forestId(database, { side: 'managed', name: configuration.managed.name });
  const rules = `${String(run.configuration)} ${rulesVersion}${sharedForest ? ' shared' : ''}`;
  await database.transaction(async (transaction) => {
    await markForRules(transaction, run.forestId, rules);
    await takeUpAdmitted(transaction, run.forestId);
    await takeUpWithdrawn(transaction, run.forestId);
    await resolveForeignPrincipals(transaction, run.forestId);
  });
  const settings = await settingsNow(database, run.forestId, configuration, forest, currentUnits);
  let evaluated = await evaluateDirty(database, run, managedForest, settings, signal);
  if ((await admitKnown(database, run, managedForest, configuration)) > 0)
    evaluated += await evaluateDirty(database, run, managedForest, settings, signal);
  await refreshStatistics(database, 'evaluated', evaluated);
  const { joined, reconnected, adopted } = await joinForest(database, run, configuration, forest);
  const inScope = await database.transaction(async (transaction) => {
    await settleClaims(transaction, managedForest, run.id);
    return settleIdentities(transaction, run.forestId);
  });
  const toCreate = await nameIdentities(database, configuration, run.forestId, managedForest);
  await readFoundServices(dependencies, run, configuration, signal);
  await database.transaction(async (transaction) => {
    await settleServices(transaction, run.forestId, configuration.voice !== undefined);
    await settleEndings(transaction, run.forestId);
    await markSettled(transaction, run.forestId);
  });
  await refreshStatistics(database, 'settled', evaluated);
  const errors = (await countErrors(database, run.forestId)).reduce((sum, item) => sum + item.objects, 0);
  const counts = {
    evaluated,
    inScope,
    errors,
    joined,
    reconnected,
    reconnectionCases: await countOpenCases(database, run.forestId),
    adopted,
    joinReview: await countOpenReviews(database, run.forestId),
    unmatchedManaged: await countUnmatched(database, managedForest, configuration.customer),
    toCreate,
  };
  await recordCounts(database, run.id, counts);
  return counts;
}

/**
 * The rules of a forest as they are now, with its organizational units where they are by now.
 *
 * @param units finds these; who only looks takes `knownUnits`, which keeps nothing
 * @throws ConfigurationMissing when the configuration has no such forest
 */
export async function settingsNow(
  database: Database,
  source: ForestId,
  configuration: Configuration,
  forest: string,
  units: typeof currentUnits,
): Promise<RuleSettings> {
  const settings = ruleSettings(configuration, forest, await servesOthers(database, configuration));
  if (settings === null)
    throw new ConfigurationMissing(
      `The configuration of the customer ${configuration.customer} has no forest ${forest}.`,
    );
  const { include, exclude } = settings.scope;
  const scope = await database.transaction(async (transaction) => ({
    ...settings.scope,
    include: await units(transaction, source, include),
    exclude: await units(transaction, source, exclude),
  }));
  return { ...settings, scope };
}

async function evaluateDirty(
  database: Database,
  run: Run,
  managedForest: ForestId,
  settings: RuleSettings,
  signal: AbortSignal,
): Promise<number> {
  const pages = dirtyPages(database, run.forestId, signal);
  let evaluated = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const { value: page, done } = await pages.next();
      if (done === true) return;
      const evaluations = page.map((object) => evaluate(object, settings));
      await database.transaction((transaction) => saveEvaluations(transaction, run, managedForest, evaluations));
      evaluated += page.length;
      await recordCounts(database, run.id, { evaluated });
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const result of lanes) if (result.status === 'rejected') throw result.reason;
  return evaluated;
}

/** Whoever holds the forest is the only one to mark objects of it: none comes behind the pages. */
async function* dirtyPages(
  database: Database,
  forest: ForestId,
  signal: AbortSignal,
): AsyncGenerator<readonly DirtySource[], undefined> {
  let after: string | null = null;
  for (;;) {
    signal.throwIfAborted();
    const page: readonly DirtySource[] = await dirtySources(database, forest, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.guid;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { DirectoryEndpoint } from '../directory/endpoint.ts';
import { DirectoryRefused, DirectoryUnavailable } from '../directory/errors.ts';
import { milliseconds, type Configuration, type ForestConfiguration } from '../rules/configuration.ts';
import { forestWarnings } from '../rules/forest-warnings.ts';
import { standingWarnings } from '../store/forest-warnings.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { listDomains, markDomainRead, markDomainStale } from '../store/source-domains.ts';
import { readWatermark } from '../store/watermarks.ts';
import { endpoint, forestOf, type Dependencies } from './dependencies.ts';
import { noReads, type ReadTotal } from './read-domain.ts';
import { readDomain } from './read-source.ts';
import { warnOfAge } from './read-warnings.ts';
import { openController } from './controllers.ts';
import type { ReadCounts } from './types.ts';

/** Before a controller whose connection broke is asked again: it may only have been restarted. */
const AGAIN_AFTER_MS = 200;

/**
 * Brings the source connector space up to date with all domains of a Customer Forest. A domain that can not be read stops
 * only itself: it is noted as stale, and nothing of it is counted as absent. Started again after a crash it goes on from
 * what was staged with the watermarks.
 *
 * @throws what kept the first domain from being read, when that holds for each
 */
export async function readSource(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  forestName: string,
  signal: AbortSignal,
): Promise<ReadCounts> {
  const { database } = dependencies;
  const forest = forestOf(configuration, forestName);
  const total = noReads();
  const failures: Error[] = [];
  await listDomains(
    database,
    run.forestId,
    forest.domains.map((domain) => domain.namingContext),
  );

  /** How many objects were found deleted. */
  const read = async ({ namingContext, controllers }: (typeof forest.domains)[number], as: Run): Promise<number> => {
    const before = total.gone;
    try {
      const access = await endpoint(dependencies, controllers, forest);
      const done = await readFrom(access, dependencies, as, configuration, forest, namingContext, total, signal);
      if (done) await markDomainRead(database, run.forestId, namingContext);
      else await markDomainStale(database, run.forestId, namingContext, forestWarnings.FW202.title, false);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable || error instanceof DirectoryRefused)) throw error;
      failures.push(error);
      await markDomainStale(database, run.forestId, namingContext, error.message, error instanceof DirectoryRefused);
    }
    return total.gone - before;
  };

  let lastWithDeletions = 0;
  for (const [index, domain] of forest.domains.entries()) if ((await read(domain, run)) > 0) lastWithDeletions = index;
  const [failure] = failures;
  if (failure !== undefined && failures.length === forest.domains.length) throw failure;
  total.stale = failures.length;
  // What was deleted in a domain may have moved to one that was read before: it is found there now, if at all.
  for (const domain of forest.domains.slice(0, lastWithDeletions)) await read(domain, { ...run, profile: 'delta' });
  const warnings = await standingWarnings(database, run.forestId);
  total.warnings = warnings.length;
  total.lostAttributes = warnings.filter(({ code }) => code === 'FW201').length;
  await recordCounts(database, run.id, { ...total });
  return total;
}

/** Reads a domain from the controller that serves best; when that breaks off, from another one. False when nothing in it can be read. */
async function readFrom(
  access: DirectoryEndpoint,
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  forest: ForestConfiguration,
  namingContext: string,
  total: ReadTotal,
  signal: AbortSignal,
): Promise<boolean> {
  const { database } = dependencies;
  const failed = new Set<string>();
  const patience = milliseconds(configuration.cycle.awaitReplication);
  for (let attempt = 0; ; attempt += 1) {
    const known = await readWatermark(database, run.forestId, namingContext);
    await warnOfAge(database, run, namingContext, known);
    const controller = await openController(access, namingContext, known, patience, { failed });
    try {
      const args = [run, configuration, forest, namingContext, total, signal] as const;
      return await readDomain(database, controller, known, ...args);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable) || attempt >= access.controllers.length) throw error;
      failed.add(controller.reader.controller);
      await sleep(AGAIN_AFTER_MS, undefined, { signal });
    } finally {
      await controller.reader.close();
    }
  }
}

import { milliseconds, type Configuration } from '../rules/configuration.ts';
import { lookAgainAt, stagedIn } from '../store/look-again.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { readWatermark } from '../store/watermarks.ts';
import { openController } from './controllers.ts';
import { endpoint, forestOf, type Dependencies } from './dependencies.ts';
import { stageWhole } from './read-changes.ts';
import { noReads } from './read-domain.ts';
import { checkHealth, judgeVanished } from './read-health.ts';
import { domainOf } from './read-source.ts';
import type { ReadObjectCounts } from './types.ts';

/**
 * Reads one object of a Customer Forest, from the domain in which it was last seen or from another one that holds it now, and has the
 * rules and the plan look at it again, also where nothing of it has changed. Where each domain was read to stays as it is. Nothing of
 * a domain is read in which the account has lost a right: the object would seem to have lost values.
 */
export async function readObject(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  forestName: string,
  guid: string,
  signal: AbortSignal,
): Promise<ReadObjectCounts> {
  const { database } = dependencies;
  const forest = forestOf(configuration, forestName);
  const staged = await database.transaction((transaction) => stagedIn(transaction, run.forestId, guid));
  const isHome = (namingContext: string): number => Number(namingContext.toLowerCase() === staged);
  const total = noReads();
  for (const { namingContext, controllers } of forest.domains.toSorted(
    (one, other) => isHome(other.namingContext) - isHome(one.namingContext),
  )) {
    signal.throwIfAborted();
    const known = await readWatermark(database, run.forestId, namingContext);
    if (known === null || total.read > 0) continue;
    const access = await endpoint(dependencies, controllers, forest);
    const patience = milliseconds(configuration.cycle.awaitReplication);
    const controller = await openController(access, namingContext, known, patience);
    try {
      const domain = await domainOf(
        database,
        controller,
        known,
        run,
        configuration,
        forest,
        namingContext,
        total,
        signal,
      );
      const health = await checkHealth(domain);
      if (!health.objects || health.lost.length > 0) {
        total.unreadable += 1;
        continue;
      }
      const entry = await controller.reader.read({ guid }, domain.attributes);
      if (entry === null) continue;
      await stageWhole(domain, [entry]);
      await judgeVanished(domain, []);
      total.read = 1;
    } finally {
      await controller.reader.close();
    }
  }
  await database.transaction((transaction) => lookAgainAt(transaction, run.forestId, guid));
  const { read, changed, unreadable } = total;
  await recordCounts(database, run.id, { read, changed, unreadable });
  return { read, changed, unreadable };
}

import { openReader } from '../directory/reader.ts';
import type { DirectoryEntry } from '../directory/entries.ts';
import type { Configuration } from '../rules/configuration.ts';
import { forestId } from '../store/forests.ts';
import { countNotices } from '../store/managed-notices.ts';
import { countPins } from '../store/pins.ts';
import { confirmChanges } from '../store/plan.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { settleUnconfirmed, unconfirmedObjects } from '../store/unconfirmed.ts';
import { endpoint, type Dependencies } from './dependencies.ts';
import { managedControllers } from './managed-controller.ts';
import { managedTarget } from './managed-target.ts';
import { managedDn } from './name-identities.ts';
import { stageWhole } from './stage-managed.ts';
import type { ConfirmCounts } from './types.ts';

/** Objects that are looked at one by one where the read did not show a change: more have a common cause. */
const LOOKED_AT = 200;

/**
 * Confirms what a run wrote by what was read since. Objects of which a change is not shown are looked at themselves; what they
 * do not show either is an error of the object, and planned again by the next cycle.
 */
export async function confirmRun(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<ConfirmCounts> {
  const { database } = dependencies;
  const confirm = (): ReturnType<typeof confirmChanges> =>
    database.transaction((transaction) => confirmChanges(transaction, run.id));
  let result = await confirm();
  if (result.unconfirmed > 0) {
    await lookAgain(dependencies, run, configuration, signal);
    result = await confirm();
  }
  await database.transaction((transaction) => settleUnconfirmed(transaction, run));
  const forest = await forestId(database, { side: 'managed', name: configuration.managed.name });
  const counts = {
    ...result,
    pinned: await countPins(database, run.forestId),
    notices: await countNotices(database, forest),
  };
  await refreshStatistics(database, 'confirmed', counts.confirmed);
  await recordCounts(database, run.id, { ...counts });
  return counts;
}

/** Reads the objects themselves: a change log may leave out what the directory shows. */
async function lookAgain(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<void> {
  const { database } = dependencies;
  const { managed } = configuration;
  const objects = await unconfirmedObjects(database, run.id, LOOKED_AT);
  await database.exclusively(`managed ${managed.name}`, async () => {
    const controllers = await managedControllers(dependencies, configuration);
    const reader = openReader(await endpoint(dependencies, controllers, managed));
    try {
      const target = await managedTarget(database, reader, run, configuration, signal);
      const entries: DirectoryEntry[] = [];
      for (const { managedGuid, cn } of objects) {
        signal.throwIfAborted();
        const where = managedGuid === null ? { dn: managedDn(cn, managed.ou) } : { guid: managedGuid };
        const entry = await reader.read(where, target.attributes);
        if (entry !== null) entries.push(entry);
      }
      if (entries.length > 0) await stageWhole(target, '0', entries);
    } finally {
      await reader.close();
    }
  });
}

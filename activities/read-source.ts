import { equal, or } from '../directory/filter.ts';
import { openReader } from '../directory/reader.ts';
import { referenceFlow, sourceAttributes } from '../rules/flow.ts';
import type { Configuration } from '../rules/configuration.ts';
import type { Run } from '../store/runs.ts';
import { recordCounts } from '../store/runs.ts';
import { finishSourceRead, stageSourcePage, type StagedSource } from '../store/source-space.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { writeWatermark } from '../store/watermarks.ts';
import { endpoint, forestOf, type Dependencies } from './dependencies.ts';
import { stagedSource } from './stage-source.ts';
import type { ReadCounts } from './types.ts';

/** Entries of a page of reading. Groups bring their members along, so pages of the directory are smaller than ours may be. */
const READ_PAGE = 500;

const synchronizedClasses = or(
  equal('objectClass', 'user'),
  equal('objectClass', 'contact'),
  equal('objectClass', 'group'),
);

/**
 * Reads every domain of a Customer Forest whole, by pages, into the source connector space. Started again after a
 * crash it begins anew; what was staged already is found unchanged.
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
  const attributes = [
    ...sourceAttributes(configuration.services.attribute),
    ...referenceFlow.map((flow) => flow.attribute),
  ];
  const total = { read: 0, changed: 0, absent: 0, gone: 0 };
  for (const domain of forest.domains) {
    const reader = openReader(await endpoint(dependencies, domain.controllers, forest));
    try {
      // Taken before the read: what changes meanwhile is read again by whoever goes on from here.
      const dse = await reader.rootDse();
      for await (const entries of reader.pages({
        base: domain.namingContext,
        scope: 'sub',
        filter: synchronizedClasses,
        attributes,
        pageSize: READ_PAGE,
        signal,
      })) {
        const staged: StagedSource[] = [];
        for (const entry of entries) {
          const object = await stagedSource(reader, entry, signal);
          if (object !== null) staged.push(object);
        }
        total.read += staged.length;
        total.changed += await database.transaction((transaction) =>
          stageSourcePage(transaction, run.forestId, run.id, domain.namingContext, staged),
        );
        await recordCounts(database, run.id, { read: total.read, changed: total.changed });
      }
      await database.transaction(async (transaction) => {
        const absence = await finishSourceRead(transaction, run.forestId, run.id, domain.namingContext);
        total.absent += absence.absent;
        total.gone += absence.gone;
        await writeWatermark(transaction, run.forestId, domain.namingContext, {
          controller: dse.dnsHostName,
          invocationId: dse.invocationId,
          highestUsn: dse.highestCommittedUSN,
          cookie: null,
        });
        await recordCounts(transaction, run.id, total);
      });
      await refreshStatistics(database, 'source', total.changed);
    } finally {
      await reader.close();
    }
  }
  return total;
}

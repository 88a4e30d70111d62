import { CookieRejected } from '../directory/errors.ts';
import { openReader } from '../directory/reader.ts';
import { milliseconds, type Configuration, type ForestConfiguration } from '../rules/configuration.ts';
import { flowOf, referenceSources, sourceAttributes } from '../rules/flow.ts';
import { scopeAttributes } from '../rules/scope.ts';
import { recordReading, type Run } from '../store/runs.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { askedFor, readWatermark, type StoredWatermark } from '../store/watermarks.ts';
import { endpoint, forestOf, type Dependencies } from './dependencies.ts';
import { readChanges } from './read-changes.ts';
import type { Domain, Reading, ReadTotal } from './read-domain.ts';
import { beginReading, isRefusal, stillSeesDeleted } from './read-modes.ts';
import { readWhole } from './read-whole.ts';
import type { ReadCounts, WholeReason } from './types.ts';

/**
 * Brings the source connector space up to date with a Customer Forest: by what changed since the stored watermark, or by a
 * whole read of a domain where the profile asks for it, or where the watermark can not be trusted. Nothing is deleted
 * because a read does not hold it. Started again after a crash it goes on from what was staged with its watermark.
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
  const total: ReadTotal = {
    ...{ read: 0, changed: 0, absent: 0, gone: 0, whole: 0 },
    ...{ dirSync: 0, objectSecurity: 0, usn: 0 },
  };
  for (const { namingContext, controllers } of forest.domains) {
    const reader = openReader(await endpoint(dependencies, controllers, forest));
    try {
      const dse = await reader.rootDse();
      const attributes = attributesOf(configuration, forest);
      const settings = forest.reading;
      await readDomain(
        { database, reader, dse, run, namingContext, attributes, settings, signal, total },
        milliseconds(configuration.cycle.wholeEvery),
      );
      await refreshStatistics(database, 'source', total.changed);
    } finally {
      await reader.close();
    }
  }
  return total;
}

function attributesOf(configuration: Configuration, forest: ForestConfiguration): readonly string[] {
  const flow = flowOf(configuration);
  const rules = [...sourceAttributes(flow, configuration.services.attribute), ...scopeAttributes(forest.scope)];
  return [...new Set([...rules, ...referenceSources(flow)])];
}

async function readDomain(domain: Domain, wholeEvery: number): Promise<void> {
  const { database, run, namingContext } = domain;
  const known = await readWatermark(database, run.forestId, namingContext);
  const watermark = known === null ? 'first read' : (wholeReason(known, domain, wholeEvery) ?? known);
  if (typeof watermark === 'string') return readDomainWhole(domain, known, watermark);
  try {
    const reading = { mode: watermark.mode, seesDeleted: await stillSeesDeleted(domain, watermark) };
    await readChanges(domain, watermark, reading);
    await noteReading(domain, reading, null);
  } catch (error) {
    if (error instanceof CookieRejected) await readDomainWhole(domain, known, 'cookie rejected');
    // The right to read like this was taken away: the next best way, from the beginning.
    else if (domain.settings.mode === 'auto' && isRefusal(error)) await readDomainWhole(domain, known, 'another mode');
    else throw error;
  }
}

async function readDomainWhole(domain: Domain, known: StoredWatermark | null, reason: WholeReason): Promise<void> {
  const beginning = await beginReading(domain);
  // In another mode the account may see less than before: what it does not see then was not deleted.
  await readWhole(domain, beginning, known === null || known.mode === beginning.mode);
  await noteReading(domain, beginning, reason);
}

/**
 * Why a domain must be read whole although what changed would do otherwise; null when the watermark can be trusted. A changed
 * invocationId means another database, a USN below the one that was seen one that was put back from a backup
 * (MS-ADTS 3.1.1.1.9): from there a read can silently skip changes.
 */
function wholeReason(known: StoredWatermark, domain: Domain, wholeEvery: number): WholeReason | null {
  const { dse, attributes, settings, run } = domain;
  if (run.profile === 'full') return 'asked for';
  if (settings.mode !== 'auto' && settings.mode !== known.mode) return 'another mode';
  if (known.invocationId !== dse.invocationId) return 'another controller database';
  if (dse.highestCommittedUSN < known.highestUsn) return 'controller restored';
  if (known.asked !== askedFor(attributes)) return 'other attributes';
  const every = known.seesDeleted
    ? wholeEvery
    : Math.min(wholeEvery, milliseconds(settings.wholeEveryWithoutTombstones));
  return Date.now() - known.wholeAt.getTime() >= every ? 'due' : null;
}

const COUNTED = { dirsync: 'dirSync', 'dirsync-object-security': 'objectSecurity', usn: 'usn' } as const;

async function noteReading(domain: Domain, { mode, seesDeleted }: Reading, whole: WholeReason | null): Promise<void> {
  const { database, run, namingContext, total } = domain;
  total[COUNTED[mode]] += 1;
  await recordReading(database, run.id, namingContext, { mode, seesDeleted, whole });
}

import { milliseconds } from '../rules/configuration.ts';
import { recordCounts } from '../store/runs.ts';
import { markTombstones } from '../store/source-delta.ts';
import { finishSourceRead, stageSourcePage } from '../store/source-space.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { forgetContainers, stageContainers } from '../store/source-tree.ts';
import { noteSeen, wantWholeRead, writeWatermark } from '../store/watermarks.ts';
import { leftBehind } from './left-behind.ts';
import { findMissing } from './missing-objects.ts';
import { LINKS_WITH_ENTRY } from './long-links.ts';
import { readChanges } from './read-changes.ts';
import { mark, READ_PAGE, sawMore, wantedClasses, type Domain } from './read-domain.ts';
import type { Beginning } from './read-modes.ts';
import { sorted, stageLongLinks } from './stage-entries.ts';

/**
 * Reads a domain whole. The cookie (or USN) first, then all pages, then what has changed since: nothing falls between
 * two reads.
 *
 * @param countAbsence whether objects that the read does not hold count as absent: not when an earlier read saw with
 *   other eyes
 */
export async function readWhole(domain: Domain, beginning: Beginning, countAbsence: boolean): Promise<WholeRead> {
  const { database, reader, run, namingContext, attributes, settings, signal, total } = domain;
  const query = {
    base: namingContext,
    scope: 'sub',
    filter: wantedClasses,
    attributes,
    linkValues: LINKS_WITH_ENTRY,
    pageSize: READ_PAGE,
    signal,
  } as const;
  const isBehind = domain.standing === 'behind';
  if (domain.standing === 'same' || domain.standing === 'caught up')
    await noteSeen(database, run.forestId, namingContext, domain.position.vector);
  for await (const page of reader.pages(query)) {
    const left = await leftBehind(domain, page);
    const entries = page.filter((entry) => !left.has(entry.guid));
    const { objects, containers } = sorted(entries);
    total.changed += await database.transaction(async (transaction) => {
      await stageContainers(transaction, run.forestId, run.id, namingContext, containers);
      return stageSourcePage(transaction, run.forestId, run.id, namingContext, objects);
    });
    await stageLongLinks(domain, entries);
    total.read += objects.length;
    await recordCounts(database, run.id, { read: total.read, changed: total.changed });
  }
  await refreshStatistics(database, 'source', total.changed);
  await sawMore(domain);
  const watermark = { ...mark(domain, beginning), cookie: beginning.cookie };
  // A controller that is behind lacks what it has not received yet.
  const missing = countAbsence && !isBehind ? await findMissing(domain) : null;
  await database.transaction(async (transaction) => {
    if (missing !== null) total.gone += await markTombstones(transaction, run.forestId, namingContext, missing.deleted);
    await writeWatermark(transaction, run.forestId, namingContext, watermark, true);
    if (missing !== null && missing.short === null) {
      const absence = await finishSourceRead(transaction, run.forestId, run.id, namingContext, missing.hidden);
      total.absent += absence.absent;
      total.gone += absence.gone;
    }
    // Of containers nothing is known but where they are: what is hidden, or was not read, may be there all the same.
    if (missing !== null && missing.short === null && missing.hidden.length === 0)
      await forgetContainers(transaction, run.forestId, { namingContext, notReadBy: run.id });
    if (missing?.short)
      await wantWholeRead(transaction, run.forestId, namingContext, milliseconds(settings.shortRead.again));
    total.whole += 1;
    total.short += missing?.short ? 1 : 0;
    total.hidden += missing?.hidden.length ?? 0;
    await recordCounts(transaction, run.id, { ...total });
  });
  await readChanges(domain, watermark, beginning);
  return { short: missing?.short ?? null, hidden: missing?.hidden.length ?? 0 };
}

/** What came of a whole read. */
export interface WholeRead {
  readonly short: { readonly known: number; readonly missing: number } | null;
  /** Objects that it did not hold, but that were not deleted. */
  readonly hidden: number;
}

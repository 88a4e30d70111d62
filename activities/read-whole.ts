import { recordCounts } from '../store/runs.ts';
import { finishSourceRead, stageSourcePage } from '../store/source-space.ts';
import { forgetContainers, stageContainers } from '../store/source-tree.ts';
import { noteSeen, writeWatermark } from '../store/watermarks.ts';
import { leftBehind } from './left-behind.ts';
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
export async function readWhole(domain: Domain, beginning: Beginning, countAbsence: boolean): Promise<void> {
  const { database, reader, run, namingContext, attributes, signal, total } = domain;
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
  await sawMore(domain);
  const watermark = { ...mark(domain, beginning), cookie: beginning.cookie };
  await database.transaction(async (transaction) => {
    // A controller that is behind lacks what it has not received yet.
    if (countAbsence && !isBehind) {
      const absence = await finishSourceRead(transaction, run.forestId, run.id, namingContext);
      total.absent += absence.absent;
      total.gone += absence.gone;
      await forgetContainers(transaction, run.forestId, { namingContext, notReadBy: run.id });
    }
    await writeWatermark(transaction, run.forestId, namingContext, watermark, true);
    total.whole += 1;
    await recordCounts(transaction, run.id, { ...total });
  });
  await readChanges(domain, watermark, beginning);
}

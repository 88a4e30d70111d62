import type { DirectoryEntry, DirSyncEntry } from '../directory/entries.ts';
import { changedAbove, deletedAbove } from '../directory/usn.ts';
import { backLinks } from '../rules/flow-references.ts';
import type { Transaction } from '../store/database.ts';
import { recordCounts } from '../store/runs.ts';
import { knownSources, markTombstones, replaceBackLinks } from '../store/source-delta.ts';
import { applyLinkDelta } from '../store/source-links.ts';
import { stageSourcePage, type StagedSource } from '../store/source-space.ts';
import { forgetContainers, stageContainers, type Container } from '../store/source-tree.ts';
import { noteSeen, writeWatermark, type Watermark } from '../store/watermarks.ts';
import { leftBehind } from './left-behind.ts';
import { allTargets, LINKS_WITH_ENTRY } from './long-links.ts';
import { isContainer, mark, READ_PAGE, sawMore, wantedClasses, type Domain, type Reading } from './read-domain.ts';
import { sorted, stageLongLinks } from './stage-entries.ts';
import { changedSource, linkDelta, stagedSource } from './stage-source.ts';

/** Reads what has changed since a watermark, in the mode that made it. */
export async function readChanges(
  domain: Domain,
  since: Pick<Watermark, 'cookie' | 'highestUsn'>,
  reading: Reading,
): Promise<void> {
  if (since.cookie === null) await readByUsn(domain, since.highestUsn, reading);
  else await readByDirSync(domain, since.cookie, reading);
}

/** By DirSync: the last part of each answer is staged together with the cookie that stands for it. */
async function readByDirSync(domain: Domain, since: Buffer, reading: Reading): Promise<void> {
  const { database, reader, run, namingContext, attributes, signal, total } = domain;
  const objectSecurity = reading.mode === 'dirsync-object-security';
  const query = { namingContext, cookie: since, attributes, filter: wantedClasses, objectSecurity, signal };
  for await (const { entries, cookie } of reader.dirSync(query)) {
    // Only what was told must be held by another controller that is turned to later.
    if (entries.length > 0) await sawMore(domain);
    const told = entries.filter((entry) => !entry.deleted);
    const left = await leftBehind(
      domain,
      told.map((entry) => ({ guid: entry.guid, attributes: entry.changed })),
    );
    const live = told.filter((entry) => !left.has(entry.guid));
    const dead = entries.filter((entry) => entry.deleted).map((entry) => entry.guid);
    const known = await knownSources(
      database,
      run.forestId,
      live.map((entry) => entry.guid),
    );
    // Of one that is back and not known any more, for its tombstone was kept long enough, the answer does not tell the classes either.
    const isGone = (entry: DirSyncEntry): boolean => known.get(entry.guid)?.gone ?? entry.returned;
    const returned = await readReturned(
      domain,
      live.filter(isGone).map((entry) => entry.guid),
    );
    const objects = live.flatMap((entry) =>
      isGone(entry) ? (returned.get(entry.guid)?.object ?? []) : (changedSource(entry, known.get(entry.guid)) ?? []),
    );
    const staged = new Set(objects.map((object) => object.guid));
    // What is no object of ours and was moved, renamed or made is a container, known already or now.
    const containers = live.filter(
      (entry) =>
        !staged.has(entry.guid) && (entry.parentGuid !== null || isContainer(entry.changed['objectClass'] ?? [])),
    );
    await database.transaction(async (transaction) => {
      await stageChanges(transaction, domain, { objects, containers, returned, dead }, () =>
        applyLinkDelta(
          transaction,
          run.forestId,
          live.filter((entry) => staged.has(entry.guid)).map((entry) => linkDelta(entry, known.get(entry.guid))),
        ),
      );
      if (cookie === undefined) await noteSeen(transaction, run.forestId, namingContext, domain.seen);
      else await writeWatermark(transaction, run.forestId, namingContext, { ...mark(domain, reading), cookie }, false);
    });
    total.read += entries.length;
    await recordCounts(database, run.id, { ...total });
  }
}

/** By uSNChanged: every changed object with all that it holds. The USN is stored when all of it is staged. */
async function readByUsn(domain: Domain, after: bigint, reading: Reading): Promise<void> {
  const { database, reader, run, namingContext, attributes, signal, total } = domain;
  // Asked for before the search: what is committed while it goes on comes again with the next one.
  const { highestCommittedUSN } = await reader.rootDse();
  const query = {
    namingContext,
    after,
    attributes,
    filter: wantedClasses,
    linkValues: LINKS_WITH_ENTRY,
    pageSize: READ_PAGE,
    signal,
  };
  for await (const page of changedAbove(reader, query)) {
    if (page.length > 0) await sawMore(domain);
    total.read += await stageWhole(domain, page);
    await recordCounts(database, run.id, { ...total });
  }
  const dead: string[] = [];
  for await (const entries of deletedAbove(reader, query)) dead.push(...entries.map((entry) => entry.guid));
  if (dead.length > 0) await sawMore(domain);
  await database.transaction(async (transaction) => {
    await stageChanges(transaction, domain, { objects: [], containers: [], returned: new Map(), dead });
    const watermark = { ...mark(domain, reading), highestUsn: highestCommittedUSN, cookie: null };
    await writeWatermark(transaction, run.forestId, namingContext, watermark, false);
  });
  total.read += dead.length;
  await recordCounts(database, run.id, { ...total });
}

/**
 * Stages entries that tell all of their objects, and what the domain was seen to hold.
 *
 * @returns how many of them are told as they are now
 */
export async function stageWhole(domain: Domain, page: readonly DirectoryEntry[]): Promise<number> {
  const { database, run, namingContext } = domain;
  const left = await leftBehind(domain, page);
  const entries = page.filter((entry) => !left.has(entry.guid));
  const known = await knownSources(
    database,
    run.forestId,
    entries.map((entry) => entry.guid),
  );
  const returned = await readReturned(
    domain,
    entries.filter((entry) => known.get(entry.guid)?.gone === true).map((entry) => entry.guid),
  );
  await database.transaction(async (transaction) => {
    await stageChanges(transaction, domain, { ...sorted(entries), returned, dead: [] });
    await noteSeen(transaction, run.forestId, namingContext, domain.seen);
  });
  await stageLongLinks(domain, entries);
  return entries.length;
}

interface Changes {
  readonly objects: readonly StagedSource[];
  readonly containers: readonly Container[];
  readonly returned: ReadonlyMap<string, Returned>;
  readonly dead: readonly string[];
}

async function stageChanges(
  transaction: Transaction,
  { run, namingContext, total }: Domain,
  { objects, containers, returned, dead }: Changes,
  stageLinks: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await stageContainers(transaction, run.forestId, run.id, namingContext, containers);
  total.changed += await stageSourcePage(transaction, run.forestId, run.id, namingContext, objects);
  await stageLinks();
  for (const { object, holders } of returned.values())
    await replaceBackLinks(transaction, run.forestId, namingContext, object.guid, holders);
  total.gone += await markTombstones(transaction, run.forestId, namingContext, dead);
  await forgetContainers(transaction, run.forestId, { guids: dead });
}

interface Returned {
  readonly object: StagedSource;
  readonly holders: readonly { readonly holder: string; readonly attribute: string }[];
}

/**
 * Objects that came back from their tombstones. What those had lost, links to them included, was told when they were
 * deleted or not at all, so they are read whole, with their back links.
 */
async function readReturned(domain: Domain, guids: readonly string[]): Promise<ReadonlyMap<string, Returned>> {
  const { reader, attributes, signal } = domain;
  const read = await Promise.all(
    guids.map(async (guid) => {
      const entry = await reader.read({ guid }, [...attributes, ...Object.keys(backLinks)]);
      const object = entry === null ? null : stagedSource(entry);
      if (entry === null || object === null) return [];
      await stageLongLinks(domain, [entry]);
      const holders: { holder: string; attribute: string }[] = [];
      for (const [back, attribute] of Object.entries(backLinks))
        for (const target of await allTargets(reader, entry, back, signal))
          if (target.guid !== null) holders.push({ holder: target.guid, attribute });
      return [[guid, { object, holders }] as const];
    }),
  );
  return new Map(read.flat());
}

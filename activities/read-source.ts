import type { DirectoryEntry } from '../directory/entries.ts';
import { CookieRejected } from '../directory/errors.ts';
import { equal, or } from '../directory/filter.ts';
import { openReader, type DirectoryReader } from '../directory/reader.ts';
import type { RootDse } from '../directory/root-dse.ts';
import { milliseconds, type Configuration } from '../rules/configuration.ts';
import { backLinks } from '../rules/flow-references.ts';
import { flowOf, referenceSources, sourceAttributes } from '../rules/flow.ts';
import type { Database } from '../store/database.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { knownSources, markTombstones, replaceBackLinks } from '../store/source-delta.ts';
import { applyLinkDelta, replaceLongLinks } from '../store/source-links.ts';
import { finishSourceRead, stageSourcePage, type StagedSource } from '../store/source-space.ts';
import { forgetContainers, stageContainers, type Container } from '../store/source-tree.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { askedFor, readWatermark, writeWatermark, type StoredWatermark, type Watermark } from '../store/watermarks.ts';
import { endpoint, forestOf, type Dependencies } from './dependencies.ts';
import { allTargets, hasLongLinks, LINKS_WITH_ENTRY, longLinks } from './long-links.ts';
import { changedSource, linkDelta, stagedSource } from './stage-source.ts';
import type { ReadCounts, WholeReason } from './types.ts';

/** Entries of a page of the directory. */
const READ_PAGE = 500;

const CONTAINERS = ['organizationalUnit', 'container'];
const wantedClasses = or(...['user', 'contact', 'group', ...CONTAINERS].map((name) => equal('objectClass', name)));

/**
 * Brings the source connector space up to date with a Customer Forest: by DirSync from the stored cookie, or by a whole
 * read of a domain where the profile asks for it, or where the cookie can not be trusted. Nothing is deleted because a read
 * does not hold it. Started again after a crash it goes on from what was staged with its watermark.
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
  const total = { read: 0, changed: 0, absent: 0, gone: 0, whole: 0 };
  for (const { namingContext, controllers } of forest.domains) {
    const reader = openReader(await endpoint(dependencies, controllers, forest));
    try {
      const dse = await reader.rootDse();
      const domain: Domain = {
        database,
        reader,
        dse,
        run,
        namingContext,
        attributes: attributesOf(configuration),
        signal,
        total,
      };
      const known = await readWatermark(database, run.forestId, namingContext);
      const reason =
        run.profile === 'full' ? 'asked for' : wholeReason(known, domain, milliseconds(configuration.cycle.wholeEvery));
      const cookie = known?.cookie ?? null;
      if (reason === null && cookie !== null) await readDeltaOrWhole(domain, cookie);
      else await readWhole(domain);
      await refreshStatistics(database, 'source', total.changed);
    } finally {
      await reader.close();
    }
  }
  return total;
}

interface Domain {
  readonly database: Database;
  readonly reader: DirectoryReader;
  readonly dse: RootDse;
  readonly run: Run;
  readonly namingContext: string;
  readonly attributes: readonly string[];
  readonly signal: AbortSignal;
  /** Counted over all domains, and shown while it goes on. */
  readonly total: { read: number; changed: number; absent: number; gone: number; whole: number };
}

function attributesOf(configuration: Configuration): readonly string[] {
  const flow = flowOf(configuration);
  return [...sourceAttributes(flow, configuration.services.attribute), ...referenceSources(flow)];
}

/**
 * Why a domain must be read whole although a delta would do otherwise; null when its cookie can be trusted. A changed
 * invocationId means another database, a USN below the one that was seen one that was put back from a backup
 * (MS-ADTS 3.1.1.1.9): from there a cookie can silently skip changes.
 */
function wholeReason(
  known: StoredWatermark | null,
  { dse, attributes }: Domain,
  wholeEvery: number,
): WholeReason | null {
  if (known?.cookie === undefined || known.cookie === null) return 'first read';
  if (known.invocationId !== dse.invocationId) return 'another controller database';
  if (dse.highestCommittedUSN < known.highestUsn) return 'controller restored';
  if (known.asked !== askedFor(attributes)) return 'other attributes';
  return Date.now() - known.wholeAt.getTime() >= wholeEvery ? 'due' : null;
}

async function readDeltaOrWhole(domain: Domain, cookie: Buffer): Promise<void> {
  try {
    await readDelta(domain, cookie);
  } catch (error) {
    if (!(error instanceof CookieRejected)) throw error;
    await readWhole(domain);
  }
}

/** The cookie first, then all pages, then what has changed since the cookie: nothing falls between two reads. */
async function readWhole(domain: Domain): Promise<void> {
  const { database, reader, run, namingContext, attributes, signal, total } = domain;
  const cookie = await reader.cookieFor(namingContext);
  const query = {
    base: namingContext,
    scope: 'sub',
    filter: wantedClasses,
    attributes,
    linkValues: LINKS_WITH_ENTRY,
    pageSize: READ_PAGE,
    signal,
  } as const;
  for await (const entries of reader.pages(query)) {
    const objects: StagedSource[] = [];
    const containers: Container[] = [];
    for (const entry of entries) {
      const object = stagedSource(entry);
      if (object !== null) objects.push(object);
      else if (isContainer(entry.attributes['objectClass'] ?? [])) containers.push(entry);
    }
    total.changed += await database.transaction(async (transaction) => {
      await stageContainers(transaction, run.forestId, run.id, namingContext, containers);
      return stageSourcePage(transaction, run.forestId, run.id, namingContext, objects);
    });
    await stageLongLinks(domain, entries);
    total.read += objects.length;
    await recordCounts(database, run.id, { read: total.read, changed: total.changed });
  }
  await database.transaction(async (transaction) => {
    const absence = await finishSourceRead(transaction, run.forestId, run.id, namingContext);
    await forgetContainers(transaction, run.forestId, { namingContext, notReadBy: run.id });
    await writeWatermark(transaction, run.forestId, namingContext, { ...mark(domain), cookie }, true);
    total.absent += absence.absent;
    total.gone += absence.gone;
    total.whole += 1;
    await recordCounts(transaction, run.id, total);
  });
  await readDelta(domain, cookie);
}

/** What has changed since the cookie, the last part of each answer staged together with the cookie that stands for it. */
async function readDelta(domain: Domain, cookie: Buffer): Promise<void> {
  const { database, reader, run, namingContext, attributes, signal, total } = domain;
  for await (const answer of reader.dirSync({ namingContext, cookie, attributes, filter: wantedClasses, signal })) {
    const live = answer.entries.filter((entry) => !entry.deleted);
    const dead = answer.entries.filter((entry) => entry.deleted).map((entry) => entry.guid);
    const known = await knownSources(
      database,
      run.forestId,
      live.map((entry) => entry.guid),
    );
    const back = await Promise.all(
      live.filter((entry) => known.get(entry.guid)?.gone === true).map((entry) => readAgain(domain, entry.guid)),
    );
    const returned = new Map(back.flatMap((item) => (item === null ? [] : [[item.object.guid, item]])));
    const objects = live.flatMap((entry) => {
      const before = known.get(entry.guid);
      return (before?.gone === true ? returned.get(entry.guid)?.object : changedSource(entry, before)) ?? [];
    });
    await database.transaction(async (transaction) => {
      const staged = new Set(objects.map((object) => object.guid));
      // What is no object of ours and was moved, renamed or made is a container, known already or now.
      const containers = live.filter(
        (entry) =>
          !staged.has(entry.guid) && (entry.parentGuid !== null || isContainer(entry.changed['objectClass'] ?? [])),
      );
      await stageContainers(transaction, run.forestId, run.id, namingContext, containers);
      total.changed += await stageSourcePage(transaction, run.forestId, run.id, namingContext, objects);
      await applyLinkDelta(transaction, run.forestId, live.filter((entry) => staged.has(entry.guid)).map(linkDelta));
      for (const { object, holders } of returned.values())
        await replaceBackLinks(transaction, run.forestId, object.guid, holders);
      total.gone += await markTombstones(transaction, run.forestId, namingContext, dead);
      await forgetContainers(transaction, run.forestId, { guids: dead });
      const { cookie: covered } = answer;
      if (covered !== undefined)
        await writeWatermark(transaction, run.forestId, namingContext, { ...mark(domain), cookie: covered }, false);
    });
    total.read += answer.entries.length;
    await recordCounts(database, run.id, total);
  }
}

/** Replaces the references of those entries of which the server told only the beginning of a list. */
async function stageLongLinks(
  { database, reader, run, signal, total }: Domain,
  entries: readonly DirectoryEntry[],
): Promise<void> {
  for (const entry of entries.filter((item) => hasLongLinks(item) && stagedSource(item) !== null))
    await database.transaction(async (transaction) => {
      if (await replaceLongLinks(transaction, run.forestId, entry.guid, longLinks(reader, entry, signal)))
        total.changed += 1;
    });
}

interface Returned {
  readonly object: StagedSource;
  readonly holders: readonly { readonly holder: string; readonly attribute: string }[];
}

/**
 * An object that came back from its tombstone. What that had lost, links to it included, was told when it was deleted or
 * not at all, so it is read whole, with its back links.
 */
async function readAgain(domain: Domain, guid: string): Promise<Returned | null> {
  const { reader, attributes, signal } = domain;
  const entry = await reader.read({ guid }, [...attributes, ...Object.keys(backLinks)]);
  const object = entry === null ? null : stagedSource(entry);
  if (entry === null || object === null) return null;
  await stageLongLinks(domain, [entry]);
  const holders: { holder: string; attribute: string }[] = [];
  for (const [back, attribute] of Object.entries(backLinks))
    for (const target of await allTargets(reader, entry, back, signal))
      if (target.guid !== null) holders.push({ holder: target.guid, attribute });
  return { object, holders };
}

/** Where the controller was before the read began. */
function mark({ dse, attributes }: Domain): Omit<Watermark, 'cookie'> {
  const { dnsHostName, invocationId, highestCommittedUSN } = dse;
  return { controller: dnsHostName, invocationId, highestUsn: highestCommittedUSN, asked: askedFor(attributes) };
}

function isContainer(classes: readonly string[]): boolean {
  return classes.some((name) => CONTAINERS.includes(name));
}

import type { DirectoryEntry, DirSyncEntry, LinkImage } from '../directory/entries.ts';
import { CookieRejected } from '../directory/errors.ts';
import { equal, or } from '../directory/filter.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import type { Configuration } from '../rules/configuration.ts';
import { referenceAttributes } from '../rules/flow-references.ts';
import { flowOf, ownedAttributes } from '../rules/flow.ts';
import { first, kindOf, type ObjectKind } from '../rules/objects.ts';
import { customersOf } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import { forestId, type ForestId } from '../store/forests.ts';
import {
  beginManagedRead,
  finishManagedRead,
  replaceLongManagedLinks,
  stageManagedDelta,
  stageManagedPage,
  type ManagedDelta,
  type ManagedLink,
  type StagedManaged,
} from '../store/managed-space.ts';
import { databaseTime, forgetCovered } from '../store/managed-writes.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { askedFor, readWatermark, writeWatermark, type Watermark } from '../store/watermarks.ts';
import { configurationOf, type Dependencies } from './dependencies.ts';
import { openManagedController } from './managed-controller.ts';
import { hasLongLinks, LINKS_WITH_ENTRY, longLinks } from './long-links.ts';

const READ_PAGE = 500;
const kinds: readonly ObjectKind[] = ['user', 'contact', 'group'];
const keptClasses = or(...kinds.map((kind) => equal('objectClass', kind)));

/**
 * Brings the managed connector space up to date: by DirSync from the stored cookie, or whole where there is none, the
 * controller's database is another or behind, or the cookie is refused. The controller that is read is where everybody writes
 * from then on; after a fail-over it is one that shows all that we wrote. One reader at a time serves all customers of the forest.
 *
 * @returns how many objects were staged
 */
export async function readManaged(
  dependencies: Dependencies,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<number> {
  const { database } = dependencies;
  const { managed } = configuration;
  const forest = await forestId(database, { side: 'managed', name: managed.name });
  const attributes = await attributesFor(database, configuration);
  return database.exclusively(`managed ${managed.name}`, async () => {
    const known = await readWatermark(database, forest, managed.namingContext);
    const { reader, position, standing } = await openManagedController(dependencies, configuration, forest, known);
    try {
      const began = await databaseTime(database);
      const mark: Mark = {
        controller: position.controller,
        invocationId: position.invocationId,
        highestUsn: position.highestUsn,
        seen: position.vector,
        asked: askedFor(attributes),
        url: reader.controller,
      };
      const target: Target = {
        database,
        reader,
        forest,
        namingContext: managed.namingContext,
        attributes,
        anchorAttribute: managed.anchorAttribute,
        signal,
      };
      const trusted = known?.asked === mark.asked && (standing === 'same' || standing === 'caught up');
      const staged = await readOn(target, trusted ? known.cookie : null, mark);
      // What was made at a controller that nobody waits for any more is lost with it.
      await forgetCovered(
        database,
        forest,
        managed.namingContext,
        standing === 'behind' ? null : reader.controller,
        began,
      );
      return staged;
    } finally {
      await reader.close();
    }
  });
}

/** By DirSync from the cookie, or whole where there is none or the controller refuses it. */
async function readOn(target: Target, cookie: Buffer | null, mark: Mark): Promise<number> {
  if (cookie === null) return readWhole(target, mark);
  try {
    return await readDelta(target, cookie, mark);
  } catch (error) {
    if (!(error instanceof CookieRejected)) throw error;
    return readWhole(target, mark);
  }
}

/** The one read serves every customer of the forest: it asks for what any of them owns there. */
async function attributesFor(database: Database, configuration: Configuration): Promise<readonly string[]> {
  const served = await customersOf(database, configuration.managed.name);
  const others = await Promise.all(served.map(({ customer, number }) => configurationOf(database, customer, number)));
  const owned = [configuration, ...others].flatMap((one) => [
    ...ownedAttributes(flowOf(one)),
    one.managed.anchorAttribute,
  ]);
  return [...new Set(['objectClass', 'objectGUID', 'name', 'sAMAccountName', ...owned])];
}

interface Target {
  readonly database: Database;
  readonly reader: DirectoryReader;
  readonly forest: ForestId;
  readonly namingContext: string;
  readonly attributes: readonly string[];
  readonly anchorAttribute: string;
  readonly signal: AbortSignal;
}

type Mark = Omit<Watermark, 'cookie'>;

/** The cookie first, then all pages, then what has changed since the cookie. */
async function readWhole(target: Target, mark: Mark): Promise<number> {
  const { database, reader, forest, signal } = target;
  const cookie = await reader.cookieFor(target.namingContext);
  const read = await beginManagedRead(database);
  let staged = 0;
  for await (const entries of reader.pages({
    base: target.namingContext,
    scope: 'sub',
    filter: keptClasses,
    attributes: target.attributes,
    linkValues: LINKS_WITH_ENTRY,
    pageSize: READ_PAGE,
    signal,
  })) {
    const page: StagedManaged[] = [];
    for (const entry of entries) {
      const object = stagedManaged(target, entry);
      if (object !== null) page.push(object);
    }
    await database.transaction((transaction) => stageManagedPage(transaction, forest, read, page));
    for (const entry of entries.filter(hasLongLinks))
      await database.transaction((transaction) =>
        replaceLongManagedLinks(transaction, forest, entry.guid, longLinks(reader, entry, signal)),
      );
    staged += page.length;
  }
  await refreshStatistics(database, 'managed', staged);
  await database.transaction(async (transaction) => {
    await finishManagedRead(transaction, forest, read);
    await writeWatermark(transaction, forest, target.namingContext, { ...mark, cookie }, true);
  });
  return staged + (await readDelta(target, cookie, mark));
}

async function readDelta(target: Target, cookie: Buffer, mark: Mark): Promise<number> {
  const { database, reader, forest, namingContext, attributes, anchorAttribute, signal } = target;
  let staged = 0;
  for await (const answer of reader.dirSync({ namingContext, cookie, attributes, filter: keptClasses, signal })) {
    const batch = answer.entries.map(managedDelta);
    await database.transaction(async (transaction) => {
      if (batch.length > 0) await stageManagedDelta(transaction, forest, anchorAttribute, batch);
      if (answer.cookie !== undefined)
        await writeWatermark(transaction, forest, namingContext, { ...mark, cookie: answer.cookie }, false);
    });
    staged += batch.length;
  }
  await refreshStatistics(database, 'managed', staged);
  return staged;
}

function stagedManaged(target: Target, entry: DirectoryEntry): StagedManaged | null {
  const kind = kindOf(entry.attributes['objectClass'] ?? []);
  if (kind === null) return null;
  return {
    guid: entry.guid,
    kind,
    dn: entry.dn,
    anchor: first(entry.attributes, target.anchorAttribute) ?? null,
    sam: first(entry.attributes, 'sAMAccountName') ?? null,
    attributes: entry.attributes,
    links: hasLongLinks(entry) ? null : linksOf(entry.links),
  };
}

function managedDelta(entry: DirSyncEntry): ManagedDelta {
  const classes = entry.changed['objectClass'];
  const sets = Object.keys(entry.linkSets).filter((attribute) => referenceAttributes.has(attribute));
  return {
    guid: entry.guid,
    dn: entry.dn,
    deleted: entry.deleted,
    changed: entry.changed,
    linkAdds: [...linksOf(entry.linkAdds), ...linksOf(entry.linkSets)],
    linkRemoves: linksOf(entry.linkRemoves),
    linkSets: sets,
    kind: classes === undefined ? null : kindOf(classes),
  };
}

function linksOf(image: LinkImage): ManagedLink[] {
  const links: ManagedLink[] = [];
  for (const [attribute, targets] of Object.entries(image))
    if (referenceAttributes.has(attribute))
      for (const { guid } of targets) if (guid !== null) links.push({ attribute, target: guid });
  return links;
}

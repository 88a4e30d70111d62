import type { DirectoryEntry } from '../directory/entries.ts';
import { CookieRejected } from '../directory/errors.ts';
import { equal, or } from '../directory/filter.ts';
import { parseGeneralizedTime } from '../directory/values.ts';
import type { Configuration } from '../rules/configuration.ts';
import { valueOwned } from '../rules/flow.ts';
import { first, type ObjectKind } from '../rules/objects.ts';
import { dateDrift, noteDrift, undatedDrift } from '../store/drift.ts';
import { forestId } from '../store/forests.ts';
import { deletedManaged, hasAbsent, markDeleted } from '../store/managed-deletions.ts';
import { beginManagedRead, stageManagedDelta } from '../store/managed-space.ts';
import { databaseTime, forgetCovered } from '../store/managed-writes.ts';
import type { Run } from '../store/runs.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { askedFor, readWatermark, writeWatermark, type Watermark } from '../store/watermarks.ts';
import type { Dependencies } from './dependencies.ts';
import { LINKS_WITH_ENTRY } from './long-links.ts';
import { openManagedController } from './managed-controller.ts';
import { settleAbsent } from './managed-absent.ts';
import { lookAtSchema } from './managed-schema.ts';
import { managedTarget } from './managed-target.ts';
import { managedDelta, stageWhole, type ManagedTarget } from './stage-managed.ts';

const READ_PAGE = 500;
/** Of so many objects with drift it is asked when they were changed: the others are part of something bigger. */
const DATED_AT_ONCE = 200;
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
  run: Run,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<number> {
  const { database } = dependencies;
  const { managed } = configuration;
  const forest = await forestId(database, { side: 'managed', name: managed.name });
  return database.exclusively(`managed ${managed.name}`, async () => {
    const known = await readWatermark(database, forest, managed.namingContext);
    const { reader, position, standing } = await openManagedController(dependencies, configuration, forest, known);
    try {
      const began = await databaseTime(database);
      const target = await managedTarget(database, reader, run, configuration, signal);
      const { attributes, joining } = target;
      const mark: Mark = {
        controller: position.controller,
        invocationId: position.invocationId,
        highestUsn: position.highestUsn,
        seen: position.vector,
        asked: `${askedFor(attributes)}; ${joining.asked}`,
        url: reader.controller,
      };
      await lookAtSchema(database, reader, forest, managed.namingContext, attributes);
      const trusted =
        known?.asked === mark.asked &&
        (standing === 'same' || standing === 'caught up') &&
        !(await hasAbsent(database, forest, run.id));
      const staged = await readOn(target, trusted ? known.cookie : null, mark);
      await dateChanges(target, began);
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

/** Asks when somebody changed what drifted: the directory does not tell it with the change. */
async function dateChanges({ database, reader, forest }: ManagedTarget, since: Date): Promise<void> {
  for (const guid of await undatedDrift(database, forest, since, DATED_AT_ONCE)) {
    const entry = await reader.read({ guid }, ['whenChanged']);
    const changedAt = parseGeneralizedTime(first(entry?.attributes ?? {}, 'whenChanged') ?? '');
    if (changedAt !== null) await dateDrift(database, forest, guid, changedAt);
  }
}

/** By DirSync from the cookie, or whole where there is none or the controller refuses it. */
async function readOn(target: ManagedTarget, cookie: Buffer | null, mark: Mark): Promise<number> {
  if (cookie === null) return readWhole(target, mark);
  try {
    return await readDelta(target, cookie, mark);
  } catch (error) {
    if (!(error instanceof CookieRejected)) throw error;
    return readWhole(target, mark);
  }
}

type Mark = Omit<Watermark, 'cookie'>;

/** The cookie first, then all pages, then what has changed since the cookie. */
async function readWhole(target: ManagedTarget, mark: Mark): Promise<number> {
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
    staged += await stageWhole(target, read, entries);
  }
  await refreshStatistics(database, 'managed', staged);
  await settleAbsent(target, read);
  await writeWatermark(database, forest, target.namingContext, { ...mark, cookie }, true);
  return staged + (await readDelta(target, cookie, mark));
}

async function readDelta(target: ManagedTarget, cookie: Buffer, mark: Mark): Promise<number> {
  const { database, reader, forest, namingContext, attributes, anchorAttribute, joining, signal } = target;
  let staged = 0;
  for await (const answer of reader.dirSync({ namingContext, cookie, attributes, filter: keptClasses, signal })) {
    const live = answer.entries.filter((entry) => !entry.deleted);
    const deleted = await deletedManaged(
      database,
      forest,
      live.map((entry) => entry.guid),
    );
    const returned = new Set(
      live.filter((entry) => entry.returned || deleted.has(entry.guid)).map((entry) => entry.guid),
    );
    await readReturned(target, returned);
    const batch = answer.entries.filter((entry) => !returned.has(entry.guid)).map(managedDelta);
    await database.transaction(async (transaction) => {
      const live = batch.filter((delta) => !delta.deleted);
      const shown = live.map(({ guid, dn, changed }) => ({ guid, dn, attributes: changed }));
      await noteDrift(transaction, forest, anchorAttribute, [...valueOwned], false, shown);
      if (batch.length > 0) {
        await stageManagedDelta(transaction, forest, anchorAttribute, batch);
        await joining.keep(transaction, forest, batch);
      }
      if (answer.cookie !== undefined)
        await writeWatermark(transaction, forest, namingContext, { ...mark, cookie: answer.cookie }, false);
    });
    staged += batch.length;
  }
  await refreshStatistics(database, 'managed', staged);
  return staged;
}

/** An object that was deleted and is back has lost what the change does not tell: it is read as it is now. */
async function readReturned(target: ManagedTarget, guids: ReadonlySet<string>): Promise<void> {
  if (guids.size === 0) return;
  // Where its deletion was never read it has been deleted and brought back since.
  await target.database.transaction((transaction) => markDeleted(transaction, target.forest, [...guids], 'tombstone'));
  const entries: DirectoryEntry[] = [];
  for (const guid of guids) {
    const entry = await target.reader.read({ guid }, target.attributes);
    if (entry !== null) entries.push(entry);
  }
  await stageWhole(target, '0', entries);
}

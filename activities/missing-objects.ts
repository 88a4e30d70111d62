import { lookUp, viewContainer, type ContainerView } from '../directory/look-up.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { mangledName, parentOf } from '../rules/dn.ts';
import { isShortRead } from '../rules/read-health.ts';
import { missingSources } from '../store/source-space.ts';
import type { Domain } from './read-domain.ts';

/** More than these are not looked up one by one: a read that lacks so many is short, or its deletions are told by DirSync. */
const LOOKED_UP = 5000;

/** What became of the objects that a whole read did not hold. */
export interface Missing {
  /** Their tombstones are there. */
  readonly deleted: readonly string[];
  /** They are there, or in a container that the account can not list: nothing says that they were deleted. */
  readonly hidden: readonly string[];
  /** Too many are missing without a word for the read to be believed. */
  readonly short: { readonly known: number; readonly missing: number } | null;
}

/**
 * Finds out what became of the objects that a whole read did not hold: by their tombstones, where the account may see
 * those, and else by whether the account would see the objects if they were there.
 */
export async function findMissing(domain: Domain): Promise<Missing> {
  const { database, reader, run, namingContext, settings, signal } = domain;
  const { known, missing } = await missingSources(database, run.forestId, run.id, namingContext);
  const deleted = new Set<string>();
  const present = new Set<string>();
  const guids = missing.slice(0, LOOKED_UP).map((object) => object.guid);
  for await (const entry of lookUp(reader, namingContext, guids, { attributes: [], showDeleted: true, signal }))
    (mangledName(entry.dn)?.kind === 'deleted' ? deleted : present).add(entry.guid);
  const silent = missing.filter(({ guid }) => !deleted.has(guid) && !present.has(guid));
  if (isShortRead(known, silent.length, settings.shortRead))
    return { deleted: [...deleted], hidden: [], short: { known, missing: silent.length } };
  const views = new Map<string, Promise<ContainerView>>();
  const hidden = [...present];
  for (const object of silent) {
    signal.throwIfAborted();
    // Absence that is not believed yet needs no other explanation.
    if (object.last && (await isHidden(reader, namingContext, object, views))) hidden.push(object.guid);
  }
  return { deleted: [...deleted], hidden, short: null };
}

/** Whether the account would not see the object if it were there. */
async function isHidden(
  reader: DirectoryReader,
  namingContext: string,
  { guid, dn }: { readonly guid: string; readonly dn: string },
  views: Map<string, Promise<ContainerView>>,
): Promise<boolean> {
  // An object that may be listed, but of which nothing may be read, is found by its objectGUID only.
  if ((await reader.read({ guid }, [])) !== null) return true;
  for (let at = parentOf(dn); at !== undefined; at = parentOf(at)) {
    const view = views.get(at) ?? viewContainer(reader, at);
    views.set(at, view);
    // A container that is missing, too, was deleted with what is in it, or is hidden itself: the one above tells.
    if ((await view) !== 'missing' || at.toLowerCase() === namingContext.toLowerCase()) return (await view) !== 'lists';
  }
  return true;
}

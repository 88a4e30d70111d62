import type { DirectoryEntry, DirSyncEntry, LinkImage } from '../directory/entries.ts';
import { attribute, type AttributeImage } from '../rules/attributes.ts';
import { backLinks, referenceAttributes } from '../rules/flow-references.ts';

/**
 * DN-valued attributes that are no references to synchronized objects, such as homeMDB: rules look at them as they look at
 * text. A target that is renamed afterwards is not told, so only a whole read brings its new name.
 */
export function stagedNames({ links }: DirectoryEntry): AttributeImage {
  return names(links);
}

/** The same after a DirSync answer: what was known of them, with the values that came and went. */
export function changedNames(entry: DirSyncEntry, known: AttributeImage): AttributeImage {
  const changed: Record<string, readonly string[]> = { ...names(entry.linkSets) };
  const adds = names(entry.linkAdds);
  const removes = names(entry.linkRemoves);
  for (const name of new Set([...Object.keys(adds), ...Object.keys(removes)])) {
    const gone = new Set(removes[name]);
    // A single value that came takes the place of the one that was, whatever that is called by now.
    const before = attribute(name)?.multi === true ? (changed[name] ?? known[name] ?? []) : [];
    const stay = before.filter((value) => !gone.has(value));
    changed[name] = [...new Set([...stay, ...(adds[name] ?? [])])].sort();
  }
  return changed;
}

function names(links: LinkImage): AttributeImage {
  return Object.fromEntries(
    Object.entries(links)
      .filter(([name]) => !referenceAttributes.has(name) && !Object.hasOwn(backLinks, name))
      .map(([name, targets]) => [name, targets.map((target) => target.dn)]),
  );
}

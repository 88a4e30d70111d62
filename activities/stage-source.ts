import { createHash } from 'node:crypto';
import type { DirectoryEntry, DirSyncEntry, LinkImage, LinkTarget } from '../directory/entries.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { generalizedTime } from '../directory/values.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import { referenceAttributes } from '../rules/flow-references.ts';
import { first, kindOf, type ObjectKind } from '../rules/objects.ts';
import type { KnownSource, LinkDelta } from '../store/source-delta.ts';
import type { StagedLink, StagedSource } from '../store/source-space.ts';

/** Attributes that name the object, its class and its place; they have their own columns. */
const OWN_COLUMNS = new Set(['objectClass', 'objectGUID', 'parentGUID', 'whenCreated']);

/**
 * A directory entry as the source connector space keeps it; null for classes that are never synchronized. References of
 * which the server sent only a part are read to their end.
 */
export async function stagedSource(
  reader: DirectoryReader,
  entry: DirectoryEntry,
  signal: AbortSignal,
): Promise<StagedSource | null> {
  const kind = kindOf(entry.attributes['objectClass'] ?? []);
  if (kind === null) return null;
  const values = linksOf(entry.links, (attribute) => !(attribute in entry.incompleteRanges));
  for (const attribute of Object.keys(entry.incompleteRanges))
    if (referenceAttributes.has(attribute))
      for (const link of await wholeRange(reader, entry.guid, attribute, signal)) values.push(link);
  const keys = values.map((item) => `${item.attribute} ${item.target ?? item.targetDn}`).sort();
  return staged(
    {
      guid: entry.guid,
      kind,
      dn: entry.dn,
      parentGuid: first(entry.attributes, 'parentGUID') ?? null,
      createdAt: first(entry.attributes, 'whenCreated') ?? '',
      malformed: entry.malformed,
    },
    entry.attributes,
    { values, hash: digest(keys) },
  );
}

/**
 * An object of a DirSync answer as the connector space shall keep it: what was known of it, with what changed. Null for
 * an object that is not known and whose classes the answer does not tell: it is of none that is synchronized.
 */
export function changedSource(entry: DirSyncEntry, known: KnownSource | undefined): StagedSource | null {
  const classes = entry.changed['objectClass'];
  const kind = classes === undefined ? known?.kind : kindOf(classes);
  if (kind === undefined || kind === null) return null;
  // An answer that tells the classes tells everything: the object is new here, or was moved here from another domain.
  const attributes = classes === undefined ? { ...known?.attributes, ...entry.changed } : entry.changed;
  const told = new Set(Object.keys(entry.changed));
  return staged(
    {
      guid: entry.guid,
      kind,
      dn: entry.dn,
      parentGuid: entry.parentGuid ?? known?.parentGuid ?? null,
      createdAt: first(entry.changed, 'whenCreated') ?? known?.createdAt ?? generalizedTime(new Date()),
      malformed: [...new Set([...(known?.malformed ?? []).filter((name) => !told.has(name)), ...entry.malformed])],
    },
    Object.fromEntries(Object.entries(attributes).filter(([name]) => !entry.malformed.includes(name))),
    null,
  );
}

/** The link values that an entry of a DirSync answer says came or went. */
export function linkDelta(entry: DirSyncEntry): LinkDelta {
  return {
    holder: entry.guid,
    adds: [...linksOf(entry.linkAdds), ...linksOf(entry.linkSets)],
    removes: linksOf(entry.linkRemoves),
    sets: Object.keys(entry.linkSets).filter((attribute) => referenceAttributes.has(attribute)),
  };
}

type Place = Pick<StagedSource, 'guid' | 'dn' | 'parentGuid' | 'createdAt' | 'malformed'> & {
  readonly kind: ObjectKind;
};

function staged(place: Place, image: AttributeImage, links: StagedSource['links']): StagedSource {
  const attributes = Object.fromEntries(
    Object.entries(image)
      .filter(([name, values]) => !OWN_COLUMNS.has(name) && values.length > 0)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  return { ...place, attributes, hash: digest([place.kind, place.dn, attributes, [...place.malformed].sort()]), links };
}

async function wholeRange(
  reader: DirectoryReader,
  guid: string,
  attribute: string,
  signal: AbortSignal,
): Promise<StagedLink[]> {
  let links: StagedLink[] = [];
  for await (const step of reader.ranges(guid, attribute, { signal })) {
    if (step.kind === 'values') for (const target of step.values) links.push(link(attribute, target));
    else links = [];
  }
  return links;
}

function linksOf(image: LinkImage, wanted: (attribute: string) => boolean = () => true): StagedLink[] {
  const links: StagedLink[] = [];
  for (const [attribute, targets] of Object.entries(image))
    if (referenceAttributes.has(attribute) && wanted(attribute))
      for (const target of targets) links.push(link(attribute, target));
  return links;
}

function link(attribute: string, target: LinkTarget): StagedLink {
  return { attribute, target: target.guid, targetDn: target.dn };
}

function digest(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}

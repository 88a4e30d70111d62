import { createHash } from 'node:crypto';
import type { DirectoryEntry, DirSyncEntry, LinkImage } from '../directory/entries.ts';
import { generalizedTime } from '../directory/values.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import { tellsAll } from '../rules/domain-moves.ts';
import { referenceAttributes } from '../rules/flow-references.ts';
import { first, kindOf, type ObjectKind } from '../rules/objects.ts';
import type { KnownSource } from '../store/source-delta.ts';
import type { LinkDelta } from '../store/source-links.ts';
import type { StagedLink } from '../store/read-links.ts';
import type { StagedSource } from '../store/source-space.ts';
import { hasLongLinks, stagedLink } from './long-links.ts';
import { changedNames, stagedNames } from './stage-names.ts';

/** Attributes that name the object and its place; they have their own columns. */
const OWN_COLUMNS = new Set(['objectGUID', 'parentGUID', 'whenCreated']);

/**
 * A directory entry as the source connector space keeps it; null for classes that are never synchronized. Without links
 * where the server told only the beginning of a list: those are read by {@link longLinks}.
 */
export function stagedSource(entry: DirectoryEntry): StagedSource | null {
  const kind = kindOf(entry.attributes['objectClass'] ?? []);
  if (kind === null) return null;
  const values = linksOf(entry.links);
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
    { ...entry.attributes, ...stagedNames(entry) },
    hasLongLinks(entry) ? null : { values, hash: digest(keys) },
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
  const before = tellsAll(entry.changed) ? {} : (known?.attributes ?? {});
  const attributes = { ...before, ...entry.changed, ...changedNames(entry, before) };
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

/**
 * The link values that an entry of a DirSync answer says came or went. An object of which all is told though it is known was
 * moved here from another domain: what links it had there it has no more.
 */
export function linkDelta(entry: DirSyncEntry, known: KnownSource | undefined): LinkDelta {
  const isMoved = known !== undefined && tellsAll(entry.changed);
  return {
    holder: entry.guid,
    adds: [...linksOf(entry.linkAdds), ...linksOf(entry.linkSets)],
    removes: linksOf(entry.linkRemoves),
    sets: isMoved
      ? [...referenceAttributes]
      : Object.keys(entry.linkSets).filter((attribute) => referenceAttributes.has(attribute)),
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

function linksOf(image: LinkImage): StagedLink[] {
  const links: StagedLink[] = [];
  for (const [attribute, targets] of Object.entries(image))
    if (referenceAttributes.has(attribute)) for (const target of targets) links.push(stagedLink(attribute, target));
  return links;
}

function digest(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}

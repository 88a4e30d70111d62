import { createHash } from 'node:crypto';
import type { DirectoryEntry, LinkTarget } from '../directory/entries.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { referenceFlow } from '../rules/flow.ts';
import { first, kindOf } from '../rules/objects.ts';
import type { StagedLink, StagedSource } from '../store/source-space.ts';

/** Attributes that name the object, its class and its place; they have their own columns. */
const OWN_COLUMNS = new Set(['objectClass', 'objectGUID', 'parentGUID', 'whenCreated']);

const references = new Set(referenceFlow.map((flow) => flow.attribute));

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
  const attributes = Object.fromEntries(
    Object.entries(entry.attributes)
      .filter(([name]) => !OWN_COLUMNS.has(name))
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  const links: StagedLink[] = [];
  for (const [attribute, targets] of Object.entries(entry.links))
    if (references.has(attribute) && !(attribute in entry.incompleteRanges))
      links.push(...targets.map((target) => link(attribute, target)));
  for (const attribute of Object.keys(entry.incompleteRanges))
    if (references.has(attribute)) links.push(...(await wholeRange(reader, entry.guid, attribute, signal)));
  const keys = links.map((item) => `${item.attribute} ${item.target ?? item.targetDn}`).sort();
  return {
    guid: entry.guid,
    kind,
    dn: entry.dn,
    parentGuid: first(entry.attributes, 'parentGUID') ?? null,
    attributes,
    malformed: entry.malformed,
    hash: digest([kind, entry.dn, attributes, entry.malformed]),
    links,
    linksHash: digest(keys),
    createdAt: first(entry.attributes, 'whenCreated') ?? '',
  };
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

function link(attribute: string, target: LinkTarget): StagedLink {
  return { attribute, target: target.guid, targetDn: target.dn };
}

function digest(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}

import type { DirectoryEntry, DirSyncEntry, LinkImage } from '../directory/entries.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import { valueOwned } from '../rules/flow.ts';
import { referenceAttributes } from '../rules/flow-references.ts';
import type { MissedSettings } from '../rules/managed-settings.ts';
import { first, kindOf } from '../rules/objects.ts';
import { listKey } from '../rules/recipient-image.ts';
import type { Database } from '../store/database.ts';
import { noteDrift } from '../store/drift.ts';
import type { ForestId } from '../store/forests.ts';
import {
  replaceLongManagedLinks,
  stageManagedPage,
  type ManagedDelta,
  type ManagedLink,
  type StagedManaged,
} from '../store/managed-space.ts';
import type { Run } from '../store/runs.ts';
import type { JoinIndex } from './join-index.ts';
import { hasLongLinks, longLinks } from './long-links.ts';

/** A managed naming context that is being read. */
export interface ManagedTarget {
  readonly database: Database;
  readonly reader: DirectoryReader;
  /** The run whose step reads; what it reads is every customer's. */
  readonly run: Run;
  readonly forest: ForestId;
  readonly namingContext: string;
  readonly attributes: readonly string[];
  readonly anchorAttribute: string;
  /** How much a complete read may miss. */
  readonly missed: MissedSettings;
  readonly joining: JoinIndex;
  readonly signal: AbortSignal;
}

/**
 * Stages objects as a search showed them.
 *
 * @param read the complete read that they are part of; '0' for none
 * @returns how many of them are of the kinds that are kept
 */
export async function stageWhole(
  target: ManagedTarget,
  read: string,
  entries: readonly DirectoryEntry[],
): Promise<number> {
  const { database, forest, reader, signal } = target;
  const page = entries.flatMap((entry) => stagedManaged(target, entry) ?? []);
  await database.transaction(async (transaction) => {
    await noteDrift(transaction, forest, target.anchorAttribute, [...valueOwned], true, page);
    await stageManagedPage(transaction, forest, read, page);
    await target.joining.keep(transaction, forest, page);
  });
  for (const entry of entries.filter(hasLongLinks))
    await database.transaction((transaction) =>
      replaceLongManagedLinks(transaction, forest, entry.guid, longLinks(reader, entry, signal)),
    );
  return page.length;
}

function stagedManaged(target: ManagedTarget, entry: DirectoryEntry): StagedManaged | null {
  const kind = kindOf(entry.attributes['objectClass'] ?? []);
  if (kind === null) return null;
  return {
    guid: entry.guid,
    kind,
    dn: entry.dn,
    anchor: first(entry.attributes, target.anchorAttribute) ?? null,
    sam: first(entry.attributes, 'sAMAccountName') ?? null,
    attributes: { ...entry.attributes, ...listsOf(entry.links) },
    links: hasLongLinks(entry) ? null : linksOf(entry.links),
  };
}

/** A row of a DirSync answer as the connector space takes it in. */
export function managedDelta(entry: DirSyncEntry): ManagedDelta {
  const classes = entry.changed['objectClass'];
  const sets = Object.keys(entry.linkSets).filter((attribute) => referenceAttributes.has(attribute));
  return {
    guid: entry.guid,
    dn: entry.dn,
    deleted: entry.deleted,
    changed: { ...entry.changed, ...listsOf(entry.linkSets) },
    linkAdds: [...linksOf(entry.linkAdds), ...linksOf(entry.linkSets)],
    linkRemoves: linksOf(entry.linkRemoves),
    linkSets: sets,
    kind: classes === undefined ? null : kindOf(classes),
  };
}

/** The address lists that show an object: DNs, but kept as the attribute that they are to the rules. */
function listsOf({ showInAddressBook }: LinkImage): AttributeImage {
  if (showInAddressBook === undefined) return {};
  return { showInAddressBook: showInAddressBook.map((target) => listKey(target.dn)).sort() };
}

function linksOf(image: LinkImage): ManagedLink[] {
  const links: ManagedLink[] = [];
  for (const [attribute, targets] of Object.entries(image))
    if (referenceAttributes.has(attribute))
      for (const { guid } of targets) if (guid !== null) links.push({ attribute, target: guid });
  return links;
}

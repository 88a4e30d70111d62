import type { DirectoryEntry } from '../directory/entries.ts';
import { replaceLongLinks } from '../store/source-links.ts';
import type { StagedSource } from '../store/source-space.ts';
import type { Container } from '../store/source-tree.ts';
import { hasLongLinks, longLinks } from './long-links.ts';
import { isContainer, type Domain } from './read-domain.ts';
import { stagedSource } from './stage-source.ts';

/** Entries with all that they hold, told apart: objects as the connector space keeps them, and containers. */
export function sorted(entries: readonly DirectoryEntry[]): {
  readonly objects: readonly StagedSource[];
  readonly containers: readonly Container[];
} {
  const objects: StagedSource[] = [];
  const containers: Container[] = [];
  for (const entry of entries) {
    const object = stagedSource(entry);
    if (object !== null) objects.push(object);
    else if (isContainer(entry.attributes['objectClass'] ?? [])) containers.push(entry);
  }
  return { objects, containers };
}

/** Replaces the references of those entries of which the server told only the beginning of a list. */
export async function stageLongLinks(
  { database, reader, run, signal, total }: Domain,
  entries: readonly DirectoryEntry[],
): Promise<void> {
  for (const entry of entries.filter((item) => hasLongLinks(item) && stagedSource(item) !== null))
    await database.transaction(async (transaction) => {
      if (await replaceLongLinks(transaction, run.forestId, entry.guid, longLinks(reader, entry, signal)))
        total.changed += 1;
    });
}

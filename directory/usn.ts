import type { DirectoryEntry } from './entries.ts';
import { and, atLeast, type DirectoryFilter, equal } from './filter.ts';
import type { DirectoryReader } from './reader.ts';

export interface UsnQuery {
  readonly namingContext: string;
  /** What was read up to, a USN of this very controller: uSNChanged is not replicated (MS-ADTS 3.1.1.1.9). */
  readonly after: bigint;
  readonly filter: DirectoryFilter;
  readonly attributes: readonly string[];
  /** As in `PageQuery`. */
  readonly linkValues: number;
  readonly pageSize: number;
  readonly signal: AbortSignal;
}

/**
 * The live objects that changed above a USN, each with all that was asked for. What left an object without changing it
 * goes untold: a group is not touched by the deletion of a member.
 */
export function changedAbove(reader: DirectoryReader, query: UsnQuery): AsyncGenerator<DirectoryEntry[]> {
  const { namingContext: base, attributes, linkValues, pageSize, signal } = query;
  const filter = and(atLeast('uSNChanged', query.after + 1n), query.filter);
  return reader.pages({ base, scope: 'sub', filter, attributes, linkValues, pageSize, signal });
}

/** The objects that were deleted above a USN; none where the account may not see deleted objects. */
export function deletedAbove(reader: DirectoryReader, query: UsnQuery): AsyncGenerator<DirectoryEntry[]> {
  const { namingContext: base, pageSize, signal } = query;
  const filter = and(equal('isDeleted', 'TRUE'), atLeast('uSNChanged', query.after + 1n), query.filter);
  return reader.pages({ base, scope: 'sub', filter, attributes: [], pageSize, showDeleted: true, signal });
}

/** The container of deleted objects of a naming context, by its well-known GUID (MS-ADTS 6.1.1.4). */
function deletedObjects(namingContext: string): string {
  return `<WKGUID=18E2EA80684F11D2B9AA00C04F79F805,${namingContext}>`;
}

/**
 * Whether the account sees deleted objects by searching: it sees one, or, where none is to be seen, may read the
 * properties of the container that holds them. Two requests at most.
 */
export async function seesDeleted(reader: DirectoryReader, namingContext: string): Promise<boolean> {
  const base = deletedObjects(namingContext);
  const filter = equal('isDeleted', 'TRUE');
  const query = { base, scope: 'one', filter, attributes: [], pageSize: 1, showDeleted: true } as const;
  for await (const _ of reader.pages(query)) return true;
  const container = await reader.read({ dn: base }, ['isDeleted'], { showDeleted: true });
  return container?.attributes['isDeleted'] !== undefined;
}

import type { DirectoryEntry } from './entries.ts';
import { DirectoryRefused } from './errors.ts';
import { equal, or, present } from './filter.ts';
import type { DirectoryReader, PageQuery } from './reader.ts';

/** Objects that are looked up by one request. */
const AT_ONCE = 100;

/** The objects of a naming context with these objectGUIDs, as far as the account sees them; lists begin only. */
export async function* lookUp(
  reader: DirectoryReader,
  namingContext: string,
  guids: readonly string[],
  options: Pick<PageQuery, 'attributes' | 'showDeleted' | 'signal'>,
): AsyncGenerator<DirectoryEntry> {
  for (let from = 0; from < guids.length; from += AT_ONCE) {
    const filter = or(...guids.slice(from, from + AT_ONCE).map((guid) => equal('objectGUID', guid)));
    const query = { base: namingContext, scope: 'sub', filter, pageSize: AT_ONCE, linkValues: 2, ...options } as const;
    for await (const entries of reader.pages(query)) yield* entries;
  }
}

/**
 * - `lists`: at least one object below it can be seen.
 * - `nothing to see`: it is there, but no object below it can be seen: it is empty, or the account may not list it.
 * - `missing`: it is not there, or the account may not see it.
 */
export type ContainerView = 'lists' | 'nothing to see' | 'missing';

/** What the account sees of a container. */
export async function viewContainer(reader: DirectoryReader, dn: string): Promise<ContainerView> {
  const query = { base: dn, scope: 'one', filter: present('objectClass'), attributes: [], pageSize: 1 } as const;
  try {
    for await (const _ of reader.pages(query)) return 'lists';
  } catch (error) {
    // There is no such base.
    if (error instanceof DirectoryRefused && error.kind === 'configuration') return 'missing';
    throw error;
  }
  return (await reader.read({ dn }, [])) === null ? 'missing' : 'nothing to see';
}

import type { DirectoryReader } from '../../directory/reader.ts';
import { isWithin } from '../../rules/dn.ts';
import { kindOf, type ObjectKind } from '../../rules/objects.ts';
import { PopulationCount } from '../../rules/preflight-population.ts';
import { READ_PAGE, wantedClasses } from '../read-domain.ts';

/** What is in scope by its place, and one object of each kind, by objectGUID, to try rights on. */
export interface InScope {
  readonly count: PopulationCount;
  readonly samples: ReadonlyMap<ObjectKind, string>;
}

/** Counts what is in these organizational units, with everything below them. */
export async function countInScope(
  reader: DirectoryReader,
  include: readonly string[],
  exclude: readonly string[],
  signal: AbortSignal,
): Promise<InScope> {
  const count = new PopulationCount();
  const samples = new Map<ObjectKind, string>();
  const query = { scope: 'sub', filter: wantedClasses, pageSize: READ_PAGE } as const;
  const attributes = ['objectClass', 'mail', 'proxyAddresses'];
  // Of units within each other the outer one holds all.
  const outer = include.filter((ou) => !include.some((other) => other !== ou && isWithin(ou, other)));
  for (const base of outer)
    for await (const entries of reader.pages({ ...query, base, attributes, signal }))
      for (const { dn, guid, attributes: shown } of entries) {
        if (exclude.some((ou) => isWithin(dn, ou))) continue;
        count.add(shown);
        const kind = kindOf(shown['objectClass'] ?? []);
        if (kind !== null && !samples.has(kind)) samples.set(kind, guid);
      }
  return { count, samples };
}

import { equal, or } from '../directory/filter.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import type { Database } from '../store/database.ts';
import { settleWarnings } from '../store/forest-warnings.ts';
import { recordSchema, schemaOf, type ForestId } from '../store/forests.ts';

/** A schema that is extended is noticed within this time. */
const LOOK_EVERY_MS = 3_600_000;

/**
 * Looks at which of the attributes that customers' flows own the Managed Forest's schema has: an attribute of Exchange's, or
 * of a later version of it, that the forest lacks is left out of what is planned, and an operator is told once, instead of an
 * error on each object.
 */
export async function lookAtSchema(
  database: Database,
  reader: DirectoryReader,
  forest: ForestId,
  namingContext: string,
  attributes: readonly string[],
): Promise<void> {
  const known = await schemaOf(database, forest);
  const asked = [...attributes].sort();
  if (known.readAt !== null && Date.now() - known.readAt.getTime() < LOOK_EVERY_MS && !known.changed(asked)) return;
  const { schemaNamingContext } = await reader.rootDse();
  const present = new Set<string>();
  const filter = or(...asked.map((name) => equal('lDAPDisplayName', name)));
  const query = { base: schemaNamingContext, scope: 'one', filter, attributes: ['lDAPDisplayName'] } as const;
  for await (const page of reader.pages({ ...query, pageSize: 500 }))
    for (const entry of page) for (const name of entry.attributes['lDAPDisplayName'] ?? []) present.add(name);
  const lacking = asked.filter((name) => !present.has(name));
  await database.transaction(async (transaction) => {
    await recordSchema(transaction, forest, asked, lacking);
    await settleWarnings(
      transaction,
      forest,
      namingContext,
      lacking.map((attribute) => ({ code: 'FW301', attribute, details: {} })),
    );
  });
}

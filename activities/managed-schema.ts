import { equal, or } from '../directory/filter.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { guidText } from '../directory/values.ts';
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
  const present = await inSchema(reader, asked);
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

/** GUIDs by which access control entries name an attribute: its own, and that of its property set. */
export type AccessGuids = readonly string[];

/** Which of these attributes a forest's schema has. */
export async function inSchema(
  reader: DirectoryReader,
  names: readonly string[],
): Promise<ReadonlyMap<string, AccessGuids>> {
  const { schemaNamingContext } = await reader.rootDse();
  const present = new Map<string, AccessGuids>();
  const filter = or(...names.map((name) => equal('lDAPDisplayName', name)));
  const attributes = ['lDAPDisplayName', 'schemaIDGUID', 'attributeSecurityGUID'];
  const query = { base: schemaNamingContext, scope: 'one', filter, attributes } as const;
  for await (const page of reader.pages({ ...query, pageSize: 500 }))
    for (const { attributes: shown } of page) {
      const own = guidText(Buffer.from(shown['schemaIDGUID']?.[0] ?? '', 'base64'));
      const guids = [own, shown['attributeSecurityGUID']?.[0]].filter((guid) => guid !== undefined);
      for (const name of shown['lDAPDisplayName'] ?? []) present.set(name, guids);
    }
  return present;
}

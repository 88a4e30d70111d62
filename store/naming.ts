import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';
import { contested, frozen } from './identities.ts';

/** An object in scope that has no identity yet, with what its names are made from. */
export interface NewIdentity {
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly name: string;
  readonly sam: string | null;
}

/** The next objects that need an identity: in scope, alive, not frozen, and nothing in the Managed Forest that may be theirs. */
export async function withoutIdentity(
  db: Queryable,
  forest: ForestId,
  after: string,
  limit: number,
): Promise<readonly NewIdentity[]> {
  return db.query<NewIdentity>(
    `SELECT e.guid, o.kind, coalesce(o.attributes -> 'name' ->> 0, '') AS name, o.attributes -> 'sAMAccountName' ->> 0 AS sam
     FROM evaluation e JOIN source_object o USING (forest_id, guid)
     WHERE e.forest_id = $1 AND e.guid > $2 AND e.settling AND e.in_scope AND o.tombstone_at IS NULL AND NOT ${frozen('e')} AND NOT ${contested('e')}
       AND NOT EXISTS (SELECT FROM identity i WHERE i.source_forest = $1 AND i.source_guid = e.guid)
     ORDER BY e.guid LIMIT $3`,
    [forest, after, limit],
  );
}

/** Of these names, in lower case, the ones that the Managed Forest or another identity has already. */
export async function takenNames(
  db: Queryable,
  managedForest: ForestId,
  customer: string,
  names: { readonly sams: readonly string[]; readonly cns: readonly string[]; readonly dns: readonly string[] },
): Promise<{
  readonly sams: ReadonlySet<string>;
  readonly cns: ReadonlySet<string>;
  readonly dns: ReadonlySet<string>;
}> {
  const rows = await db.query<{ kind: 'sam' | 'cn' | 'dn'; name: string }>(
    `SELECT 'sam' AS kind, lower(sam) AS name FROM identity WHERE managed_forest = $1 AND lower(sam) = ANY($3)
     UNION ALL SELECT 'sam', lower(sam) FROM managed_object WHERE forest_id = $1 AND deleted_at IS NULL AND lower(sam) = ANY($3)
     UNION ALL SELECT 'cn', lower(cn) FROM identity WHERE managed_forest = $1 AND customer = $2 AND lower(cn) = ANY($4)
     UNION ALL SELECT 'dn', lower(dn) FROM managed_object WHERE forest_id = $1 AND deleted_at IS NULL AND lower(dn) = ANY($5)`,
    [managedForest, customer, names.sams, names.cns, names.dns],
  );
  const of = (kind: string): ReadonlySet<string> =>
    new Set(rows.filter((row) => row.kind === kind).map((row) => row.name));
  return { sams: of('sam'), cns: of('cn'), dns: of('dn') };
}

export interface NamedIdentity {
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly cn: string;
  readonly sam: string | null;
}

/** Makes identities with the names that were chosen. A unique violation means that another cycle took a name meanwhile. */
export async function createIdentities(
  db: Queryable,
  customer: string,
  forest: ForestId,
  managedForest: ForestId,
  page: readonly NamedIdentity[],
): Promise<void> {
  await db.query(
    `INSERT INTO identity (customer, source_forest, source_guid, managed_forest, kind, cn, sam)
     SELECT $1, $2, guid, $3, kind, cn, sam FROM json_to_recordset($4::json) AS r (guid uuid, kind text, cn text, sam text)
     ON CONFLICT (source_forest, source_guid) DO NOTHING`,
    [customer, forest, managedForest, JSON.stringify(page)],
  );
}

/**
 * Gives an identity whose name turned out to be taken another one, made unique by its source's objectGUID: a name that
 * the managed connector space could not know of, for instance a computer's.
 */
export async function renameIdentity(
  db: Queryable,
  customer: string,
  identityId: string,
  name: 'cn' | 'sam',
): Promise<void> {
  await db.query(
    name === 'cn'
      ? "UPDATE identity SET cn = left(cn, 29) || ' (' || replace(source_guid::text, '-', '') || ')' WHERE id = $1 AND customer = $2"
      : "UPDATE identity SET sam = left(sam, 3) || '-' || left(replace(source_guid::text, '-', ''), 16) WHERE id = $1 AND customer = $2",
    [identityId, customer],
  );
}

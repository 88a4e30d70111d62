import { parseAnchor } from '../rules/anchor.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import { misplacementOf } from '../rules/misplaced.ts';
import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable, Transaction } from './database.ts';
import { noteLinkDrift } from './drift.ts';
import type { ForestId } from './forests.ts';
import { markDeleted, reattach } from './managed-deletions.ts';
import { recordNotices, withdrawNotices } from './managed-notices.ts';
import { markHolders } from './link-holders.ts';
import { withReadLinks, withReadSteps, type LinkStep, type StagedLink } from './read-links.ts';

/** A managed object as read whole. */
export interface StagedManaged {
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly dn: string;
  readonly anchor: string | null;
  readonly sam: string | null;
  readonly attributes: AttributeImage;
  /** Null when the read did not tell all of them: {@link replaceLongManagedLinks} follows. */
  readonly links: readonly ManagedLink[] | null;
}

export interface ManagedLink {
  readonly attribute: string;
  readonly target: string;
}

/** What a delta read says of one managed object. An attribute that is not named is unchanged; one with [] was cleared. */
export interface ManagedDelta {
  readonly guid: string;
  readonly dn: string;
  readonly deleted: boolean;
  readonly changed: AttributeImage;
  readonly linkAdds: readonly ManagedLink[];
  readonly linkRemoves: readonly ManagedLink[];
  /** Attributes of which `linkAdds` holds every value. */
  readonly linkSets: readonly string[];
  /** Set when the delta holds the object's classes: it is new to us, or whole. */
  readonly kind: ObjectKind | null;
}

/** A number for a complete read of a managed naming context. */
export async function beginManagedRead(db: Queryable): Promise<string> {
  const [row] = await db.query<{ id: string }>("SELECT nextval('managed_read') AS id");
  if (row === undefined) throw new Error('no number for the read');
  return row.id;
}

/** Stages one page of a complete read of the Managed Forest. */
export async function stageManagedPage(
  transaction: Transaction,
  forest: ForestId,
  read: string,
  page: readonly StagedManaged[],
): Promise<void> {
  await transaction.query(
    `INSERT INTO managed_object AS o (forest_id, guid, kind, dn, anchor, sam, attributes, conflict, last_read)
     SELECT $1, guid, kind, dn, anchor, sam, attributes, conflict, $2
     FROM json_to_recordset($3::json) AS r (guid uuid, kind text, dn text, anchor text, sam text, attributes jsonb, conflict boolean)
     ON CONFLICT (forest_id, guid) DO UPDATE SET kind = excluded.kind, dn = excluded.dn, anchor = excluded.anchor, sam = excluded.sam,
       attributes = excluded.attributes, conflict = excluded.conflict, last_seen = now(), last_read = excluded.last_read, deleted_at = NULL, absent_run = NULL`,
    [
      forest,
      read,
      JSON.stringify(
        page.map(({ guid, kind, dn, anchor, sam, attributes }) => {
          const conflict = lostItsName(dn);
          return { guid, kind, dn, anchor: conflict ? null : anchor, sam, attributes, conflict };
        }),
      ),
    ],
  );
  const linked = page.flatMap(({ guid, links }) => (links === null ? [] : [{ holder: guid, links }]));
  await notingLinks(transaction, forest, () =>
    mergeLinks(
      transaction,
      forest,
      linked,
      linked.map(({ holder }) => holder),
    ),
  );
  await touchIdentities(transaction, forest, page);
  await tellConflicts(transaction, forest, page);
}

/** Makes the links of one object what is told bit by bit. */
export async function replaceLongManagedLinks(
  transaction: Transaction,
  forest: ForestId,
  holder: string,
  steps: AsyncIterable<LinkStep>,
): Promise<void> {
  await notingLinks(transaction, forest, () =>
    withReadSteps(transaction, holder, steps, () => mergeReadLinks(transaction, forest, [holder])),
  );
}

/** Stages a batch of a delta read of the Managed Forest. `anchorAttribute` names where the anchor is. */
export async function stageManagedDelta(
  transaction: Transaction,
  forest: ForestId,
  anchorAttribute: string,
  batch: readonly ManagedDelta[],
): Promise<void> {
  const live = batch.filter((delta) => !delta.deleted);
  // An object that is not known and whose classes the delta does not tell is none of the kinds that we keep.
  await transaction.query(
    `WITH delta AS (
       SELECT * FROM json_to_recordset($2::json) AS r (guid uuid, kind text, dn text, changed jsonb, conflict boolean)
     ), merged AS (
       SELECT d.guid, coalesce(d.kind, o.kind) AS kind, d.dn, d.conflict,
         (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(coalesce(o.attributes, '{}') || d.changed) WHERE value <> '[]') AS attributes
       FROM delta d LEFT JOIN managed_object o ON o.forest_id = $1 AND o.guid = d.guid
       WHERE coalesce(d.kind, o.kind) IS NOT NULL
     )
     INSERT INTO managed_object AS o (forest_id, guid, kind, dn, anchor, sam, attributes, conflict)
     SELECT $1, guid, kind, dn, CASE WHEN NOT conflict THEN attributes -> $3 ->> 0 END, attributes -> 'sAMAccountName' ->> 0, attributes, conflict FROM merged
     ON CONFLICT (forest_id, guid) DO UPDATE SET kind = excluded.kind, dn = excluded.dn, anchor = excluded.anchor, sam = excluded.sam,
       attributes = excluded.attributes, conflict = excluded.conflict, last_seen = now(), deleted_at = NULL, absent_run = NULL`,
    [
      forest,
      JSON.stringify(
        live.map(({ guid, kind, dn, changed }) => ({ guid, kind, dn, changed, conflict: lostItsName(dn) })),
      ),
      anchorAttribute,
    ],
  );
  await notingLinks(transaction, forest, () => applyLinkDelta(transaction, forest, live));
  await touchIdentities(
    transaction,
    forest,
    live.map(({ guid, dn, changed }) => ({ guid, dn, anchor: changed[anchorAttribute]?.[0] ?? null })),
  );
  await tellConflicts(transaction, forest, live);
  const dead = batch.filter((delta) => delta.deleted).map((delta) => delta.guid);
  await markDeleted(transaction, forest, dead, 'tombstone');
}

/** Whether an object has lost its name to a twin that another domain controller took at the same time. */
function lostItsName(dn: string): boolean {
  return misplacementOf(dn) === 'replication conflict object';
}

async function tellConflicts(
  transaction: Transaction,
  forest: ForestId,
  objects: readonly { readonly guid: string; readonly dn: string }[],
): Promise<void> {
  const conflicts = objects.filter(({ dn }) => lostItsName(dn));
  const details = 'two domain controllers took its name at the same time; it is neither joined nor written';
  await recordNotices(
    transaction,
    forest,
    conflicts.map(({ guid }) => ({ code: 'conflict', guid, details })),
  );
  await withdrawNotices(
    transaction,
    forest,
    'conflict',
    objects.filter(({ dn }) => !lostItsName(dn)).map(({ guid }) => guid),
  );
}

/** Runs `work`, whose statements note the links of identities' objects that come and go; see {@link noteLinkDrift}. */
async function notingLinks(transaction: Transaction, forest: ForestId, work: () => Promise<unknown>): Promise<void> {
  await transaction.query(
    'CREATE TEMPORARY TABLE link_change (holder uuid, attribute text, target uuid, comes boolean) ON COMMIT DROP',
  );
  await work();
  await noteLinkDrift(transaction, forest);
  await transaction.query('DROP TABLE link_change');
}

/** SQL: a statement that changes links and returns them, which are noted. */
function noted(statement: string, comes: boolean): string {
  return `WITH changed AS (${statement})
    INSERT INTO link_change SELECT c.holder, c.attribute, c.target, ${String(comes)} FROM changed c
    WHERE EXISTS (SELECT FROM identity i WHERE i.managed_forest = c.forest_id AND i.managed_guid = c.holder)`;
}

async function applyLinkDelta(
  transaction: Transaction,
  forest: ForestId,
  batch: readonly ManagedDelta[],
): Promise<void> {
  const removed = batch.flatMap((delta) =>
    delta.linkRemoves.map((link) => [delta.guid, link.attribute, link.target] as const),
  );
  const reset = batch.flatMap((delta) => delta.linkSets.map((attribute) => [delta.guid, attribute] as const));
  if (reset.length > 0) {
    await transaction.query(
      noted(
        'DELETE FROM managed_link l USING unnest($2::uuid[], $3::text[]) AS r (holder, attribute) WHERE l.forest_id = $1 AND l.holder = r.holder AND l.attribute = r.attribute RETURNING l.*',
        false,
      ),
      [forest, reset.map(([holder]) => holder), reset.map(([, attribute]) => attribute)],
    );
  }
  if (removed.length > 0) {
    await transaction.query(
      noted(
        `DELETE FROM managed_link l USING unnest($2::uuid[], $3::text[], $4::uuid[]) AS r (holder, attribute, target)
         WHERE l.forest_id = $1 AND l.holder = r.holder AND l.attribute = r.attribute AND l.target = r.target RETURNING l.*`,
        false,
      ),
      [
        forest,
        removed.map(([holder]) => holder),
        removed.map(([, attribute]) => attribute),
        removed.map(([, , target]) => target),
      ],
    );
  }
  await mergeLinks(
    transaction,
    forest,
    batch.map((delta) => ({ holder: delta.guid, links: delta.linkAdds })),
    [],
  );
}

/** Adds link rows by COPY; for holders in `whole`, whose every value is given, removes the others. */
async function mergeLinks(
  transaction: Transaction,
  forest: ForestId,
  holders: readonly { holder: string; links: readonly ManagedLink[] }[],
  whole: readonly string[],
): Promise<void> {
  const rows = function* (): Generator<StagedLink & { holder: string }> {
    for (const { holder, links } of holders) for (const link of links) yield { holder, ...link, targetDn: '' };
  };
  await withReadLinks(transaction, rows(), () => mergeReadLinks(transaction, forest, whole));
}

async function mergeReadLinks(transaction: Transaction, forest: ForestId, whole: readonly string[]): Promise<void> {
  if (whole.length > 0) {
    await transaction.query(
      noted(
        `DELETE FROM managed_link l WHERE l.forest_id = $1 AND l.holder = ANY($2) AND NOT EXISTS (
           SELECT FROM read_link r WHERE r.holder = l.holder AND r.attribute = l.attribute AND r.target = l.target) RETURNING l.*`,
        false,
      ),
      [forest, whole],
    );
  }
  await transaction.query(
    noted(
      `INSERT INTO managed_link (forest_id, holder, attribute, target)
       SELECT DISTINCT $1::smallint, r.holder, r.attribute, r.target FROM read_link r
       JOIN managed_object o ON o.forest_id = $1 AND o.guid = r.holder WHERE r.target IS NOT NULL ON CONFLICT DO NOTHING RETURNING *`,
      true,
    ),
    [forest],
  );
}

/** Gives identities whose managed object has been seen for the first time, or is back, its GUID, and marks all of these to be planned again. */
async function touchIdentities(
  transaction: Transaction,
  forest: ForestId,
  objects: readonly { readonly guid: string; readonly dn: string; readonly anchor: string | null }[],
): Promise<void> {
  const anchored = objects.flatMap(({ guid, dn, anchor }) => {
    const source = anchor === null || lostItsName(dn) ? null : parseAnchor(anchor);
    return source === null ? [] : [{ guid, customer: source.customer, forest: source.forest, sourceGuid: source.guid }];
  });
  const returned = await reattach(
    transaction,
    forest,
    objects.map((object) => object.guid),
  );
  // Two statements: one must not update a row twice, and who is attached may also hold a link to another who is.
  const joined = await transaction.query<{ source_forest: number; source_guid: string }>(
    `UPDATE identity i SET managed_guid = a.guid
     FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) AS a (guid, customer, forest, source_guid)
     JOIN forest f ON f.side = 'source' AND f.customer = a.customer AND f.name = a.forest
     WHERE i.source_forest = f.id AND i.source_guid = a.source_guid AND i.managed_forest = $1 AND i.managed_guid IS NULL AND i.deleted_guid IS NULL
       -- An anchor that somebody copied does not make two identities of one object.
       AND NOT EXISTS (SELECT FROM identity x WHERE x.managed_forest = $1 AND x.managed_guid = a.guid)
     RETURNING i.source_forest, i.source_guid`,
    [
      forest,
      anchored.map((item) => item.guid),
      anchored.map((item) => item.customer),
      anchored.map((item) => item.forest),
      anchored.map((item) => item.sourceGuid),
    ],
  );
  const attached = [...returned, ...joined];
  if (attached.length > 0)
    await markHolders(transaction, 'SELECT * FROM unnest($1::smallint[], $2::uuid[]) AS c (forest_id, guid)', [
      attached.map((row) => row.source_forest),
      attached.map((row) => row.source_guid),
    ]);
  await transaction.query(
    'UPDATE identity SET plan_dirty = true, links_dirty = true WHERE managed_forest = $1 AND managed_guid = ANY($2)',
    [forest, objects.map((object) => object.guid)],
  );
}

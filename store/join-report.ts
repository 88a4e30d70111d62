import type { ObjectKind } from '../rules/objects.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';
import type { RunId } from './runs.ts';

/** What a run's plan does to a managed forest that was filled before, in numbers of objects; of a first cycle before it is approved. */
export interface JoinSummary {
  /** Managed objects that were there before and became a source object's in this run. */
  readonly adopted: number;
  readonly created: number;
  /** Managed objects whose attributes change, adopted ones among them: they get their anchor. */
  readonly changed: number;
  /** Source objects in scope that have no managed object and get none: in error, or waiting for an answer. */
  readonly unmatchedSource: number;
  /** Managed objects in the customer's organizational units that are no source object's. */
  readonly unmatchedManaged: number;
}

/** SQL: source objects of a forest that are in scope, have no managed object and get none, because an error keeps them from it. */
const withoutManaged = (forest: string): string =>
  `(SELECT o.guid, o.dn FROM source_object o JOIN evaluation e USING (forest_id, guid)
    WHERE o.forest_id = ${forest} AND e.in_scope AND o.tombstone_at IS NULL
      AND EXISTS (SELECT FROM object_error x WHERE x.forest_id = o.forest_id AND x.guid = o.guid AND x.code LIKE 'SE%')
      AND NOT EXISTS (SELECT FROM identity i WHERE i.source_forest = o.forest_id AND i.source_guid = o.guid AND i.managed_guid IS NOT NULL))`;

/** SQL: managed objects in a customer's organizational units that are no source object's. */
const withoutSource = (customer: string): string =>
  `(SELECT m.forest_id, m.guid, m.dn, m.kind FROM managed_unmatched u JOIN managed_object m ON m.forest_id = u.forest_id AND m.guid = u.guid AND m.deleted_at IS NULL
    WHERE u.customer = ${customer})`;

/** The numbers of a run. The unmatched are as they are now. */
export async function joinSummary(db: Queryable, run: RunId): Promise<JoinSummary> {
  const [row] = await db.query<JoinSummary>(
    `WITH r AS (SELECT id, customer, forest_id FROM run WHERE id = $1)
     SELECT (SELECT count(*)::int FROM identity i WHERE i.joined_run = r.id) AS adopted,
       (SELECT count(*)::int FROM planned_change p WHERE p.run_id = r.id AND p.operation = 'add') AS created,
       (SELECT count(DISTINCT p.identity_id)::int FROM planned_change p WHERE p.run_id = r.id AND p.operation = 'modify' AND p.stage = 'objects') AS changed,
       (SELECT count(*)::int FROM ${withoutManaged('r.forest_id')} s) AS "unmatchedSource",
       (SELECT count(*)::int FROM ${withoutSource('r.customer')} m) AS "unmatchedManaged" FROM r`,
    [run],
  );
  if (row === undefined) throw new Error(`there is no run ${run}`);
  return row;
}

/** An adopted object, as an operator looks at it. */
export interface AdoptedObject {
  readonly guid: string;
  readonly sourceDn: string;
  readonly managedDn: string;
  readonly kind: ObjectKind;
  /** What it was found by. */
  readonly rule: string;
}

/** The next managed objects that a run has adopted, by objectGUID of their source objects. */
export async function adoptedObjects(
  db: Queryable,
  run: RunId,
  after: string,
  limit: number,
): Promise<readonly AdoptedObject[]> {
  return db.query<AdoptedObject>(
    `SELECT i.source_guid AS guid, o.dn AS "sourceDn", m.dn AS "managedDn", i.kind, i.joined_by AS rule
     FROM identity i JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
     JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid
     WHERE i.joined_run = $1 AND i.source_guid > $2 ORDER BY i.source_guid LIMIT $3`,
    [run, after, limit],
  );
}

/** A managed object that is no source object's. It is reported and never touched. */
export interface UnmatchedManaged {
  readonly guid: string;
  readonly dn: string;
  readonly kind: ObjectKind;
}

/** The next managed objects in a customer's organizational units that are no source object's, by objectGUID. */
export async function unmatchedManaged(
  db: Queryable,
  managed: ForestId,
  customer: string,
  after: string,
  limit: number,
): Promise<readonly UnmatchedManaged[]> {
  return db.query<UnmatchedManaged>(
    `SELECT m.guid, m.dn, m.kind FROM ${withoutSource('$2')} m WHERE m.forest_id = $1 AND m.guid > $3 ORDER BY m.guid LIMIT $4`,
    [managed, customer, after, limit],
  );
}

/** A source object in scope without a managed object, and why. */
export interface UnmatchedSource {
  readonly guid: string;
  readonly dn: string;
  readonly codes: readonly string[];
}

/** The next source objects of a forest that are in scope, have no managed object and get none, by objectGUID. */
export async function unmatchedSource(
  db: Queryable,
  source: ForestId,
  after: string,
  limit: number,
): Promise<readonly UnmatchedSource[]> {
  return db.query<UnmatchedSource>(
    `SELECT o.guid, o.dn, ARRAY(SELECT DISTINCT x.code FROM object_error x WHERE x.forest_id = $1 AND x.guid = o.guid ORDER BY 1) AS codes
     FROM ${withoutManaged('$1')} o WHERE o.guid > $2 ORDER BY o.guid LIMIT $3`,
    [source, after, limit],
  );
}

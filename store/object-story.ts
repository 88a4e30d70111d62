import type { AttributeImage } from '../rules/attributes.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

/** What is kept of one source object beside its attributes. */
export interface SourceStanding {
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly tombstoneAt: Date | null;
  readonly absentReads: number;
  /** It changed, and the rules have not looked at it since. */
  readonly waits: boolean;
  /** What the last evaluation said; null before the first. */
  readonly scopeRule: string | null;
  readonly identity: IdentityStanding | null;
}

export interface IdentityStanding {
  readonly id: string;
  readonly state: string;
  readonly joinedBy: string | null;
  readonly managedGuid: string | null;
  readonly managedDn: string | null;
  readonly managed: AttributeImage | null;
  readonly managedLinks: number;
}

/** A service of an identity. */
export interface ServiceStanding {
  readonly service: string;
  readonly state: string;
  readonly wanted: unknown;
  readonly facts: unknown;
  readonly workflowId: string | null;
  readonly changedAt: Date;
}

/** One thing that happened to an object. */
export interface Happening {
  readonly at: Date;
  /** A source change, a decision, a managed write, a service step, or what an operator did. */
  readonly what: string;
  readonly details: string;
  /** Workflow id of the run that did it, or null. */
  readonly workflowId: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** How one source object stands; null when it is not staged. */
export async function sourceStanding(db: Queryable, forest: ForestId, guid: string): Promise<SourceStanding | null> {
  const [row] = await db.query<SourceStanding>(
    `SELECT o.first_seen AS "firstSeen", o.last_seen AS "lastSeen", o.tombstone_at AS "tombstoneAt", o.absent_reads AS "absentReads", o.dirty AS waits, e.scope_rule AS "scopeRule",
       CASE WHEN i.id IS NOT NULL THEN jsonb_build_object('id', i.id, 'state', i.state, 'joinedBy', i.joined_by, 'managedGuid', i.managed_guid, 'managedDn', m.dn, 'managed', m.attributes,
         'managedLinks', (SELECT count(*) FROM managed_link l WHERE l.forest_id = i.managed_forest AND l.holder = i.managed_guid)) END AS identity
     FROM source_object o LEFT JOIN evaluation e ON e.forest_id = o.forest_id AND e.guid = o.guid
     LEFT JOIN identity i ON i.source_forest = o.forest_id AND i.source_guid = o.guid
     LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid AND m.deleted_at IS NULL
     WHERE o.forest_id = $1 AND o.guid = $2`,
    [forest, guid],
  );
  return row ?? null;
}

/** The services of an identity. */
export async function servicesOf(db: Queryable, identity: string): Promise<readonly ServiceStanding[]> {
  return db.query<ServiceStanding>(
    `SELECT service, state, wanted, facts, workflow_id AS "workflowId", changed_at AS "changedAt" FROM service WHERE identity_id = $1 ORDER BY service`,
    [identity],
  );
}

/** What comes first of what one transaction has recorded, which all has its time. */
const ORDER = ['source', 'question', 'decision', 'plan', 'operator', 'write', 'service', 'error'];

/** SQL: the values of a source change; those of a reference by their DNs, where their objects are still staged. */
function byName(values: string): string {
  return `CASE WHEN NOT c.is_reference THEN ${values} ELSE (
    SELECT jsonb_agg(coalesce(t.dn, v.value) ORDER BY v.place) FROM jsonb_array_elements_text(${values}) WITH ORDINALITY v (value, place)
    LEFT JOIN source_object t ON t.forest_id = $1 AND t.guid = CASE WHEN v.value ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN v.value::uuid END) END`;
}

/**
 * What happened to an object, in order, as far as it is on record: when it was first seen, what changed of its attributes there, its errors, every planned and written change of its
 * managed object with services' steps, operators' answers to those, joins, conversions, reconnections and ends of services.
 *
 * @param limit the newest so many are answered
 */
export async function timeline(
  db: Queryable,
  forest: ForestId,
  guid: string,
  identity: string | null,
  limit: number,
): Promise<readonly Happening[]> {
  const rows = await db.query<Happening>(
    `SELECT * FROM (
       SELECT o.first_seen AS at, 'source' AS what, 'first seen as ' || o.dn AS details, NULL AS "workflowId", NULL::jsonb AS before, NULL::jsonb AS after
       FROM source_object o WHERE o.forest_id = $1 AND o.guid = $2
       UNION ALL SELECT o.tombstone_at, 'source', 'gone from the Customer Forest', NULL, NULL, NULL FROM source_object o WHERE o.forest_id = $1 AND o.guid = $2 AND o.tombstone_at IS NOT NULL
       UNION ALL SELECT c.at, 'source', 'changed ' || c.attribute, r.workflow_id, ${byName('c.before')}, ${byName('c.after')} FROM source_change c LEFT JOIN run r ON r.id = c.run_id
       WHERE c.forest_id = $1 AND c.guid = $2
       UNION ALL SELECT x.first_seen, 'error', concat_ws(' ', x.code, nullif(x.attribute, '') || ':', x.details), NULL, NULL, NULL FROM object_error x WHERE x.forest_id = $1 AND x.guid = $2
       UNION ALL SELECT p.planned_at, CASE WHEN p.stage = 'services' THEN 'service' ELSE 'plan' END, concat_ws(' ', p.operation, p.attribute, 'by ' || p.rule, '(' || p.state || coalesce(': ' || p.answer, '') || ')'), r.workflow_id, p.before, p.after
       FROM planned_change p JOIN run r ON r.id = p.run_id WHERE p.identity_id = $3
       UNION ALL SELECT p.applied_at, 'write', concat_ws(' ', p.operation, p.attribute), r.workflow_id, NULL, NULL FROM planned_change p JOIN run r ON r.id = p.run_id WHERE p.identity_id = $3 AND p.applied_at IS NOT NULL
       UNION ALL SELECT DISTINCT h.decided_at, 'operator', concat_ws(' ', h.operator, h.state, 'the list', h.hash, 'of cycle', h.run_id), r.workflow_id, NULL::jsonb, NULL::jsonb
       FROM planned_change p JOIN hold h ON h.id = p.hold_id JOIN run r ON r.id = h.run_id WHERE p.identity_id = $3 AND h.operator IS NOT NULL AND h.decided_at IS NOT NULL
       UNION ALL SELECT j.opened_at, 'question', 'which managed object is it', NULL, NULL, j.candidates FROM join_review j WHERE j.forest_id = $1 AND j.guid = $2
       UNION ALL SELECT j.decided_at, 'operator', concat_ws(' ', j.operator, j.state, 'the join', j.managed_guid), NULL, NULL, NULL FROM join_review j WHERE j.forest_id = $1 AND j.guid = $2 AND j.decided_at IS NOT NULL
       UNION ALL SELECT c.began_at, 'operator', concat_ws(' ', c.operator, 'has the mailbox converted from', c.from_recipient, 'to', c.to_recipient), NULL, NULL, NULL FROM conversion c WHERE c.identity_id = $3
       UNION ALL SELECT c.ended_at, 'service', 'conversion: ' || c.outcome, NULL, NULL, NULL FROM conversion c WHERE c.identity_id = $3 AND c.ended_at IS NOT NULL
       UNION ALL SELECT r.opened_at, 'question', concat_ws(' ', 'whose services are these', r.code), NULL, NULL, r.candidates FROM reconnection r WHERE (r.forest_id, r.guid) = ($1, $2) OR r.identity_id = $3
       UNION ALL SELECT r.decided_at, 'decision', concat_ws(' ', 'reconnected by', r.decided_by), w.workflow_id, r.before, r.after FROM reconnection r LEFT JOIN run w ON w.id = r.run_id
       WHERE ((r.forest_id, r.guid) = ($1, $2) OR r.identity_id = $3) AND r.decided_at IS NOT NULL
       UNION ALL SELECT d.began_at, 'service', concat_ws(' ', 'its services are to end:', d.ending, coalesce(d.outcome, d.stage)), NULL, NULL, d.taken FROM deprovisioning d WHERE d.identity_id = $3
       UNION ALL SELECT d.delayed_at, 'operator', d.delayed_by || ' stopped the clock', NULL, NULL, NULL FROM deprovisioning d WHERE d.identity_id = $3 AND d.delayed_at IS NOT NULL
     ) t ORDER BY at DESC, array_position($5::text[], what) DESC, details DESC LIMIT $4`,
    [forest, guid, identity, limit, ORDER],
  );
  return rows.reverse();
}

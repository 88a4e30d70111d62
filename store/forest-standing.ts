import type { ErrorCode } from '../rules/error-catalogue.ts';
import type { WarningCode } from '../rules/forest-warnings.ts';
import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';
import { NO_CYCLES } from './offboarding.ts';
import type { RunId } from './runs.ts';

/** How the synchronization of one Customer Forest stands, as monitoring sees it: times, codes and numbers only. */
export interface ForestStanding {
  readonly customer: string;
  readonly forest: string;
  /** Null before the first cycle. */
  readonly forestId: ForestId | null;
  /** Time between two cycles, such as `15m`. */
  readonly every: string;
  /** When its customer's configuration in force was applied. */
  readonly configuredAt: Date;
  /** Workflow id of the newest cycle; null before the first. */
  readonly newest: string | null;
  /** The newest cycle runs since; null where it has ended. */
  readonly runningSince: Date | null;
  /** The newest cycle waits for an operator, perhaps with the forest in its hands. */
  readonly newestWaits: boolean;
  readonly lastCompletedAt: Date | null;
  /** Number of that cycle. */
  readonly lastCompleted: RunId | null;
  /** Lists of changes that wait for an operator's answer, and the changes on them. */
  readonly waitingLists: number;
  readonly waitingChanges: number;
  /** Source objects that wait for an answer, whether a managed object is theirs. */
  readonly waitingJoins: number;
  /** New source objects that may be somebody who is known, and wait for an operator. */
  readonly waitingCases: number;
  /** Source objects that changed and are not evaluated yet. */
  readonly unevaluated: number;
  /** Services that wait for their object workflow, or are in its hands. */
  readonly servicesOpen: number;
  /** Services that wait for a correction. */
  readonly servicesBlocked: number;
  /** When the domain that was read least recently was read; null where one never was. */
  readonly readAt: Date | null;
  /** Objects in error, by code. */
  readonly errors: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Warnings about reading the forest, by code. */
  readonly warnings: Readonly<Partial<Record<WarningCode, number>>>;
}

/** The Customer Forests that the newest configurations (of customer $1, or all) name as SQL, except those of offboarded customers. */
const FORESTS = `SELECT c.customer, c.number, c.applied_at, d ->> 'name' AS name, f.id, c.document -> 'cycle' ->> 'every' AS every FROM (
    SELECT DISTINCT ON (customer) customer, number, document, applied_at FROM configuration_version
    WHERE ($1::text IS NULL OR customer = $1) AND customer NOT IN (SELECT customer FROM offboarding WHERE ${NO_CYCLES}) ORDER BY customer, number DESC
  ) c CROSS JOIN jsonb_array_elements(c.document -> 'forests') d LEFT JOIN forest f ON f.side = 'source' AND f.customer = c.customer AND f.name = d ->> 'name'`;

/** How every forest stands, of one customer or of all, that a newest configuration names and whose customer is not offboarded. */
export async function forestStandings(
  db: Queryable,
  customer: string | null = null,
): Promise<readonly ForestStanding[]> {
  return db.query<ForestStanding>(
    `SELECT s.customer, s.name AS forest, s.id AS "forestId", s.every, s.applied_at AS "configuredAt",
       l.workflow_id AS newest, CASE WHEN l.ended_at IS NULL THEN l.started_at END AS "runningSince", coalesce(l.waits, false) AS "newestWaits", c.ended_at AS "lastCompletedAt", c.id AS "lastCompleted", h.lists AS "waitingLists", h.changes AS "waitingChanges",
       (SELECT count(*)::int FROM join_review j WHERE j.forest_id = s.id AND j.state = 'open') AS "waitingJoins",
       (SELECT count(*)::int FROM reconnection n WHERE n.forest_id = s.id AND n.state = 'open') AS "waitingCases",
       (SELECT count(*)::int FROM source_object o WHERE o.forest_id = s.id AND o.dirty) AS unevaluated,
       v.open AS "servicesOpen", v.blocked AS "servicesBlocked", r.read_at AS "readAt", e.errors, w.warnings
     FROM (${FORESTS}) s
     LEFT JOIN LATERAL (
       SELECT r.workflow_id, r.started_at, r.ended_at, EXISTS (SELECT FROM hold h WHERE h.run_id = r.id AND h.state = 'open') AS waits
       FROM run r WHERE r.forest_id = s.id AND r.profile <> 'preview' ORDER BY r.id DESC LIMIT 1
     ) l ON true
     LEFT JOIN LATERAL (
       SELECT r.id, r.ended_at FROM run r WHERE r.forest_id = s.id AND r.outcome = 'completed' AND r.profile IN ('full', 'delta') ORDER BY r.id DESC LIMIT 1
     ) c ON true
     CROSS JOIN LATERAL (
       SELECT count(*)::int AS lists, coalesce(sum(h.changes), 0)::int AS changes FROM hold h JOIN run r ON r.id = h.run_id
       WHERE h.state = 'open' AND r.forest_id = s.id
     ) h
     CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE v.state <> 'blocked')::int AS open, count(*) FILTER (WHERE v.state = 'blocked')::int AS blocked
       FROM service v JOIN identity i ON i.id = v.identity_id WHERE v.state IN ('wanted', 'provisioning', 'blocked') AND i.source_forest = s.id
     ) v
     CROSS JOIN LATERAL (
       SELECT CASE WHEN bool_or(d.read_at IS NULL) THEN NULL ELSE min(d.read_at) END AS read_at FROM source_domain d WHERE d.forest_id = s.id
     ) r
     CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_object_agg(code, objects), '{}') AS errors FROM (
         SELECT x.code, count(DISTINCT x.guid)::int AS objects FROM object_error x WHERE x.forest_id = s.id GROUP BY x.code
       ) k
     ) e
     CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_object_agg(code, number), '{}') AS warnings FROM (
         SELECT x.code, count(*)::int AS number FROM forest_warning x WHERE x.forest_id = s.id GROUP BY x.code
       ) k
     ) w
     ORDER BY s.customer, s.name`,
    [customer],
  );
}

import type { AlertFacts } from '../rules/alerts.ts';
import type { Queryable } from './database.ts';
import { forestStandings } from './forest-standing.ts';
import { ASKS } from './offboarding.ts';
import { openLists } from './open-lists.ts';

/** SQL: the number of the last event of the onboarding `o` that begins so, where no event of the others came after it. */
function lastEvent(begins: string, ended: string): string {
  return `(SELECT jsonb_build_object('event', e.number, 'reason', e.what) FROM onboarding_event e
    WHERE e.onboarding_id = o.id AND e.who IS NULL AND e.what LIKE '${begins}%' AND NOT EXISTS (
      SELECT FROM onboarding_event n WHERE n.onboarding_id = o.id AND n.number > e.number AND (n.what = '${ended}' OR n.what LIKE '${begins}%')))`;
}

interface Stale {
  readonly since: Date | null;
  readonly problem: string;
  readonly refused: boolean;
}

/** What the alerts of a customer are made from, as it stands now. */
export async function alertFacts(db: Queryable, customer: string): Promise<AlertFacts> {
  const ours = "f.side = 'source' AND f.customer = $1";
  const forests = await forestStandings(db, customer);
  const lists = await openLists(db);
  const maps = await db.query<{ id: string }>(
    "SELECT id FROM migration_map WHERE customer = $1 AND state = 'open' AND hash IS NOT NULL ORDER BY id",
    [customer],
  );
  const offboardings = await db.query<{ id: string }>(
    `SELECT id FROM offboarding WHERE customer = $1 AND ${ASKS} ORDER BY id`,
    [customer],
  );
  const questions = await db.query<AlertFacts['questions'][number]>(
    `SELECT f.name AS forest, q.kind, count(*)::int AS number, max(q.opened_at) AS newest FROM forest f JOIN (
         SELECT forest_id, 'case' AS kind, opened_at FROM reconnection WHERE state = 'open'
         UNION ALL SELECT forest_id, 'join', opened_at FROM join_review WHERE state = 'open'
       ) q ON q.forest_id = f.id WHERE ${ours} GROUP BY 1, 2 ORDER BY 1, 2`,
    [customer],
  );
  const failures = await db.query<AlertFacts['failures'][number]>(
    `SELECT f.name AS forest, r.failure ->> 'type' AS type, r.failure ->> 'message' AS message FROM forest f CROSS JOIN LATERAL (
         SELECT failure FROM run WHERE forest_id = f.id AND profile IN ('full', 'delta') AND outcome IN ('completed', 'failed') ORDER BY id DESC LIMIT 1
       ) r WHERE ${ours} AND r.failure IS NOT NULL ORDER BY 1`,
    [customer],
  );
  const domains = await db.query<Omit<AlertFacts['domains'][number], 'stale'> & Stale>(
    `SELECT f.name AS forest, d.naming_context AS "namingContext", d.read_at AS "readAt", w.tombstone_days AS "tombstoneDays",
         d.stale_since AS since, coalesce(d.problem, '') AS problem, d.refused
       FROM forest f JOIN source_domain d ON d.forest_id = f.id LEFT JOIN watermark w ON w.forest_id = f.id AND w.naming_context = d.naming_context
       WHERE ${ours} ORDER BY 1, 2`,
    [customer],
  );
  const warnings = await db.query<AlertFacts['warnings'][number]>(
    `SELECT f.name AS forest, w.naming_context AS "namingContext", w.code, w.attribute FROM forest f JOIN forest_warning w ON w.forest_id = f.id
       WHERE ${ours} ORDER BY 1, 2, 3, 4`,
    [customer],
  );
  const onboardings = await db.query<AlertFacts['onboardings'][number]>(
    `SELECT f.name AS forest, o.id::text AS id, ${lastEvent('paused: ', 'resumed')} AS paused, ${lastEvent('the pilot is through', 'the pilot was approved')} AS pilot
       FROM forest f JOIN onboarding o ON o.forest_id = f.id AND o.state = 'running' WHERE ${ours} ORDER BY 1`,
    [customer],
  );
  return {
    ...{ customer, forests, questions, failures, warnings, onboardings },
    domains: domains.map(({ since, problem, refused, ...domain }) => ({
      ...domain,
      stale: since === null ? null : { since, problem, refused },
    })),
    offboardings: offboardings.map(({ id }) => id),
    lists: lists.filter((list) => list.customer === customer),
    maps: maps.map((map) => map.id),
  };
}

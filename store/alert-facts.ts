import type { AlertFacts } from '../rules/alerts.ts';
import type { Queryable } from './database.ts';
import { forestStandings } from './forest-standing.ts';
import { openLists } from './open-lists.ts';

/** SQL: the number of the last event of the onboarding `o` that begins so, where no event of the others came after it. */
function lastEvent(begins: string, ended: string): string {
  return `(SELECT jsonb_build_object('event', e.number, 'reason', e.what) FROM onboarding_event e
    WHERE e.onboarding_id = o.id AND e.who IS NULL AND e.what LIKE '${begins}%' AND NOT EXISTS (
      SELECT FROM onboarding_event n WHERE n.onboarding_id = o.id AND n.number > e.number AND (n.what = '${ended}' OR n.what LIKE '${begins}%')))`;
}

/** What the alerts of a customer are made from, as it stands now. */
export async function alertFacts(db: Queryable, customer: string): Promise<AlertFacts> {
  const ours = "f.side = 'source' AND f.customer = $1";
  const [standings, lists, maps, domains, warnings, onboardings] = await Promise.all([
    forestStandings(db),
    openLists(db),
    db.query<{ id: string }>(
      "SELECT id FROM migration_map WHERE customer = $1 AND state = 'open' AND hash IS NOT NULL ORDER BY id",
      [customer],
    ),
    db.query<AlertFacts['domains'][number]>(
      `SELECT f.name AS forest, d.naming_context AS "namingContext", d.read_at AS "readAt", w.tombstone_days AS "tombstoneDays"
       FROM forest f JOIN source_domain d ON d.forest_id = f.id LEFT JOIN watermark w ON w.forest_id = f.id AND w.naming_context = d.naming_context
       WHERE ${ours} ORDER BY 1, 2`,
      [customer],
    ),
    db.query<AlertFacts['warnings'][number]>(
      `SELECT f.name AS forest, w.naming_context AS "namingContext", w.code, w.attribute FROM forest f JOIN forest_warning w ON w.forest_id = f.id
       WHERE ${ours} ORDER BY 1, 2, 3, 4`,
      [customer],
    ),
    db.query<AlertFacts['onboardings'][number]>(
      `SELECT f.name AS forest, o.id::text AS id, ${lastEvent('paused: ', 'resumed')} AS paused, ${lastEvent('the pilot is through', 'the pilot was approved')} AS pilot
       FROM forest f JOIN onboarding o ON o.forest_id = f.id AND o.state = 'running' WHERE ${ours} ORDER BY 1`,
      [customer],
    ),
  ]);
  return {
    ...{ customer, domains, warnings, onboardings },
    forests: standings.filter((standing) => standing.customer === customer),
    lists: lists.filter((list) => list.customer === customer),
    maps: maps.map((map) => map.id),
  };
}

import type { MeasuredCycles } from '../rules/preflight-population.ts';
import type { Queryable } from './database.ts';

/** Fewer objects than these say more about the fixed cost of a cycle than about its pace. */
const ENOUGH = 100;
const LATEST = 10;

/**
 * How fast the latest cycles of this installation were that made many objects, whoever's. Those that waited for an operator are
 * left out: they tell how long he took.
 */
export async function measuredCycles(db: Queryable): Promise<MeasuredCycles> {
  const [row] = await db.query<{ cycles: number; made: number; seconds: number }>(
    `SELECT count(*)::int AS cycles, coalesce(sum(adds), 0)::int AS made, coalesce(sum(seconds), 0)::float AS seconds
     FROM (
       SELECT (counts ->> 'adds')::int AS adds, extract(epoch FROM ended_at - started_at) AS seconds
       FROM run
       WHERE outcome = 'completed' AND (counts ->> 'adds')::int >= $1
         AND NOT EXISTS (SELECT FROM hold WHERE hold.run_id = run.id)
       ORDER BY id DESC LIMIT $2
     ) AS latest`,
    [ENOUGH, LATEST],
  );
  return row ?? { cycles: 0, made: 0, seconds: 0 };
}

import type { OnboardingCounts, WaveCounts } from '../rules/onboarding.ts';
import type { Queryable } from './database.ts';
import { MEMBERS, onboardingStanding, STANDING } from './onboarding.ts';
import type { OnboardingWave } from '../rules/onboarding.ts';

/** An object that an onboarding leaves for somebody to look at. */
export interface LeftObject {
  readonly guid: string;
  readonly dn: string;
  readonly kind: string;
  readonly wave: string | null;
  readonly standing: string;
  readonly codes: readonly string[];
}

/** Who was brought in, by what, in which time, and what is left. */
export interface OnboardingReport {
  readonly id: string;
  readonly customer: string;
  readonly forest: string;
  readonly operator: string | null;
  readonly state: 'running' | 'stopped' | 'completed';
  /** Who has no managed object and is in no wave goes on waiting. */
  readonly gate: boolean;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** Milliseconds without pauses. */
  readonly activeMs: number;
  /** When it ended; of one that runs, as it stands now. */
  readonly counts: OnboardingCounts;
  readonly waves: readonly WaveCounts[];
  /** Let in beside the waves, as somebody whose services are there already. */
  readonly known: number;
  readonly events: readonly { readonly at: Date; readonly what: string; readonly who: string | null }[];
  /** Objects by error code, as they stand now. */
  readonly errors: Readonly<Record<string, number>>;
  /** The first that are not through, as they stand now. */
  readonly left: readonly LeftObject[];
}

interface Row extends Omit<OnboardingReport, 'counts' | 'waves' | 'known' | 'events' | 'errors' | 'left'> {
  readonly given: readonly OnboardingWave[];
  readonly result: Pick<OnboardingReport, 'counts' | 'waves'> | null;
}

/** The report of an onboarding of a customer; of the last that was begun where none is named. Null where there is none. */
export async function onboardingReport(
  db: Queryable,
  customer: string,
  id: string | null,
  limit: number,
): Promise<OnboardingReport | null> {
  const [row] = await db.query<Row>(
    `SELECT o.id, f.customer, f.name AS forest, o.operator, o.state, o.gate, o.started_at AS "startedAt", o.ended_at AS "endedAt", o.active_ms::float8 AS "activeMs", o.waves AS given, o.result
     FROM onboarding o JOIN forest f ON f.id = o.forest_id
     WHERE f.customer = $1 AND o.started_at IS NOT NULL AND ($2::bigint IS NULL OR o.id = $2) ORDER BY o.started_at DESC, o.id DESC LIMIT 1`,
    [customer, id],
  );
  if (row === undefined) return null;
  const { given, result, ...about } = row;
  const { counts, waves } = result ?? (await onboardingStanding(db, { id: row.id, waves: given }));
  const events = await db.query<OnboardingReport['events'][number]>(
    'SELECT at, what, who FROM onboarding_event WHERE onboarding_id = $1 ORDER BY number',
    [row.id],
  );
  const [known] = await db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM onboarding_member WHERE onboarding_id = $1 AND page IS NULL AND admitted_at IS NOT NULL',
    [row.id],
  );
  const errors = await db.query<{ code: string; count: number }>(
    `SELECT x.code, count(DISTINCT x.guid)::int AS count FROM onboarding_member m JOIN object_error x ON x.forest_id = m.forest_id AND x.guid = m.guid
     WHERE m.onboarding_id = $1 AND m.admitted_at IS NOT NULL GROUP BY x.code ORDER BY count DESC, x.code`,
    [row.id],
  );
  const left = await db.query<Omit<LeftObject, 'wave'> & { readonly wave: number | null }>(
    `SELECT * FROM (
       SELECT m.guid, o.dn, o.kind, m.wave, ${STANDING} AS standing,
         ARRAY(SELECT DISTINCT x.code FROM object_error x WHERE x.forest_id = m.forest_id AND x.guid = m.guid ORDER BY x.code) AS codes
       FROM ${MEMBERS} JOIN source_object o ON o.forest_id = m.forest_id AND o.guid = m.guid WHERE m.onboarding_id = $1) AS members
     WHERE standing IN ('inError', 'asked', 'open', 'waiting') ORDER BY standing = 'waiting', standing = 'open', dn LIMIT $2`,
    [row.id, limit],
  );
  return {
    ...about,
    ...{ counts, waves, known: known?.count ?? 0, events },
    errors: Object.fromEntries(errors.map(({ code, count }) => [code, count])),
    left: left.map(({ wave, ...object }) => ({ ...object, wave: wave === null ? null : (given[wave]?.name ?? null) })),
  };
}

import {
  takesRest,
  waveOf,
  WAITS_RULE,
  type CompiledWave,
  type OnboardingCounts,
  type OnboardingWave,
  type WaveCounts,
} from '../rules/onboarding.ts';
import type { ScopedObject } from '../rules/scope.ts';
import type { Database, Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import { contested } from './identities.ts';

const PAGE = 1000;

/** Keeps the waves that an operator gives; nothing waits before they are opened. @returns their number */
export async function planOnboarding(
  db: Queryable,
  forest: ForestId,
  waves: readonly OnboardingWave[],
  operator: string | null,
): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    'INSERT INTO onboarding (forest_id, waves, operator) VALUES ($1, $2, $3) RETURNING id',
    [forest, JSON.stringify(waves), operator],
  );
  if (row === undefined) throw new Error('the waves could not be kept');
  return row.id;
}

export interface OpenedOnboarding {
  readonly id: string;
  readonly waves: readonly OnboardingWave[];
}

/**
 * Closes the gate of a forest: from now on everybody waits who has no managed object. The same run of a workflow opens it once.
 * One that was running before has lost its workflow, and is stopped.
 *
 * @param plan its number; null for everybody in one wave
 * @returns null where there is no such plan, or it was opened before
 */
export async function openOnboarding(
  transaction: Transaction,
  forest: ForestId,
  plan: string | null,
  openedBy: string,
): Promise<OpenedOnboarding | null> {
  const find = (where: string, value: string): Promise<OpenedOnboarding[]> =>
    transaction.query<OpenedOnboarding>(
      `SELECT id, waves FROM onboarding WHERE forest_id = $1 AND ${where} FOR UPDATE`,
      [forest, value],
    );
  const [known] = await find('opened_by = $2', openedBy);
  if (known !== undefined) return known;
  const id = plan ?? (await planOnboarding(transaction, forest, [{ name: 'everybody' }], null));
  const [planned] = await find("id = $2 AND state = 'planned'", id);
  if (planned === undefined) return null;
  await transaction.query(
    "UPDATE onboarding SET state = 'stopped', ended_at = now() WHERE forest_id = $1 AND state = 'running'",
    [forest],
  );
  await transaction.query('UPDATE onboarding SET gate = false WHERE forest_id = $1 AND gate', [forest]);
  await transaction.query(
    "UPDATE onboarding SET state = 'running', gate = true, gate_moved = true, opened_by = $2, started_at = now() WHERE id = $1",
    [id, openedBy],
  );
  await transaction.query('DELETE FROM onboarding_member WHERE forest_id = $1 AND admitted_at IS NULL', [forest]);
  return planned;
}

/** An onboarding that was opened. */
export async function openedOnboarding(db: Queryable, id: string): Promise<OpenedOnboarding> {
  const [row] = await db.query<OpenedOnboarding>('SELECT id, waves FROM onboarding WHERE id = $1', [id]);
  if (row === undefined) throw new Error(`there is no onboarding ${id}`);
  return row;
}

/** Finds the wave of each object that waits and was not looked at yet. Costs by how many these are. */
export async function assignWaves(
  database: Database,
  forest: ForestId,
  onboarding: string,
  waves: readonly CompiledWave[],
): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page = await database.query<ScopedObject>(
      `SELECT o.guid, o.kind, o.dn, o.attributes, o.created_at AS "createdAt" FROM evaluation e JOIN source_object o USING (forest_id, guid)
       WHERE e.forest_id = $1 AND e.guid > $2 AND e.scope_rule = '${WAITS_RULE}'
         AND NOT EXISTS (SELECT FROM onboarding_member m WHERE m.forest_id = $1 AND m.guid = e.guid) ORDER BY e.guid LIMIT ${String(PAGE)}`,
      [forest, after],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    await database.query(
      `INSERT INTO onboarding_member (forest_id, guid, onboarding_id, wave)
       SELECT $1, r.guid, $2, r.wave FROM unnest($3::uuid[], $4::integer[]) AS r (guid, wave) ON CONFLICT DO NOTHING`,
      [forest, onboarding, page.map(({ guid }) => guid), page.map((object) => waveOf(object, waves))],
    );
    after = last.guid;
  }
}

/** Admits a page of a wave. The same page is admitted once, however often it is asked for. @returns how many it holds */
export async function admitPage(
  transaction: Transaction,
  { onboarding, wave, page, limit }: { onboarding: string; wave: number; page: number; limit: number },
): Promise<number> {
  const [held] = await transaction.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM onboarding_member WHERE onboarding_id = $1 AND page = $2',
    [onboarding, page],
  );
  if (held !== undefined && held.count > 0) return held.count;
  const admitted = await transaction.query(
    `UPDATE onboarding_member m SET page = $3, admitted_at = now() FROM (
       SELECT w.forest_id, w.guid FROM onboarding_member w JOIN evaluation e ON e.forest_id = w.forest_id AND e.guid = w.guid AND e.scope_rule = $5
       WHERE w.onboarding_id = $1 AND w.wave = $2 AND w.admitted_at IS NULL ORDER BY w.guid LIMIT $4 FOR UPDATE OF w) AS next
     WHERE m.forest_id = next.forest_id AND m.guid = next.guid RETURNING m.guid`,
    [onboarding, wave, page, limit, WAITS_RULE],
  );
  return admitted.length;
}

type Standing = Exclude<keyof OnboardingCounts, 'inNoWave' | 'admitted' | 'written'>;

/** SQL: where a member `m` of an onboarding stands, with its evaluation `e` and its identity `i`; null where it is none any more. */
export const STANDING = `CASE
  WHEN m.admitted_at IS NULL THEN CASE WHEN e.scope_rule = '${WAITS_RULE}' THEN 'waiting' END
  WHEN m.taken_up AND NOT e.in_scope AND e.scope_rule <> '${WAITS_RULE}' THEN 'left'
  WHEN EXISTS (SELECT FROM object_error x WHERE x.forest_id = m.forest_id AND x.guid = m.guid) THEN 'inError'
  WHEN ${contested('m')} THEN 'asked'
  WHEN i.managed_guid IS NULL OR EXISTS (SELECT FROM service v WHERE v.identity_id = i.id AND v.wanted IS NOT NULL AND v.state <> 'provisioned') THEN 'open'
  ELSE 'provisioned' END`;

/** SQL: the members of an onboarding by waves, with what {@link STANDING} looks at. */
export const MEMBERS = `onboarding_member m LEFT JOIN evaluation e ON e.forest_id = m.forest_id AND e.guid = m.guid
  LEFT JOIN identity i ON i.source_forest = m.forest_id AND i.source_guid = m.guid`;

export interface OnboardingStanding {
  readonly counts: OnboardingCounts;
  readonly waves: readonly WaveCounts[];
  /** Admitted, and no cycle has begun with them yet. */
  readonly untaken: number;
  /** A cycle has been completed since the gate was closed: who waits is known. */
  readonly ready: boolean;
}

/** Where the objects of an onboarding stand. Looks at all of its members: for its workflow, not for a cycle. */
export async function onboardingStanding(db: Queryable, { id, waves }: OpenedOnboarding): Promise<OnboardingStanding> {
  const rows = await db.query<{
    wave: number | null;
    standing: Standing | null;
    count: number;
    written: number;
    untaken: number;
  }>(
    `SELECT wave, standing, count(*)::int AS count, count(*) FILTER (WHERE admitted AND written)::int AS written, count(*) FILTER (WHERE admitted AND NOT taken_up)::int AS untaken FROM (
       SELECT m.wave, m.admitted_at IS NOT NULL AS admitted, m.taken_up, i.managed_guid IS NOT NULL AS written, ${STANDING} AS standing
       FROM ${MEMBERS} WHERE m.onboarding_id = $1 AND (m.page IS NOT NULL OR m.admitted_at IS NULL)) AS members GROUP BY wave, standing`,
    [id],
  );
  const [state] = await db.query<{ ready: boolean }>(
    `SELECT NOT o.gate_moved AND EXISTS (SELECT FROM run r WHERE r.forest_id = o.forest_id AND r.outcome = 'completed' AND r.started_at >= o.started_at) AS ready
     FROM onboarding o WHERE o.id = $1`,
    [id],
  );
  const of = (mine: typeof rows): Omit<OnboardingCounts, 'inNoWave'> => {
    const count = (standing: Standing): number =>
      mine.filter((row) => row.standing === standing).reduce((sum, row) => sum + row.count, 0);
    const parts = {
      open: count('open'),
      provisioned: count('provisioned'),
      inError: count('inError'),
      asked: count('asked'),
      left: count('left'),
    };
    return {
      waiting: count('waiting'),
      admitted: Object.values(parts).reduce((sum, part) => sum + part, 0),
      written: mine.reduce((sum, row) => sum + row.written, 0),
      ...parts,
    };
  };
  const inNoWave = of(rows.filter((row) => row.wave === null)).waiting;
  return {
    counts: { ...of(rows), inNoWave },
    waves: waves.map(({ name }, wave) => ({ name, ...of(rows.filter((row) => row.wave === wave)) })),
    untaken: rows.reduce((sum, row) => sum + row.untaken, 0),
    ready: state?.ready === true,
  };
}

/** Something that happened to an onboarding, as its workflow counts it. */
export interface OnboardingEvent {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly what: string;
  readonly who: string | null;
}

/** Puts events on record, each once. */
export async function noteEvents(db: Queryable, onboarding: string, events: readonly OnboardingEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.query(
    `INSERT INTO onboarding_event (onboarding_id, number, at, what, who)
     SELECT $1, r.number, to_timestamp(r.at / 1000.0), r.what, r.who FROM json_to_recordset($2::json) AS r (number integer, at double precision, what text, who text) ON CONFLICT DO NOTHING`,
    [onboarding, JSON.stringify(events)],
  );
}

/** Keeps how long an onboarding has worked. */
export async function noteActive(db: Queryable, onboarding: string, activeMs: number): Promise<void> {
  await db.query('UPDATE onboarding SET active_ms = $2 WHERE id = $1 AND active_ms <> $2', [onboarding, activeMs]);
}

/**
 * Ends it, with where it stands. Completed, the gate opens when its waves were to take everybody; else who waits goes on waiting.
 */
export async function closeOnboarding(
  transaction: Transaction,
  { id, waves }: OpenedOnboarding,
  state: 'stopped' | 'completed',
  activeMs: number,
): Promise<OnboardingStanding> {
  const standing = await onboardingStanding(transaction, { id, waves });
  const opens = state === 'completed' && waves.some(takesRest);
  await transaction.query(
    `UPDATE onboarding SET state = $2, gate = gate AND NOT $3, gate_moved = gate_moved OR $3, ended_at = now(), active_ms = $4, result = $5
     WHERE id = $1 AND state = 'running'`,
    [id, state, opens, activeMs, JSON.stringify({ counts: standing.counts, waves: standing.waves })],
  );
  return standing;
}

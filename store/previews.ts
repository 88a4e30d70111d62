import type { ErrorCode } from '../rules/error-catalogue.ts';
import type { ObjectKind } from '../rules/objects.ts';
import { settleStates } from './connections.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';
import type { Run, RunId } from './runs.ts';

/** A change that the next cycle would write; references by the DNs of their targets. */
export interface PreviewedChange {
  readonly sourceDn: string;
  readonly managedDn: string | null;
  readonly kind: ObjectKind;
  readonly operation: string;
  readonly attribute: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly rule: string;
  /** It would wait for an operator's answer. */
  readonly held: boolean;
}

/** What the next cycle would do, in counts; the first of its changes one by one. */
export interface Preview {
  readonly objects: readonly { readonly operation: string; readonly kind: ObjectKind; readonly count: number }[];
  /** Objects in which an attribute would be set, changed or cleared. */
  readonly attributes: readonly {
    readonly attribute: string;
    readonly set: number;
    readonly changed: number;
    readonly cleared: number;
  }[];
  /** Values of references. */
  readonly references: readonly { readonly attribute: string; readonly come: number; readonly go: number }[];
  /** Services that would be provisioned, or ended by themselves; those of objects that are only created then included. */
  readonly services: readonly { readonly service: string; readonly recipient: string | null; readonly count: number }[];
  /** Objects whose services would begin to end. */
  readonly ends: number;
  readonly errors: {
    readonly found: Partial<Record<ErrorCode, number>>;
    readonly solved: Partial<Record<ErrorCode, number>>;
  };
  /** What would wait for an operator, and which limits say so; null where nothing would. */
  readonly held: { readonly changes: number; readonly reasons: readonly string[] } | null;
  readonly total: number;
  readonly changes: readonly PreviewedChange[];
}

/** Errors that stand, as `guid code`. */
export async function standingErrors(db: Queryable, forest: ForestId): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ error: string }>(
    "SELECT DISTINCT guid || ' ' || code AS error FROM object_error WHERE forest_id = $1",
    [forest],
  );
  return new Set(rows.map((row) => row.error));
}

/** SQL: what a run would write or set aside. */
const PLANNED = "p.run_id = $1 AND p.state IN ('planned', 'held')";

/**
 * What a run has planned and not written.
 *
 * @param errorsBefore the errors that stood before it
 * @param limit at most so many changes are listed; all are counted
 */
export async function previewOf(
  db: Queryable,
  run: Run,
  errorsBefore: ReadonlySet<string>,
  limit: number,
): Promise<Preview> {
  const objects = await db.query<Preview['objects'][number]>(
    `SELECT p.operation, i.kind, count(*)::int AS count FROM planned_change p JOIN identity i ON i.id = p.identity_id
     WHERE ${PLANNED} AND p.stage = 'objects' GROUP BY 1, 2 ORDER BY 1, 2`,
    [run.id],
  );
  const attributes = await db.query<Preview['attributes'][number]>(
    `SELECT a.key AS attribute, count(*) FILTER (WHERE a.value <> '[]' AND coalesce(p.before -> a.key, '[]') = '[]')::int AS set,
       count(*) FILTER (WHERE a.value <> '[]' AND p.before -> a.key <> '[]')::int AS changed, count(*) FILTER (WHERE a.value = '[]')::int AS cleared
     FROM planned_change p, jsonb_each(p.after) a WHERE ${PLANNED} AND p.operation = 'modify' GROUP BY 1 ORDER BY 1`,
    [run.id],
  );
  const references = await db.query<Preview['references'][number]>(
    `SELECT p.attribute, sum(jsonb_array_length(p.after))::int AS come, sum(jsonb_array_length(p.before))::int AS go
     FROM planned_change p WHERE ${PLANNED} AND p.operation = 'link' GROUP BY 1 ORDER BY 1`,
    [run.id],
  );
  const services = await db.query<Preview['services'][number]>(
    `SELECT s.service, s.wanted ->> 'recipient' AS recipient, count(*)::int AS count FROM service s JOIN identity i ON i.id = s.identity_id
     WHERE i.source_forest = $1 AND s.state = 'wanted' GROUP BY 1, 2 ORDER BY 1, 2`,
    [run.forestId],
  );
  const [ends] = await db.query<{ count: number }>(
    // Those that the trial began have its time.
    `SELECT count(*)::int AS count FROM identity i WHERE i.source_forest = $2 AND (
       EXISTS (SELECT FROM deprovisioning d WHERE d.identity_id = i.id AND d.began_at = now())
       OR i.managed_guid IS NOT NULL AND EXISTS (SELECT FROM planned_change p WHERE ${PLANNED} AND p.identity_id = i.id AND p.operation = 'disconnect'))`,
    [run.id, run.forestId],
  );
  const [held] = await db.query<{ changes: number; reasons: readonly string[] }>(
    "SELECT changes, reasons FROM hold WHERE run_id = $1 AND state = 'open' AND changes > 0",
    [run.id],
  );
  const changes = await db.query<PreviewedChange>(
    `SELECT o.dn AS "sourceDn", m.dn AS "managedDn", i.kind, p.operation, p.attribute, ${named('p.before')} AS before, ${named('p.after')} AS after, p.rule,
       p.state = 'held' AS held
     FROM planned_change p JOIN identity i ON i.id = p.identity_id JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
     LEFT JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = coalesce(p.managed_guid, i.managed_guid)
     WHERE ${PLANNED} ORDER BY p.id LIMIT $2`,
    [run.id, limit],
  );
  return {
    ...{ objects, attributes, references, services, changes },
    ends: ends?.count ?? 0,
    errors: difference(errorsBefore, await standingErrors(db, run.forestId)),
    held: held ?? null,
    total: (await planned(db, run.id)).count,
  };
}

/** SQL: the targets of a link change by their DNs; other images as they are. */
function named(image: string): string {
  return `CASE p.operation WHEN 'link' THEN (
    SELECT coalesce(jsonb_agg(coalesce(t.dn, v.value) ORDER BY v.value), '[]') FROM jsonb_array_elements_text(${image}) v
    LEFT JOIN managed_object t ON t.forest_id = i.managed_forest AND t.guid = v.value::uuid) ELSE ${image} END`;
}

async function planned(db: Queryable, run: RunId): Promise<{ readonly count: number }> {
  const [row] = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM planned_change p WHERE ${PLANNED}`,
    [run],
  );
  return row ?? { count: 0 };
}

function difference(before: ReadonlySet<string>, after: ReadonlySet<string>): Preview['errors'] {
  return { found: byCode(after, before), solved: byCode(before, after) };
}

function byCode(these: ReadonlySet<string>, without: ReadonlySet<string>): Partial<Record<ErrorCode, number>> {
  const counts: Partial<Record<ErrorCode, number>> = {};
  for (const error of these) {
    if (without.has(error)) continue;
    const code = error.slice(error.indexOf(' ') + 1) as ErrorCode;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

/**
 * Takes the disconnections that a run has planned as done: they write nothing to a directory, and the references that follow are planned
 * by them.
 */
export async function tryDisconnections(transaction: Transaction, run: RunId): Promise<void> {
  const rows = await transaction.query<{ id: string }>(
    "SELECT id FROM planned_change WHERE run_id = $1 AND operation = 'disconnect' AND state = 'planned'",
    [run],
  );
  await settleStates(
    transaction,
    rows.map((row) => row.id),
  );
}

/** Keeps what a preview found, until the next one of the forest. */
export async function savePreview(transaction: Transaction, run: Run, preview: Preview): Promise<void> {
  await transaction.query(
    `INSERT INTO preview (forest_id, run_id, content) VALUES ($1, $2, $3)
     ON CONFLICT (forest_id) DO UPDATE SET run_id = excluded.run_id, content = excluded.content, at = now()`,
    [run.forestId, run.id, JSON.stringify(preview)],
  );
}

/** What a preview found; null where another one has taken its place. */
export async function readPreview(db: Queryable, run: RunId): Promise<Preview | null> {
  const [row] = await db.query<{ content: Preview }>('SELECT content FROM preview WHERE run_id = $1', [run]);
  return row?.content ?? null;
}

import type { ReferenceRule } from '../rules/flow.ts';
import type { Queryable, Transaction } from './database.ts';
import { splitOff } from './guard.ts';
import type { PlanStage } from './plan.ts';
import type { Run, RunId } from './runs.ts';
import { findWantedLinks } from './wanted-links.ts';

/** A held change of an object that was approved, to be looked at again before it is written. */
export interface ApprovedChange {
  readonly id: string;
  readonly identityId: string;
  readonly operation: 'add' | 'modify' | 'disconnect' | 'undelete' | 'delete';
  readonly before: Readonly<Record<string, readonly string[]>>;
  readonly after: Readonly<Record<string, readonly string[]>>;
}

/** The next approved changes of a run's objects that have not been looked at again. */
export async function approvedChanges(
  transaction: Transaction,
  run: RunId,
  limit: number,
): Promise<readonly ApprovedChange[]> {
  return transaction.query<ApprovedChange>(
    `SELECT p.id, p.identity_id AS "identityId", p.operation, p.before, p.after FROM hold h JOIN planned_change p ON p.hold_id = h.id AND p.state = 'held'
     WHERE h.run_id = $1 AND h.state = 'approved' AND p.stage = 'objects' ORDER BY p.id LIMIT $2`,
    [run, limit],
  );
}

/** Attributes of an approved change that are not written after all, and why. */
export interface Refused {
  readonly id: string;
  /** Null for the whole change. */
  readonly attributes: readonly string[] | null;
  readonly answer: string;
}

/** Puts approved changes on a page to be written, without what is refused. */
export async function releaseChanges(
  transaction: Transaction,
  changes: readonly string[],
  page: number,
  refused: readonly Refused[],
): Promise<void> {
  const whole = refused.filter((item) => item.attributes === null);
  await transaction.query(
    `UPDATE planned_change p SET state = 'dropped', answer = r.answer FROM unnest($1::bigint[], $2::text[]) AS r (id, answer) WHERE p.id = r.id`,
    [whole.map((item) => item.id), whole.map((item) => item.answer)],
  );
  const parts = refused.filter((item) => item.attributes !== null);
  for (const answer of new Set(parts.map((item) => item.answer))) {
    await transaction.query(
      `CREATE TEMPORARY TABLE refused_part ON COMMIT DROP AS
       SELECT id, keys FROM json_to_recordset($1::json) AS r (id bigint, keys text[])`,
      [
        JSON.stringify(
          parts.filter((item) => item.answer === answer).map(({ id, attributes }) => ({ id, keys: attributes })),
        ),
      ],
    );
    await splitOff(transaction, 'refused_part', 'dropped', null, answer);
    await transaction.query('DROP TABLE refused_part');
  }
  await transaction.query(
    "UPDATE planned_change SET state = 'planned', page = $2 WHERE id = ANY($1) AND state = 'held'",
    [changes, page],
  );
}

/**
 * Puts the approved reference changes of a run on pages to be written: without targets that left or came meanwhile. In a
 * plan of the rules also without those that are wanted otherwise now; of an undo is wanted that it puts back.
 *
 * @param firstPage the pages begin here
 */
export async function releaseReferences(
  transaction: Transaction,
  run: Run,
  rules: readonly ReferenceRule[],
  firstPage: number,
  changesPerPage: number,
): Promise<void> {
  await transaction.query(
    `CREATE TEMPORARY TABLE approved ON COMMIT DROP AS SELECT p.* FROM hold h JOIN planned_change p ON p.hold_id = h.id AND p.state = 'held'
     WHERE h.run_id = $1 AND h.state = 'approved' AND p.stage = 'references'`,
    [run.id],
  );
  const undo = run.profile === 'undo';
  if (!undo) await findWantedLinks(transaction, run.forestId, rules, 'i.id IN (SELECT identity_id FROM approved)');
  const wanted = `EXISTS (SELECT FROM wanted_link w WHERE w.id = p.identity_id AND w.attribute = p.attribute AND w.target = v.value::uuid)`;
  const flows = 'EXISTS (SELECT FROM holder x WHERE x.id = p.identity_id)';
  const shown =
    'EXISTS (SELECT FROM managed_link m WHERE m.forest_id = i.managed_forest AND m.holder = p.managed_guid AND m.attribute = p.attribute AND m.target = v.value::uuid)';
  await transaction.query(
    `CREATE TEMPORARY TABLE released ON COMMIT DROP AS
     SELECT p.id,
       (SELECT coalesce(jsonb_agg(v.value), '[]') FROM jsonb_array_elements_text(p.before) v WHERE ${shown} ${undo ? '' : `AND ${flows} AND NOT ${wanted}`}) AS before,
       (SELECT coalesce(jsonb_agg(v.value), '[]') FROM jsonb_array_elements_text(p.after) v WHERE NOT ${shown} ${undo ? '' : `AND ${flows} AND ${wanted}`}) AS after
     FROM approved p JOIN identity i ON i.id = p.identity_id`,
  );
  await transaction.query(
    `UPDATE planned_change p SET state = 'dropped', answer = 'not wanted any more, or not shown as it was'
     FROM released r WHERE p.id = r.id AND r.before = '[]' AND r.after = '[]'`,
  );
  await transaction.query(
    `UPDATE planned_change p SET state = 'planned', before = r.before, after = r.after, page = $1 + r.position / $2
     FROM (SELECT *, (row_number() OVER (ORDER BY id) - 1)::int AS position FROM released WHERE before <> '[]' OR after <> '[]') r WHERE p.id = r.id`,
    [firstPage, changesPerPage],
  );
}

/** Has identities looked at again whose changes were dropped: something else may be wanted of them. */
export async function planAgain(transaction: Transaction, run: RunId): Promise<void> {
  await transaction.query(
    `UPDATE identity i SET plan_dirty = true, links_dirty = true FROM hold h JOIN planned_change p ON p.hold_id = h.id
     WHERE h.run_id = $1 AND h.state = 'approved' AND p.state = 'dropped' AND i.id = p.identity_id`,
    [run],
  );
}

/** The pages that hold a stage's approved changes which are to be written. */
export async function approvedPages(
  db: Queryable,
  run: RunId,
  stage: PlanStage,
): Promise<{ readonly from: number; readonly pages: number }> {
  const [row] = await db.query<{ from: number; pages: number }>(
    `SELECT coalesce(min(p.page), 0) AS from, coalesce(max(p.page) + 1, 0) AS pages FROM hold h JOIN planned_change p ON p.hold_id = h.id AND p.state = 'planned'
     WHERE h.run_id = $1 AND h.state = 'approved' AND p.stage = $2`,
    [run, stage],
  );
  return row ?? { from: 0, pages: 0 };
}

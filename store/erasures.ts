import type { Queryable, Transaction } from './database.ts';
import type { RowCounts } from './purge-person.ts';

/** What an erasure did. */
export interface Erasure {
  readonly counts: RowCounts;
  readonly foundStill: RowCounts;
}

/** What the erasure of a workflow run did; null where it did nothing yet. */
export async function erasureOf(db: Queryable, workflowRun: string): Promise<Erasure | null> {
  const [row] = await db.query<Erasure>(
    'SELECT counts, found_still AS "foundStill" FROM erasure WHERE workflow_run = $1',
    [workflowRun],
  );
  return row ?? null;
}

/** Records that somebody was erased: when, by whom and how many rows, and not who. */
export async function recordErasure(
  transaction: Transaction,
  {
    customer,
    operator,
    person,
  }: { readonly customer: string; readonly operator: string; readonly person: object | null },
  workflowRun: string,
  { counts, foundStill }: Erasure,
): Promise<void> {
  await transaction.query(
    'INSERT INTO erasure (customer, what, operator, counts, found_still, workflow_run) VALUES ($1, $2, $3, $4, $5, $6)',
    [
      customer,
      person === null ? 'customer' : 'person',
      operator,
      JSON.stringify(counts),
      JSON.stringify(foundStill),
      workflowRun,
    ],
  );
}

import type { WorkflowHandle } from '@temporalio/client';
import type { Queryable } from '../../store/database.ts';
import { openLists, type OpenList } from '../../store/open-lists.ts';

const LOOK_EVERY_MS = 500;

/** What came first: the end of a workflow, or a list of changes of its own that waits for an answer, perhaps for days. */
export type Outcome<T> = { readonly list: OpenList } | { readonly result: T };

/** Waits for the end of a cycle or an undo, or until it waits for an operator. */
export async function untilListed<T>(db: Queryable, workflowId: string, ended: Promise<T>): Promise<Outcome<T>> {
  let over = false;
  const result = ended
    .then((value) => ({ result: value }))
    .finally(() => {
      over = true;
    });
  // Where a list came first nobody waits for the end any more, which fails when the connection is closed.
  result.catch(() => undefined);
  const listed = async (): Promise<Outcome<T>> => {
    while (!over) {
      const list = await listOf(db, workflowId);
      if (list !== null) return { list };
      await Promise.race([result.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
    }
    return result;
  };
  return listed();
}

/** The list of a workflow that waits for an answer, or null. */
export async function listOf(db: Queryable, workflowId: WorkflowHandle['workflowId']): Promise<OpenList | null> {
  return (await openLists(db)).find((list) => list.workflowId === workflowId) ?? null;
}

import type { Queryable } from '../../store/database.ts';
import { openLists, type OpenList } from '../../store/open-lists.ts';
import type { Session } from './session.ts';

const LOOK_EVERY_MS = 500;

/** What came first: the end of a workflow, or a list of changes of its own that waits for an answer, perhaps for days. */
export type Outcome<T> = { readonly list: OpenList } | { readonly result: T };

/** Waits for the end of a cycle or an undo, or until it waits for an operator. */
export async function untilListed<T>(
  session: Pick<Session, 'database' | 'temporal'>,
  handle: { readonly workflowId: string; result(): Promise<T> },
): Promise<Outcome<T>> {
  const client = await session.temporal();
  // Where a list comes first nobody waits for the end any more: a question that is open would keep the command from ending.
  const stop = new AbortController();
  const result = client.withAbortSignal(stop.signal, () => handle.result());
  const ended = result.then(
    () => true,
    () => true,
  );
  for (;;) {
    const list = await listOf(session.database, handle.workflowId);
    if (list !== null) {
      stop.abort();
      await ended;
      return { list };
    }
    const later = new Promise<false>((resolve) =>
      setTimeout(() => {
        resolve(false);
      }, LOOK_EVERY_MS),
    );
    if (await Promise.race([ended, later])) return { result: await result };
  }
}

/** The list of a workflow that waits for an answer, or null. */
export async function listOf(db: Queryable, workflowId: string): Promise<OpenList | null> {
  return (await openLists(db)).find((list) => list.workflowId === workflowId) ?? null;
}

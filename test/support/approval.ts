import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { HeldList } from '../../activities/types.ts';
import { cycleId, undoId } from '../../workflows/ids.ts';
import { progressQuery } from '../../workflows/messages.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';
import type { undoCycle } from '../../workflows/undo-cycle.ts';
import type { Product } from './product.ts';

let started = 0;

/** Starts a cycle that the test goes on beside. */
export async function startCycle(
  product: Product,
  profile: 'full' | 'delta' = 'delta',
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof syncCycle>> {
  started += 1;
  return product.temporal.workflow.start<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile }],
    taskQueue: product.taskQueue,
    workflowId: `${cycleId(product.name, 'corp')}-started-${String(started)}`,
  });
}

export async function startUndo(product: Product, run: string): Promise<WorkflowHandle<typeof undoCycle>> {
  return product.temporal.workflow.start<typeof undoCycle>('undoCycle', {
    args: [{ customer: product.name, forest: 'corp', run }],
    taskQueue: product.taskQueue,
    workflowId: undoId(product.name, 'corp', run),
  });
}

/** The list that a workflow waits with, once it waits. */
export async function waitingList(handle: WorkflowHandle): Promise<HeldList> {
  for (;;) {
    const { stage, held } = await handle.query(progressQuery);
    if (stage === 'waiting for approval' && held !== null) return held;
    if (stage === 'closed') throw new Error('the workflow has ended without asking');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

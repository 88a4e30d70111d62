import { proxyActivities } from '@temporalio/workflow';
import type { EmptyActivities } from './empty.ts';

export * from '../../../workflows/index.ts';

const { nothing } = proxyActivities<EmptyActivities>({ startToCloseTimeout: '15 seconds' });
const { startEmpty } = proxyActivities<EmptyActivities>({ startToCloseTimeout: '10 minutes' });

/** The least that a workflow of one object can be: one activity that does nothing. */
export async function emptyObject(): Promise<void> {
  await nothing();
}

/** Starts so many of them and waits until all are done, as a cycle does with its object workflows. */
export async function emptyObjects(count: number): Promise<void> {
  await startEmpty(count);
}

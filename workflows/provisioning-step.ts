import { ActivityFailure, ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { ObjectActivities, ProvisionOutcome, ProvisionRequest } from '../activities/types.ts';
import { service } from './policies.ts';

const { provisionMailbox, blockMailbox } = proxyActivities<ObjectActivities>(service);

/**
 * Provisions the services of one identity. A step that has ended with a failure waits for a correction, unless another
 * workflow has taken over. Anything else, a cancellation for one, is thrown on.
 */
export async function provisionOrBlock(request: ProvisionRequest): Promise<ProvisionOutcome> {
  try {
    return await provisionMailbox(request);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) throw error;
    const type = error.cause.type ?? 'Defect';
    return type === 'LockLost' ? { outcome: 'superseded' } : blockMailbox(request, type);
  }
}

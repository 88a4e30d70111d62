import { ActivityFailure, ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { ObjectActivities, ProvisionOutcome, ProvisionRequest } from '../activities/types.ts';
import { service } from './policies.ts';

const { provisionMailbox, blockMailbox } = proxyActivities<ObjectActivities>(service);

/**
 * Provisions the services of one identity. A step that has ended with a failure waits for a correction, unless another
 * workflow has taken over.
 */
export async function provisionOrBlock(request: ProvisionRequest): Promise<ProvisionOutcome> {
  try {
    return await provisionMailbox(request);
  } catch (error) {
    const type = failureType(error);
    return type === 'LockLost' ? { outcome: 'superseded' } : blockMailbox(request, type);
  }
}

/** Type of the failure that a step ended with. Anything else, a cancellation for one, is thrown on. */
export function failureType(error: unknown): string {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) throw error;
  return error.cause.type ?? 'Defect';
}

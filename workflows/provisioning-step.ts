import { isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ObjectActivities, ProvisionOutcome, ProvisionRequest } from '../activities/object-types.ts';
import { applicationFailure } from './application-failure.ts';
import { service, serviceInPlace } from './policies.ts';

const { provisionMailbox, blockMailbox } = proxyActivities<ObjectActivities>(service);
const inPlace = proxyLocalActivities<Pick<ObjectActivities, 'provisionMailbox'>>(serviceInPlace);

/**
 * Provisions the services of one identity. A step that has ended with a failure waits for a correction, unless another
 * workflow has taken over.
 *
 * @param first nothing of this workflow has been tried before: the step may be made in place
 */
export async function provisionOrBlock(request: ProvisionRequest, first: boolean): Promise<ProvisionOutcome> {
  try {
    return await (first && request.brief === true ? provisionInPlace(request) : provisionMailbox(request));
  } catch (error) {
    const type = failureType(error);
    return type === 'LockLost' ? { outcome: 'superseded' } : blockMailbox(request, type);
  }
}

/**
 * Makes the step as a part of the workflow task that this worker has: what a way over the server would cost is saved. A worker
 * that dies meanwhile leaves the task to another, which makes the step again. What must be tried again later goes over the server.
 */
async function provisionInPlace(request: ProvisionRequest): Promise<ProvisionOutcome> {
  try {
    return await inPlace.provisionMailbox(request);
  } catch (error) {
    if (isCancellation(error) || applicationFailure(error)?.nonRetryable === true) throw error;
    return provisionMailbox(request);
  }
}

/** Type of the failure that a step ended with. Anything else, a cancellation for one, is thrown on. */
export function failureType(error: unknown): string {
  const failure = applicationFailure(error);
  if (failure === null) throw error;
  return failure.type ?? 'Defect';
}

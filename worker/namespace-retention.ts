import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

/** PERMISSION_DENIED and UNIMPLEMENTED of gRPC: the account may not, or a service manages its namespaces elsewhere. */
const REFUSED = new Set([7, 12]);
const DAY_SECONDS = 86_400;

/** Temporal keeps histories for another time than it shall, and does not let this account change that. */
export class RetentionRefused extends Error {
  override readonly name = 'RetentionRefused';
}

/**
 * Has Temporal keep the histories of a namespace's ended workflows for so many days.
 *
 * @returns whether it was another time before
 * @throws RetentionRefused when the account may not
 */
export async function applyRetention(connection: Connection, namespace: string, days: number): Promise<boolean> {
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === days * DAY_SECONDS) return false;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(days * DAY_SECONDS * 1000) },
    });
    return true;
  } catch (error) {
    if (!isGrpcServiceError(error) || !REFUSED.has(error.code)) throw error;
    throw new RetentionRefused(
      `Temporal does not let this account say how long the namespace ${namespace} keeps histories (${error.details}). Have whoever administers it do so: temporal operator namespace update --namespace ${namespace} --retention ${String(days)}d`,
    );
  }
}

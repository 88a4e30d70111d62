import { whyUnreachable } from '../../store/unreachable.ts';
import { errorCode, errorText } from './error-code.ts';
import { Mistake } from './mistake.ts';

/** SQLSTATE codes of a database that is not (yet) one of this version of Itasca. */
const NO_TABLES = new Set(['42P01', '3F000', '42703', '42883']);
/**
 * What an operator is told of an error that is not Itasca's fault; null of any other.
 */
export async function explained(error: unknown): Promise<string | null> {
  if (error instanceof Mistake) return error.message;
  // Loaded where something went wrong only.
  const { ConfigurationRefused } = await import('../../worker/configuration-file.ts');
  if (error instanceof ConfigurationRefused) return error.message;
  const { isGrpcServiceError, ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError } =
    await import('@temporalio/client');
  if (error instanceof WorkflowUpdateFailedError) return error.cause?.message ?? error.message;
  if (error instanceof WorkflowNotFoundError)
    return `Temporal has no workflow that runs with the id ${error.workflowId}.`;
  if (error instanceof ServiceError) {
    const { cause } = error;
    return `Temporal refused it: ${isGrpcServiceError(cause) ? cause.details : error.message}`;
  }
  if (NO_TABLES.has(errorCode(error) ?? ''))
    return `The tables of Itasca are not in this database, or of another version (${errorText(error)}). Look at DATABASE_URL and ITASCA_SCHEMA; a worker that starts makes the tables.`;
  const unreachable = whyUnreachable(error);
  return unreachable === null
    ? null
    : `The database does not let itself be reached: ${unreachable}. Look at DATABASE_URL.`;
}

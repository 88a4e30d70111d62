import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';

/** What an activity ended with; one that is made in place ends with it as it is. Null for anything else, a cancellation for one. */
export function applicationFailure(error: unknown): ApplicationFailure | null {
  if (error instanceof ApplicationFailure) return error;
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : null;
}

/** Why a cycle ends, as it is kept with its run; undefined where no step of it says so. */
export function runFailure(error: unknown): Parameters<Activities['closeCycle']>[2] {
  const failure = applicationFailure(error);
  return failure === null ? undefined : { type: failure.type ?? 'unknown', message: failure.message };
}

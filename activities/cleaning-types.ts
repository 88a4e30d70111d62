import type { CleanedPart } from '../rules/keeping.ts';

export interface CleaningRequest {
  readonly customer: string;
}

/** What one step of a cleaning did. */
export interface CleanedStep {
  readonly deleted: number;
  /** done: nothing is left of the part. more: it goes on. busy: a cycle holds what is to be deleted. */
  readonly state: 'done' | 'more' | 'busy';
}

export interface CleaningActivities {
  /**
   * Deletes some batches of a part.
   *
   * @param at when the cleaning began, in ISO 8601: the same for all its steps
   */
  clean(request: CleaningRequest, part: CleanedPart, at: string): Promise<CleanedStep>;
}

import type { EvaluationCounts, PlanCounts } from './types.ts';

/** What a preview of a forest's next cycle is asked for. */
export interface PreviewRequest {
  readonly customer: string;
  readonly forest: string;
  /** At most so many changes are listed; all are counted. */
  readonly limit: number;
  /** Id of a configuration that is not in force, and is to be taken; see `keepCandidate`. */
  readonly candidate?: string;
}

/** What a preview found, in the words of a cycle. */
export type PreviewCounts = Pick<
  EvaluationCounts,
  'evaluated' | 'inScope' | 'joined' | 'reconnected' | 'reconnectionCases' | 'adopted' | 'joinReview'
> &
  Pick<PlanCounts, 'disconnected' | 'drifted'> & {
    readonly planned: number;
    readonly plannedReferences: number;
    readonly held: number;
  };

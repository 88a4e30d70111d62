import type { End } from '../rules/transitions.ts';
import type { ProvisionRequest } from './object-types.ts';

/** What a step of a deprovisioning did. */
export type DeprovisionOutcome =
  | {
      readonly outcome: 'waits';
      readonly for: 'grace' | 'retention' | 'litigation hold' | 'correction' | 'resume';
      /** How its services end, when what is waited for is over. */
      readonly end?: End;
      /** The object's error that is in the way. */
      readonly code?: string;
      /** After this many milliseconds the next step is due; null where only news can change anything. */
      readonly forMs: number | null;
    }
  | { readonly outcome: 'ended'; readonly how: 'done' | 'given back' | 'kept' | 'superseded' };

export interface DeprovisionActivities {
  deprovision(request: ProvisionRequest): Promise<DeprovisionOutcome>;
  /** Records that a step failed in a way that trying again does not mend. */
  blockDeprovisioning(request: ProvisionRequest, failure: string): Promise<DeprovisionOutcome>;
  /** False where it is stopped already. */
  delayDeprovisioning(request: ProvisionRequest, operator: string): Promise<boolean>;
  /** False where it was not stopped. */
  resumeDeprovisioning(request: ProvisionRequest): Promise<boolean>;
}

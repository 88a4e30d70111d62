import type { OffboardingWay } from '../store/offboarding.ts';

export type { OffboardingWay };

export interface OffboardingRequest {
  readonly customer: string;
}

/** The number of an offboarding that has begun, or why it can not begin. */
export type OpenedOffboarding = { readonly offboarding: string } | { readonly refused: string };

/** How the workflows of a customer end. */
export interface EndingWorkflows {
  /** How many there still are. */
  readonly running: number;
  /** Cycles and what else ends by itself, and is waited for: the first few ids. */
  readonly waits: readonly string[];
}

export interface OffboardingActivities {
  /**
   * From now on no cycle of the customer begins where its objects are left.
   *
   * @param request with the only workflow id that an offboarding of the customer has
   */
  openOffboarding(
    request: OffboardingRequest & {
      readonly way: OffboardingWay;
      readonly operator: string | null;
      readonly id: string;
    },
  ): Promise<OpenedOffboarding>;
  /** Takes away the Schedules of its cycles, report and cleaning. */
  endSchedules(request: OffboardingRequest): Promise<void>;
  /** Has the workflows of the customer end, except the one that asks. */
  endWorkflows(request: OffboardingRequest): Promise<EndingWorkflows>;
  /** Ends lists that nobody can answer any more, stops the clocks of ends, and puts on record that it is done. */
  closeLeaving(request: OffboardingRequest, offboarding: string): Promise<void>;
}

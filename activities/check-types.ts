import type { CheckReport } from '../rules/preflight.ts';

/** Which customer to look at. */
export interface CheckRequest {
  readonly customer: string;
}

export interface CheckActivities {
  /** Looks whether the customer can be synchronized by its configuration in force; writes nothing. */
  checkCustomer(request: CheckRequest): Promise<CheckReport>;
}

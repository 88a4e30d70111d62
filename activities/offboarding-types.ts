import type { OffboardingCounts } from '../rules/offboarding.ts';
import type { OffboardingWay } from '../store/offboarding.ts';
import type { OffboardingEvent } from '../store/offboarding-waves.ts';
import type { SignedAnswer } from './answer-types.ts';
import type { PilotAnswer } from './onboarding-types.ts';

export type { OffboardingCounts, OffboardingEvent, OffboardingWay };

export interface OffboardingRequest {
  readonly customer: string;
}

/** The number of an offboarding that has begun, and of the last wave that has taken somebody before; or why it can not begin. */
export type OpenedOffboarding =
  { readonly offboarding: string; readonly lastWave: number } | { readonly refused: string };

/** Where the objects of a customer that leaves by waves stand. */
export interface OffboardingView {
  readonly counts: OffboardingCounts;
  /** Taken by a wave, and no cycle has begun with them yet. */
  readonly untaken: number;
  /** Names of the Customer Forests. */
  readonly forests: readonly string[];
}

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
  /** Puts events on record, and counts. */
  lookAtOffboarding(
    request: OffboardingRequest,
    offboarding: string,
    events: readonly OffboardingEvent[],
  ): Promise<OffboardingView>;
  /** Takes the next objects out of service, once for each wave. @returns how many the wave holds */
  withdraw(
    request: OffboardingRequest,
    wave: { readonly offboarding: string; readonly wave: number; readonly limit: number },
  ): Promise<number>;
  /** Takes an operator's approval of the first wave and those after it. */
  answerOffboarding(request: OffboardingRequest, offboarding: string, given: SignedAnswer): Promise<PilotAnswer>;
  /** Ends the waves. Completed, no cycle of the customer begins any more; stopped, who has not left stays in service. */
  closeWaves(
    request: OffboardingRequest,
    offboarding: string,
    state: 'stopped' | 'completed',
    events: readonly OffboardingEvent[],
  ): Promise<OffboardingCounts>;
  /** Takes away the Schedules of its cycles, report and cleaning. */
  endSchedules(request: OffboardingRequest): Promise<void>;
  /** Has the workflows of the customer end, except the one that asks. */
  endWorkflows(request: OffboardingRequest): Promise<EndingWorkflows>;
  /** Ends lists that nobody can answer any more, stops the clocks of ends, and puts on record that it is done. */
  closeLeaving(request: OffboardingRequest, offboarding: string): Promise<void>;
}

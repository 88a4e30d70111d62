/** How the scope says that an object leaves because its customer does. It loses its services like what leaves the included units. */
export const LEAVES_RULE = 'leaves: its customer is being offboarded';

/** Where the objects of a customer stand that leaves by waves. */
export interface OffboardingCounts {
  /** No wave has taken them yet. */
  readonly waiting: number;
  /** A wave has taken them; the next cycle takes them out of service. */
  readonly open: number;
  /** On a list that waits for an answer. */
  readonly held: number;
  /** An operator has rejected that they leave. */
  readonly refused: number;
  /** Out of service: their services end, in their grace or retention time. */
  readonly ending: number;
  /** The end of their services waits for a correction, or for a litigation hold to be lifted. */
  readonly blocked: number;
  /** They have no managed object any more. */
  readonly gone: number;
  /** Out of service, and their managed object stays for good: so the configuration says. */
  readonly kept: number;
}

/** Managed objects of one kind in one forest of a customer. */
export interface OffboardedObjects {
  readonly forest: string;
  readonly kind: string;
  readonly objects: number;
  /** Of these, how many have services: a mailbox or voice. */
  readonly served: number;
}

/** What of a customer is open: each is ended, or its clock is stopped, when its objects are left as they are. */
export interface OpenWork {
  /** Lists of changes that wait for an answer. */
  readonly lists: number;
  /** Services that end, in their grace or retention time. */
  readonly ends: number;
  /** Services that wait for a correction. */
  readonly corrections: number;
  /** New source objects that may be somebody who is known, and joins, that wait for an operator. */
  readonly cases: number;
  /** Bulk onboardings that run. */
  readonly onboardings: number;
}

/** Who stops the clock of ends while their customer is offboarded: bringing the customer back starts it again. */
export const CLOCK_STOPPED_BY = 'offboarding';

/** Workflows that end by themselves, and are let: a cycle that writes, an undo, what looks or reports. */
const LET_END: ReadonlySet<string> = new Set([
  'syncCycle',
  'undoCycle',
  'previewCycle',
  'checkCustomer',
  'syncReport',
  'cleanCustomer',
]);

/**
 * Whether a running workflow of a customer who is left is to be cancelled; else it is waited for: what is being written is
 * written to its end.
 *
 * @param status its search attribute `Status`
 */
export function isCancelled(type: string, status: string | undefined): boolean {
  return !LET_END.has(type) || status === 'AwaitingApproval';
}

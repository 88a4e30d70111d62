import type { AttributeImage } from '../../rules/attributes.ts';
import type { ErrorCode } from '../../rules/error-catalogue.ts';
import type { ServiceChange } from '../../store/service-changes.ts';

/** What a step does to a service of one managed object. */
export type ServiceAction =
  | 'provision'
  /** Mailbox to mail user: the mailbox is taken off, the object is kept. */
  | 'disconnect'
  | 'mailDisable'
  | 'remove'
  /** Mailbox on litigation hold to inactive mailbox. */
  | 'inactivate'
  /** Takes back what a step before undid. */
  | 'giveBack'
  /** Another recipient kind. */
  | 'convert'
  | 'enableVoice'
  | 'disableVoice';

/** One step of a service of one managed object: the same step may be asked for any number of times. */
export interface ServiceStep {
  readonly action: ServiceAction;
  readonly service: 'mail' | 'voice';
  /** Recipient kind that the object has afterwards. */
  readonly recipient: string;
  /** objectGUID of the managed object. */
  readonly managedGuid: string;
  /** Every attribute that the step decides, with the values that it shall have; [] where it must be absent. */
  readonly wanted: AttributeImage;
}

/** What a step changes: what it differs in from what is there. */
export interface StepChange extends ServiceChange {
  /** Of `after`, what the object does not show yet: no attribute where an earlier attempt has written it all. */
  readonly unwritten: AttributeImage;
}

/** What became of a step. */
export type StepOutcome =
  | { readonly outcome: 'done' }
  /** Not now: the same step is to be tried again later. */
  | { readonly outcome: 'retry'; readonly details: string }
  /** Trying again does not mend it; the error that the object gets. What the step had done is taken back. */
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly details: string };

/**
 * Makes a step of a service real. Whoever asks for one compares before and confirms after, by reading the object: see
 * `applyStep`.
 */
export interface ServiceDriver {
  apply(step: ServiceStep, change: StepChange): Promise<StepOutcome>;
}

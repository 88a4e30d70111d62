export interface ProvisionRequest {
  readonly customer: string;
  readonly forest: string;
  readonly configuration: number;
  readonly identity: string;
  /** Its steps are a matter of moments: the first one is made in place, without a way over the server. */
  readonly brief?: true;
}

export type ProvisionOutcome =
  | { readonly outcome: 'provisioned'; readonly wrote: boolean }
  | { readonly outcome: 'blocked'; readonly code: string; readonly parkForMs: number }
  /** Nothing is wanted any more, or another workflow has taken over. */
  | { readonly outcome: 'superseded' };

/** The steps of an object workflow. */
export interface ObjectActivities {
  /** Provisions the mailbox and then voice, as far as they are wanted. Histories know it by the name of the time without voice. */
  provisionMailbox(request: ProvisionRequest): Promise<ProvisionOutcome>;
  /** Records that provisioning failed in a way that trying again does not mend. */
  blockMailbox(request: ProvisionRequest, failure: string): Promise<ProvisionOutcome>;
}

/** Which mailbox an operator wants to be of which other recipient kind. */
export interface ConversionRequest {
  readonly customer: string;
  readonly forest: string;
  /** Id of the identity, as the error PE403 names it. */
  readonly identity: string;
  /** The recipient kind that the source object asks for: linked, sharedLinked, shared, room, equipment or lyncRoom. */
  readonly to: string;
  readonly operator: string;
}

export type ConversionBegin =
  | { readonly outcome: 'begun'; readonly provision: ProvisionRequest }
  | { readonly outcome: 'refused'; readonly reason: string };

export interface ConversionActivities {
  /** Fixes the other kind, so that the mailbox is provisioned as that; refused where it can not be. */
  beginConversion(request: ConversionRequest): Promise<ConversionBegin>;
  endConversion(identity: string, outcome: 'converted' | 'given up'): Promise<void>;
}

import type { SignedAnswer } from './answer-types.ts';

/** What an operator wants erased: a person, by one of its source objects, or a whole customer. */
export interface PurgeRequest extends SignedAnswer {
  readonly customer: string;
  /** Null: everything of the customer. */
  readonly person: { readonly forest: string; readonly guid: string } | null;
  /** Of a customer: objects in the Managed Forest may be left there, managed by nobody. */
  readonly leavesObjects: boolean;
}

export type PurgeOutcome =
  | {
      readonly outcome: 'erased';
      /** Rows by table: no name of anybody. */
      readonly counts: Readonly<Record<string, number>>;
      /** Rows of others in which a value of the person is found after that. */
      readonly foundStill: Readonly<Record<string, number>>;
      /** The person's object is in the Customer Forest: a later read brings it back. */
      readonly readAgain: boolean;
    }
  | { readonly outcome: 'refused'; readonly reasons: readonly string[] }
  /** A cycle of the customer is under way. */
  | { readonly outcome: 'busy' };

/** The step of an erasure. */
export interface PurgeActivities {
  purge(request: PurgeRequest): Promise<PurgeOutcome>;
}

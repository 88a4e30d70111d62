import type { SignedAnswer } from './answer-types.ts';
import type { HoldAnswer } from './types.ts';

/** Whose reconnection a workflow is about. The cycle names the object by its objectGUID; an operator may, too, by DN, SID or mail address. */
export interface ReconnectionRequest {
  readonly customer: string;
  readonly forest?: string;
  /** The new source object. */
  readonly object: string;
  /** With `operator`: the managed object whose services it gets, by objectGUID, DN or mail address. */
  readonly managed?: string;
  readonly operator?: string;
}

/** Where a reconnection stands. */
export type ReconnectionOutcome =
  | {
      readonly outcome: 'waits';
      readonly for: 'answer' | 'second approval' | 'cycle' | 'services given back' | 'services' | 'correction';
      /** The error that the object shows meanwhile. */
      readonly code?: string;
      readonly candidates: readonly ReconnectionCandidate[];
    }
  | { readonly outcome: 'ended'; readonly how: 'reconnected' | 'closed' | 'superseded' }
  | { readonly outcome: 'refused'; readonly reason: string };

/** An identity that may be the new source object's. */
export interface ReconnectionCandidate {
  readonly identity: string;
  /** objectGUID of the managed object. */
  readonly managed: string;
  /** Its source object is gone. */
  readonly gone: boolean;
  /** The evidence, the weightiest first. */
  readonly rules: readonly string[];
}

export interface ReconnectionAnswer extends SignedAnswer {
  readonly decision: 'approve' | 'reject' | 'choose' | 'undo';
  /** With `choose`: the managed object, by objectGUID, DN or mail address. */
  readonly managed?: string;
}

export type AnsweredReconnection =
  { readonly outcome: 'recorded'; readonly text: string } | { readonly outcome: 'refused'; readonly reason: string };

export interface ReconnectionActivities {
  reconnect(request: ReconnectionRequest): Promise<ReconnectionOutcome>;
  answerReconnection(request: ReconnectionRequest, answer: ReconnectionAnswer): Promise<AnsweredReconnection>;
}

/** A migration map that an operator has given. */
export interface MapRequest {
  readonly customer: string;
  /** Its number. */
  readonly map: string;
}

/** A migration map as it was last checked. */
export type MapCheck =
  | {
      readonly outcome: 'checked';
      readonly state: 'open' | 'approved' | 'rejected';
      readonly lines: number;
      readonly faults: number;
      /** Of the pairs that are right: an answer is to exactly this list. */
      readonly hash: string;
    }
  | { readonly outcome: 'refused'; readonly reason: string };

export interface MapProgress {
  readonly approved: number;
  readonly linked: number;
  readonly reconnected: number;
  /** Rejected, undone or asked about again by somebody meanwhile. */
  readonly left: number;
}

export interface MapActivities {
  checkMap(request: MapRequest): Promise<MapCheck>;
  answerMap(request: MapRequest, answer: 'approve' | 'reject', given: HoldAnswer): Promise<AnsweredReconnection>;
  mapProgress(request: MapRequest): Promise<MapProgress>;
}

import type { OnboardingCounts, OnboardingSample, WaveCounts } from '../rules/onboarding.ts';
import type { OnboardingEvent } from '../store/onboarding.ts';
import type { SignedAnswer } from './answer-types.ts';

export type { OnboardingCounts, OnboardingEvent, OnboardingSample, WaveCounts };

/** A forest whose objects are to come in by waves. */
export interface OnboardingRequest {
  readonly customer: string;
  readonly forest: string;
}

/** Names of its waves; whom they take stays in the database. */
export interface OpenOnboarding {
  readonly id: string;
  readonly waves: readonly string[];
}

/** What a look at an onboarding needs to know of its workflow. */
export interface OnboardingLook {
  readonly events: readonly OnboardingEvent[];
  /** Percentage of admitted objects in error over which it pauses itself. */
  readonly budget: number;
  /** How many were in error when an operator last had it go on. */
  readonly accepted: number;
  readonly samples: readonly OnboardingSample[];
  readonly activeMs: number;
}

export interface OnboardingView {
  readonly counts: OnboardingCounts;
  readonly waves: readonly WaveCounts[];
  /** Admitted, and no cycle has begun with them yet. */
  readonly untaken: number;
  /** A cycle has been completed since the gate was closed: who waits is known. */
  readonly ready: boolean;
  /** Why it is to pause, or null. */
  readonly over: string | null;
  /** Milliseconds by the rate measured over the samples; null while there is none. */
  readonly left: number | null;
}

/** What became of an approval: enough, by these; the first of two; or refused. */
export type PilotAnswer =
  | { readonly outcome: 'decided'; readonly who: string }
  | { readonly outcome: 'first'; readonly who: string }
  | { readonly outcome: 'refused'; readonly reason: string };

export interface OnboardingActivities {
  /** Has everybody of the forest wait who has no managed object yet; null where there is no such plan, or it was begun before. */
  openOnboarding(request: OnboardingRequest & { readonly plan: string | null }): Promise<OpenOnboarding | null>;
  /** Finds the waves of newcomers, puts events on record, and counts. */
  lookAtOnboarding(request: OnboardingRequest, onboarding: string, look: OnboardingLook): Promise<OnboardingView>;
  /** Admits a page of a wave, once. @returns how many it holds */
  admitPage(onboarding: string, wave: number, page: number, limit: number): Promise<number>;
  /** Takes an operator's approval of the waves after the pilot. */
  answerPilot(request: OnboardingRequest, onboarding: string, given: SignedAnswer): Promise<PilotAnswer>;
  closeOnboarding(
    onboarding: string,
    state: 'stopped' | 'completed',
    events: readonly OnboardingEvent[],
    activeMs: number,
  ): Promise<OnboardingCounts>;
}

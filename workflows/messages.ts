import type { SignedAnswer } from '../activities/answer-types.ts';
import type { OffboardingCounts, OffboardingWay } from '../activities/offboarding-types.ts';
import type { OnboardingCounts, WaveCounts } from '../activities/onboarding-types.ts';
import type { ProvisionRequest } from '../activities/object-types.ts';
import type { HeldList, HoldAnswer } from '../activities/types.ts';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** Where a cycle stands. */
export type CycleStage =
  | 'opening'
  | 'reading managed'
  | 'reading source'
  | 'evaluating'
  | 'planning'
  | 'writing objects'
  | 'writing references'
  | 'provisioning'
  | 'confirming'
  | 'waiting for approval'
  | 'closed';

export interface CycleProgress {
  readonly stage: CycleStage;
  readonly paused: boolean;
  /** What has been counted so far, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** The list of changes that waits for an answer. */
  readonly held: HeldList | null;
}

export const progressQuery = defineQuery<CycleProgress>('progress');

/** Answers the list of changes that a cycle shows: exactly the one with this hash. */
export const approveUpdate = defineUpdate<string, [HoldAnswer]>('approve');
export const rejectUpdate = defineUpdate<string, [HoldAnswer]>('reject');

/** Tells a workflow that waits for an answer that another cycle has planned some of its list anew. */
export const holdChangedSignal = defineSignal<[HeldList]>('holdChanged');

/** Stops a cycle at the next border of a page, and lets it go on. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');

/** Has an object workflow that waits for a correction try again now, or end. */
export const retryUpdate = defineUpdate<string>('retry');
export const skipUpdate = defineUpdate<string>('skip');

/** Stops the clock of a deprovisioning, and starts it again where it stopped. */
export const delayUpdate = defineUpdate<string, [{ readonly operator: string } | undefined]>('delay');
export const resumeUpdate = defineUpdate<string>('resume');

/** An operator's answer to the case of a new source object. */
export interface CaseAnswer extends SignedAnswer {
  /** The managed object that is meant, where one is to be chosen: by objectGUID, DN or mail address. */
  readonly managed?: string;
}

/** The only candidate is it; none of the candidates is it; the named one is it; it was none after all. */
export const approveCaseUpdate = defineUpdate<string, [CaseAnswer | undefined]>('approve');
export const rejectCaseUpdate = defineUpdate<string, [CaseAnswer | undefined]>('reject');
export const chooseUpdate = defineUpdate<string, [CaseAnswer | undefined]>('choose');
export const undoUpdate = defineUpdate<string, [CaseAnswer | undefined]>('undo');

/** Tells the workflow of a new source object that there is news. */
export const newsSignal = defineSignal('news');

/** Has the workflow of alerts look again. */
export const lookSignal = defineSignal('look');

/** Tells an object workflow that an evaluation wants its service anew: who waits for a correction tries again, by the newer configuration. */
export const evaluatedSignal = defineSignal<[ProvisionRequest]>('evaluated');

/** Where an onboarding stands. */
export interface OnboardingProgress {
  /** Its number; null before it has begun. */
  readonly onboarding: string | null;
  readonly stage: 'opening' | 'preflight' | 'finding who waits' | 'waves' | 'completed' | 'stopped' | 'refused';
  readonly wave: number;
  /** Objects admitted in a minute, at most. */
  readonly rate: number;
  /** Why it is paused; null where it is not. */
  readonly paused: string | null;
  /** The pilot is through, and the rest waits for an answer. */
  readonly waitsForApproval: boolean;
  readonly counts: OnboardingCounts | null;
  readonly waves: readonly WaveCounts[];
  /** Milliseconds that it has worked, without pauses. */
  readonly activeMs: number;
  /** Milliseconds of work by the rate measured lately; null while there is none. */
  readonly left: number | null;
}

export const onboardingQuery = defineQuery<OnboardingProgress>('progress');

/** Who steers an onboarding; an answer of the UI may leave it out. */
export interface Steering {
  readonly operator?: string;
}

/** Admits nobody more until it is resumed; cycles go on. */
export const pauseOnboardingUpdate = defineUpdate<string, [Steering | undefined]>('pause');
/** Goes on; those who are in error now do not count again. */
export const resumeOnboardingUpdate = defineUpdate<string, [Steering | undefined]>('resume');
/** Ends it: who is in stays in, who waits goes on waiting. */
export const stopOnboardingUpdate = defineUpdate<string, [Steering | undefined]>('stop');
/** Has the waves after the pilot come in. */
export const approvePilotUpdate = defineUpdate<string, [Partial<SignedAnswer> | undefined]>('approve');
/** Objects admitted in a minute, at most. */
export const rateUpdate = defineUpdate<string, [Steering & { readonly rate: number }]>('rate');

/** Where an offboarding stands. */
export interface OffboardingProgress {
  /** Its number; null before it has begun. */
  readonly offboarding: string | null;
  readonly way: OffboardingWay;
  readonly stage:
    | 'opening'
    | 'waiting for approval'
    | 'waves'
    | 'services end'
    | 'ending workflows'
    | 'completed'
    | 'stopped'
    | 'refused';
  /** The last wave that has taken somebody; 0 before the first. */
  readonly wave: number;
  /** Objects of a wave, at most. */
  readonly waveSize: number;
  /** Why it is paused; null where it is not. */
  readonly paused: string | null;
  /** When the next wave begins, in milliseconds since 1970; null where nothing is waited for. */
  readonly nextAt: number | null;
  readonly counts: OffboardingCounts | null;
}

export const offboardingQuery = defineQuery<OffboardingProgress>('progress');

/** Has the first wave begin, and those after it. */
export const approveOffboardingUpdate = defineUpdate<string, [Partial<SignedAnswer> | undefined]>('approve');
/** Takes nobody more until it is resumed; cycles go on. */
export const pauseOffboardingUpdate = defineUpdate<string, [Steering | undefined]>('pause');
export const resumeOffboardingUpdate = defineUpdate<string, [Steering | undefined]>('resume');
/** Ends it: who has left stays out, everybody else stays in service. */
export const stopOffboardingUpdate = defineUpdate<string, [Steering | undefined]>('stop');

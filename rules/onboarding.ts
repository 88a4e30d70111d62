import { isWithinDomain } from './dn.ts';
import type { CompiledFilter } from './filter-match.ts';
import { valuesOf, type ScopedObject } from './scope.ts';

/** What the evaluation of an object says that would be in scope, but that no wave of the onboarding has admitted yet. */
export const WAITS_RULE = 'in scope, but not yet admitted by the onboarding: waits';

/** One wave: what is under these OUs, what matches the filter, and these objects; with none of them: everybody that is left. */
export interface OnboardingWave {
  /** Shown in the Temporal UI: names nobody. */
  readonly name: string;
  readonly under?: readonly string[] | undefined;
  /** RFC 4515, as in a scope. */
  readonly filter?: string | undefined;
  /** objectGUIDs. */
  readonly objects?: readonly string[] | undefined;
}

export interface CompiledWave {
  readonly under: readonly string[];
  readonly objects: ReadonlySet<string>;
  readonly filter: CompiledFilter | null;
  readonly rest: boolean;
}

/** Whether a wave takes everybody that no other takes. */
export function takesRest(wave: OnboardingWave): boolean {
  return wave.under === undefined && wave.filter === undefined && wave.objects === undefined;
}

/** The first wave that takes an object, by its place; null where none does. A filter that can not be decided does not take it. */
export function waveOf(object: ScopedObject, waves: readonly CompiledWave[]): number | null {
  const found = waves.findIndex(
    ({ under, objects, filter, rest }) =>
      rest ||
      objects.has(object.guid) ||
      under.some((ou) => isWithinDomain(object.dn, ou)) ||
      filter?.matches(valuesOf(object)) === true,
  );
  return found < 0 ? null : found;
}

/** Objects of an onboarding, by where they stand; each that was admitted is in exactly one of the lower ones, `written` aside. */
export interface OnboardingCounts {
  /** In scope, admitted by no wave. */
  readonly waiting: number;
  /** Of those, whom no wave takes. */
  readonly inNoWave: number;
  readonly admitted: number;
  /** Have a managed object, whatever else. */
  readonly written: number;
  /** Written, not yet all the services that are wanted; or not yet written. */
  readonly open: number;
  /** Confirmed, with every service that is wanted provisioned. */
  readonly provisioned: number;
  readonly inError: number;
  /** May be somebody known: a case or a join asks an operator. */
  readonly asked: number;
  /** Left the scope after they were admitted. */
  readonly left: number;
}

/** Where one wave stands. */
export interface WaveCounts extends Omit<OnboardingCounts, 'inNoWave'> {
  readonly name: string;
}

/**
 * Why an onboarding pauses itself, or null: more than this percentage of those who were admitted are in error.
 *
 * @param accepted how many were in error when an operator last had it go on: these do not count again
 */
export function overBudget(
  counts: Pick<OnboardingCounts, 'admitted' | 'inError'>,
  percent: number,
  accepted: number,
): string | null {
  if ((counts.inError - accepted) * 100 <= counts.admitted * percent) return null;
  const before = accepted === 0 ? '' : `, ${String(accepted)} of them accepted before`;
  return `${String(counts.inError)} of ${String(counts.admitted)} admitted objects are in error${before}: more than ${String(percent)} %`;
}

/** How many were through after so many milliseconds of work. */
export interface OnboardingSample {
  readonly activeMs: number;
  readonly through: number;
}

/** How many of the admitted nothing more will happen to by itself. */
export function throughOf(counts: Pick<OnboardingCounts, 'admitted' | 'open'>): number {
  return counts.admitted - counts.open;
}

/**
 * Milliseconds until all that the waves take are through, at the rate measured between the first of these samples and now; null
 * while nobody came through between them: then nothing is known.
 */
export function timeLeft(
  counts: OnboardingCounts,
  samples: readonly OnboardingSample[],
  activeMs: number,
): number | null {
  const left = counts.waiting - counts.inNoWave + counts.open;
  if (left === 0) return 0;
  const [first] = samples;
  if (first === undefined) return null;
  const through = throughOf(counts) - first.through;
  const took = activeMs - first.activeMs;
  return through <= 0 || took <= 0 ? null : Math.round((left * took) / through);
}

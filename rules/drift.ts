import type { AttributeImage } from './attributes.ts';
import { sameValues, type AttributeChange } from './change.ts';

/** Attributes of a managed object that somebody else changed, with what was wanted of each then. */
export type Drifted = ReadonlyMap<string, readonly string[]>;

export interface DriftAnswer<C> {
  /** What is to be written; null when nothing is. */
  readonly change: C | null;
  /** Attributes of the change that somebody else changed, and nothing else. */
  readonly corrected: readonly string[];
  /** Attributes that are left as somebody else made them. */
  readonly reported: readonly string[];
  /** What is no drift any more: it shows what is wanted, is none of ours, or something else is wanted by now. */
  readonly settled: readonly string[];
}

/**
 * Tells drift from what the source changed, in a change that is about to be planned: where what is wanted is what it was when
 * somebody else changed the value, it is drift.
 *
 * @param mode drift is put right, or left out of the change
 */
export function answerDrift<C extends AttributeChange>(
  change: C | null,
  drifted: Drifted,
  wanted: AttributeImage,
  mode: 'correct' | 'report',
): DriftAnswer<C> {
  const isDrift = (name: string): boolean =>
    change !== null && name in change.after && sameValues(drifted.get(name) ?? [], wanted[name] ?? []);
  const names = [...drifted.keys()];
  const found = names.filter(isDrift);
  const settled = names.filter((name) => !isDrift(name));
  if (change === null || found.length === 0 || mode === 'correct')
    return { change, corrected: found, reported: [], settled };
  const after = without(change.after, found);
  return {
    change: Object.keys(after).length === 0 ? null : { ...change, before: without(change.before, found), after },
    corrected: [],
    reported: found,
    settled,
  };
}

function without(image: AttributeImage, names: readonly string[]): AttributeImage {
  return Object.fromEntries(Object.entries(image).filter(([name]) => !names.includes(name)));
}

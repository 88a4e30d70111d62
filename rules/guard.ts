import type { GuardSettings, Limit } from './guard-settings.ts';
import type { ObjectKind } from './objects.ts';

/** What the guard counts: by object kind, or by attribute. */
export type GuardedThing =
  | { readonly what: 'deleted' | 'disconnected' | 'removedMembers'; readonly kind: ObjectKind }
  | { readonly what: 'cleared' | 'changed'; readonly attribute: string };

export type Tally = GuardedThing & { readonly count: number };

/** A tally that passes its limit, with how many there are that it could concern. */
export type Excess = Tally & { readonly of: number; readonly limit: Limit };

/**
 * So many objects that lose the last value of an attribute are taken for a right that was withdrawn, whatever the limits
 * allow: nothing of what a read no longer shows is known to be gone.
 */
const VANISHED = 5;

/** The limit that applies to a thing. */
export function limitOf(thing: GuardedThing, settings: GuardSettings): Limit {
  if ('kind' in thing) return settings[thing.what][thing.kind];
  return settings.attributes[thing.attribute]?.[thing.what] ?? settings[thing.what];
}

/** Whether it must be known how many there are before the limit can be told to be kept. */
export function needsShare(tally: Tally, settings: GuardSettings): boolean {
  const { few, count } = limitOf(tally, settings);
  return tally.count > Math.min(few, count) || (tally.what === 'cleared' && tally.count >= VANISHED);
}

/**
 * The tally with its limit when that is passed, else null: more than its count, or more than its share of those that
 * there are and more than a few.
 *
 * @param of how many there are: identities of the kind, members, or objects that have a value of the attribute
 */
export function excess(tally: Tally, of: number, settings: GuardSettings): Excess | null {
  const limit = limitOf(tally, settings);
  const share = of === 0 ? 100 : (tally.count / of) * 100;
  const passed =
    tally.count > limit.count ||
    (tally.count > limit.few && share > limit.percent) ||
    (tally.what === 'cleared' && tally.count >= VANISHED && tally.count >= of);
  return passed ? { ...tally, of, limit } : null;
}

/** A tally of what waits however little it is: the read that shows it is in doubt. */
export function unlimited(tally: Tally, of: number): Excess {
  return { ...tally, of, limit: { count: 0, percent: 0, few: 0 } };
}

const WORDS: Readonly<Record<GuardedThing['what'], string>> = {
  deleted: 'to be deleted',
  disconnected: 'to be disconnected',
  removedMembers: 'to leave groups',
  cleared: 'to be cleared',
  changed: 'to be changed',
};

/** One line for the operator; names no object. */
export function reasonText(item: Excess): string {
  const subject = 'kind' in item ? `${item.kind}s` : item.attribute;
  const share = item.of === 0 ? '' : ` of ${String(item.of)} (${((item.count / item.of) * 100).toFixed(1)} %)`;
  const vanished = item.what === 'cleared' && item.count >= VANISHED && item.count >= item.of;
  return `${subject} ${WORDS[item.what]}: ${String(item.count)}${share}, limit ${String(item.limit.count)} and ${String(item.limit.percent)} %${
    vanished ? '; none would be left, so that the right to read it may have been withdrawn' : ''
  }`;
}

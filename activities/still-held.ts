import { sameValues } from '../rules/change.ts';
import type { HeldObject } from '../store/holds.ts';
import type { PlannedObject } from '../store/plan.ts';

/** What a change that was planned anew leaves of what waits for an answer already. */
export interface StillHeld {
  /** What is to be written beside that; null where nothing is. */
  readonly change: PlannedObject | null;
  /** Held changes that are not what is wanted any more. */
  readonly stale: readonly string[];
}

/**
 * Compares a change of an identity with the changes of it that wait for an answer: those that are planned just so again keep
 * waiting, on the list that the operator has before him, and are not planned a second time.
 */
export function stillHeld(change: PlannedObject | null, held: readonly HeldObject[]): StillHeld {
  let rest = change;
  const stale: string[] = [];
  for (const item of held) {
    const names = Object.keys(item.after);
    const same =
      rest?.operation === item.operation &&
      names.every(
        (name) =>
          rest !== null &&
          name in rest.after &&
          sameValues(rest.after[name] ?? [], item.after[name] ?? []) &&
          sameValues(rest.before[name] ?? [], item.before[name] ?? []),
      );
    if (!same || rest === null) stale.push(item.id);
    else rest = rest.operation === 'modify' ? without(rest, names) : null;
  }
  return { change: rest, stale };
}

function without(change: PlannedObject, names: readonly string[]): PlannedObject | null {
  const keep = (image: PlannedObject['after']): PlannedObject['after'] =>
    Object.fromEntries(Object.entries(image).filter(([name]) => !names.includes(name)));
  const after = keep(change.after);
  return Object.keys(after).length === 0
    ? null
    : { ...change, before: keep(change.before), after, owned: keep(change.owned) };
}

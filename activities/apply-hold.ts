import { sameValues } from '../rules/change.ts';
import type { Configuration } from '../rules/configuration.ts';
import { flowOf, referenceRules } from '../rules/flow.ts';
import {
  approvedChanges,
  approvedPages,
  planAgain,
  releaseChanges,
  releaseReferences,
  type ApprovedChange,
  type Refused,
} from '../store/approved.ts';
import type { Database } from '../store/database.ts';
import { identitiesToPlan } from '../store/identities.ts';
import { pinsOf } from '../store/pins.ts';
import { nextPage, type PlannedObject } from '../store/plan.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { servedOf } from '../store/undo.ts';
import { joinForest } from './join.ts';
import { plannedObject } from './planned-object.ts';
import type { ApprovedPages } from './types.ts';
import { stillUndone } from './undo.ts';

/**
 * Makes the approved changes of a run ready to be written. Each is evaluated again: what is no longer wanted, or whose
 * managed object no longer shows what it showed to the operator, is dropped and reported; the next cycle plans it anew.
 */
export async function applyHold(
  database: Database,
  run: Run,
  configuration: Configuration,
  forest: string,
  signal: AbortSignal,
): Promise<ApprovedPages> {
  // What was to be created may be there by now, made by somebody else.
  if (run.profile !== 'undo') await joinForest(database, run, configuration, forest);
  for (;;) {
    signal.throwIfAborted();
    const looked = await database.transaction(async (transaction) => {
      const changes = await approvedChanges(transaction, run.id, configuration.cycle.pageSize);
      if (changes.length === 0) return 0;
      const page = await nextPage(transaction, run.id, 'objects');
      const ids = changes.map((change) => change.identityId);
      const identities = await identitiesToPlan(transaction, ids);
      const pins = await pinsOf(transaction, ids);
      const served = await servedOf(transaction, ids);
      const refused = changes.flatMap((change): readonly Refused[] => {
        const identity = identities.get(change.identityId);
        if (identity === undefined) return [{ id: change.id, attributes: null, answer: 'the identity is gone' }];
        const refusal =
          run.profile === 'undo'
            ? stillUndone(change, identity, served)
            : stillWanted(change, plannedObject(identity, configuration, forest, pins.get(identity.id)));
        return refusal === null ? [] : [{ id: change.id, ...refusal }];
      });
      await releaseChanges(
        transaction,
        changes.map((change) => change.id),
        page,
        refused,
      );
      return changes.length;
    });
    if (looked === 0) break;
  }
  await database.transaction(async (transaction) => {
    await releaseReferences(
      transaction,
      run,
      referenceRules(flowOf(configuration)),
      await nextPage(transaction, run.id, 'references'),
      configuration.cycle.pageSize,
    );
    await planAgain(transaction, run.id);
  });
  await recordCounts(database, run.id, { held: 0 });
  return {
    objects: await approvedPages(database, run.id, 'objects'),
    references: await approvedPages(database, run.id, 'references'),
  };
}

export type Refusal = Omit<Refused, 'id'>;

/** What of an approved change the rules would not plan any more, or would plan on another ground; null when it stands whole. */
export function stillWanted(change: ApprovedChange, now: PlannedObject | null): Refusal | null {
  if (now?.operation !== change.operation) return { attributes: null, answer: 'not wanted any more' };
  const attributes = Object.keys(change.after).filter(
    (name) =>
      !sameValues(change.after[name] ?? [], now.after[name] ?? []) ||
      !(name in now.after) ||
      !sameValues(change.before[name] ?? [], now.before[name] ?? []),
  );
  if (attributes.length === 0) return null;
  const answer = 'not wanted any more, or the managed object shows something else than it did';
  return change.operation === 'modify' ? { attributes, answer } : { attributes: null, answer };
}

import type { Configuration } from '../rules/configuration.ts';
import { flowOf, referenceRules } from '../rules/flow.ts';
import type { Database } from '../store/database.ts';
import { replaceErrors, type FoundError } from '../store/errors.ts';
import { dropHeld, heldObjects } from '../store/holds.ts';
import { dropUnwritten, plannableIdentities, type PlannableIdentity } from '../store/identities.ts';
import { lookAtStopped } from '../store/managed-deletions.ts';
import { pinsOf } from '../store/pins.ts';
import { markPlanned, nextPage, planObjects, planSize } from '../store/plan.ts';
import { planReferences } from '../store/references.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { isStopped, ownedValues, plannedObject } from './planned-object.ts';
import { stillHeld } from './still-held.ts';
import type { PlanCounts } from './types.ts';

/** Plans the objects of a forest: what must be added and what differs, for the identities that wait for it. */
export async function planForest(
  database: Database,
  run: Run,
  configuration: Configuration,
  forest: string,
  signal: AbortSignal,
): Promise<PlanCounts> {
  await database.transaction((transaction) => dropUnwritten(transaction, run.forestId, run.id));
  await lookAtStopped(database, run.forestId);
  let page = await nextPage(database, run.id, 'objects');
  let identitiesSeen = 0;
  for (;;) {
    signal.throwIfAborted();
    const planned = await database.transaction(async (transaction) => {
      const identities = await plannableIdentities(transaction, run.forestId, configuration.cycle.pageSize);
      const ids = identities.map((identity) => identity.id);
      const pins = await pinsOf(transaction, ids);
      const held = await heldObjects(transaction, run, ids);
      const looked = identities.map((identity) =>
        stillHeld(plannedObject(identity, configuration, forest, pins.get(identity.id)), held.get(identity.id) ?? []),
      );
      await dropHeld(
        transaction,
        run,
        looked.flatMap((item) => item.stale),
      );
      const changes = looked.flatMap((item) => item.change ?? []);
      const changing = new Set(changes.map((change) => change.identityId));
      const stopped = identities.filter((identity) => isStopped(identity, configuration));
      const asWanted = identities.filter(
        (identity) =>
          identity.live && !changing.has(identity.id) && !held.has(identity.id) && !stopped.includes(identity),
      );
      if (changes.length > 0) await planObjects(transaction, run, page, changes);
      await replaceErrors(
        transaction,
        run.forestId,
        'write',
        [...asWanted, ...stopped].map((identity) => identity.sourceGuid),
        stopped.map((identity) => deletedAgain(identity, configuration)),
      );
      await markPlanned(
        transaction,
        ids,
        asWanted.map((identity) => ({ id: identity.id, owned: ownedValues(identity, pins.get(identity.id)) })),
      );
      return { identities: identities.length, changes: changes.length };
    });
    if (planned.identities === 0) break;
    identitiesSeen += planned.identities;
    if (planned.changes > 0) page += 1;
  }
  const size = await planSize(database, run.id, 'objects');
  await refreshStatistics(database, 'planned', identitiesSeen);
  const { pages, adds, modifies, disconnected } = size;
  // A disconnection writes nothing to the Managed Forest.
  const changes = size.changes - disconnected;
  await recordCounts(database, run.id, { planned: changes, adds, modifies, disconnected });
  return { changes, pages, disconnected };
}

function deletedAgain({ sourceGuid, deletions }: PlannableIdentity, { managed }: Configuration): FoundError {
  const details = `deleted ${String(deletions.length)} times, the last time on ${deletions.at(-1)?.toISOString() ?? ''}; managed.undelete allows ${String(managed.undelete.times)} in ${managed.undelete.within}`;
  return { guid: sourceGuid, code: 'SE912', attribute: '', details };
}

/** Plans the references of a forest, once the objects that they join exist. */
export async function planForestReferences(
  database: Database,
  run: Run,
  configuration: Configuration,
): Promise<PlanCounts> {
  const rules = referenceRules(flowOf(configuration));
  const { cycle, join } = configuration;
  const { looked, managedOnly } = await database.transaction((transaction) =>
    planReferences(transaction, run, rules, cycle.pageSize, join.managedOnlyMembers === 'keep'),
  );
  await refreshStatistics(database, 'references', looked);
  const size = await planSize(database, run.id, 'references');
  await recordCounts(database, run.id, { plannedReferences: size.changes, links: size.links, managedOnly });
  return { changes: size.changes, pages: size.pages, disconnected: 0 };
}

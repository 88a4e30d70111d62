import type { Configuration } from '../rules/configuration.ts';
import { flowOf, referenceRules } from '../rules/flow.ts';
import { answerDrift, type DriftAnswer, type Drifted } from '../rules/drift.ts';
import type { Database } from '../store/database.ts';
import { driftOf, settleDrift } from '../store/drift.ts';
import { replaceErrors, type FoundError } from '../store/errors.ts';
import { markUnguarded } from '../store/guarded.ts';
import { dropHeld, heldObjects } from '../store/holds.ts';
import { dropUnwritten, plannableIdentities, type PlannableIdentity } from '../store/identities.ts';
import { lookAtStopped } from '../store/managed-deletions.ts';
import { pinsOf } from '../store/pins.ts';
import { DRIFT_RULE, markPlanned, nextPage, planObjects, planSize, type PlannedObject } from '../store/plan.ts';
import { planReferences } from '../store/references.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { anchorOf, isStopped, ownedValues, plannedObject } from './planned-object.ts';
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
  await markUnguarded(database, run.id, ['objects']);
  await database.transaction((transaction) => dropUnwritten(transaction, run.forestId, run.id));
  await lookAtStopped(database, run.forestId);
  let page = await nextPage(database, run.id, 'objects');
  let identitiesSeen = 0;
  let driftReported = 0;
  for (;;) {
    signal.throwIfAborted();
    const planned = await database.transaction(async (transaction) => {
      const identities = await plannableIdentities(transaction, run.forestId, configuration.cycle.pageSize);
      const ids = identities.map((identity) => identity.id);
      const pins = await pinsOf(transaction, ids);
      const held = await heldObjects(transaction, run, ids);
      const drift = await driftOf(transaction, ids);
      const answered = identities.map((identity) =>
        withoutDrift(
          plannedObject(identity, configuration, forest, pins.get(identity.id)),
          drift.get(identity.id),
          identity,
          configuration,
          forest,
        ),
      );
      await settleDrift(
        transaction,
        answered.flatMap(({ id, settled }) => settled.map((attribute) => ({ id, attribute }))),
      );
      const looked = answered.map(({ id, change }) => stillHeld(change, held.get(id) ?? []));
      await dropHeld(
        transaction,
        run,
        looked.flatMap((item) => item.stale),
      );
      const changes = looked.flatMap((item) => item.change ?? []);
      const changing = new Set(changes.map((change) => change.identityId));
      const stopped = identities.filter((identity) => isStopped(identity, configuration));
      const conflicts = identities.filter((identity) => identity.live && identity.conflict);
      const asWanted = identities.filter(
        (identity) =>
          identity.live &&
          !changing.has(identity.id) &&
          !held.has(identity.id) &&
          !stopped.includes(identity) &&
          !conflicts.includes(identity),
      );
      if (changes.length > 0) await planObjects(transaction, run, page, changes);
      await replaceErrors(
        transaction,
        run.forestId,
        'write',
        [...asWanted, ...stopped, ...conflicts].map((identity) => identity.sourceGuid),
        [...stopped.map((identity) => deletedAgain(identity, configuration)), ...conflicts.map(lostName)],
      );
      await markPlanned(
        transaction,
        ids,
        asWanted.map((identity) => ({
          id: identity.id,
          owned: ownedValues(identity, configuration, pins.get(identity.id)),
        })),
      );
      return {
        identities: identities.length,
        changes: changes.length,
        reported: answered.filter((item) => item.reported.length > 0).length,
      };
    });
    if (planned.identities === 0) break;
    identitiesSeen += planned.identities;
    driftReported += planned.reported;
    if (planned.changes > 0) page += 1;
  }
  const size = await planSize(database, run.id, 'objects');
  await refreshStatistics(database, 'planned', identitiesSeen);
  const { pages, adds, modifies, disconnected, drifted } = size;
  // A disconnection writes nothing to the Managed Forest.
  const changes = size.changes - disconnected;
  await recordCounts(database, run.id, { planned: changes, adds, modifies, disconnected, drifted, driftReported });
  return { changes, pages, disconnected, drifted, driftReported };
}

/** Tells what somebody else changed from what the source did; see `managed.drift`. */
function withoutDrift(
  planned: PlannedObject | null,
  drifted: Drifted = new Map(),
  identity: PlannableIdentity,
  configuration: Configuration,
  forest: string,
): DriftAnswer<PlannedObject> & { readonly id: string } {
  const { managed } = configuration;
  const wanted = { ...identity.wanted, [managed.anchorAttribute]: [anchorOf(identity, configuration, forest)] };
  const answer = answerDrift(planned, drifted, wanted, managed.drift);
  const { change, corrected } = answer;
  const rule = `${DRIFT_RULE}${corrected.join(', ')}; ${change?.rule ?? ''}`;
  return {
    ...answer,
    id: identity.id,
    change: change === null || corrected.length === 0 ? change : { ...change, rule },
  };
}

function lostName({ sourceGuid, managedGuid }: PlannableIdentity): FoundError {
  return { guid: sourceGuid, code: 'SE914', attribute: '', details: `the managed object ${managedGuid ?? ''}` };
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
  const { cycle, join, managed } = configuration;
  await markUnguarded(database, run.id, ['references']);
  const { looked, managedOnly } = await database.transaction((transaction) =>
    planReferences(transaction, run, rules, {
      drift: managed.drift,
      changesPerPage: cycle.pageSize,
      leaveManagedOnly: join.managedOnlyMembers === 'keep',
    }),
  );
  await refreshStatistics(database, 'references', looked);
  const size = await planSize(database, run.id, 'references');
  await recordCounts(database, run.id, {
    plannedReferences: size.changes,
    links: size.links,
    driftedReferences: size.drifted,
    managedOnly,
  });
  return { changes: size.changes, pages: size.pages, disconnected: 0, drifted: size.drifted, driftReported: 0 };
}

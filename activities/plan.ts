import { formatAnchor } from '../rules/anchor.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import { attributeChange } from '../rules/change.ts';
import type { Configuration } from '../rules/configuration.ts';
import { flowOf, referenceRules, valueOwned } from '../rules/flow.ts';
import type { Database } from '../store/database.ts';
import { replaceErrors } from '../store/errors.ts';
import { dropUnwritten, plannableIdentities, type PlannableIdentity } from '../store/identities.ts';
import { markPlanned, nextPage, planObjects, planSize, type PlannedObject } from '../store/plan.ts';
import { planReferences } from '../store/references.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import { refreshStatistics } from '../store/statistics.ts';
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
  let page = await nextPage(database, run.id, 'objects');
  for (;;) {
    signal.throwIfAborted();
    const planned = await database.transaction(async (transaction) => {
      const identities = await plannableIdentities(transaction, run.forestId, configuration.cycle.pageSize);
      const changes = identities.flatMap((identity) => plannedObject(identity, configuration, forest) ?? []);
      const changing = new Set(changes.map((change) => change.identityId));
      const asWanted = identities.filter((identity) => identity.live && !changing.has(identity.id));
      if (changes.length > 0) await planObjects(transaction, run, page, changes);
      await replaceErrors(
        transaction,
        run.forestId,
        'write',
        asWanted.map((identity) => identity.sourceGuid),
        [],
      );
      await markPlanned(
        transaction,
        identities.map((identity) => identity.id),
        asWanted.map((identity) => ({ id: identity.id, owned: ownedValues(identity) })),
      );
      return { identities: identities.length, changes: changes.length };
    });
    if (planned.identities === 0) break;
    if (planned.changes > 0) page += 1;
  }
  const size = await planSize(database, run.id, 'objects');
  await refreshStatistics(database, 'planned', size.changes);
  await recordCounts(database, run.id, { planned: size.changes, adds: size.adds, modifies: size.modifies });
  return { changes: size.changes, pages: size.pages };
}

/** Of attributes that are owned by value, what flow wants: the values that are ours once they are written. */
function ownedValues(identity: PlannableIdentity): AttributeImage {
  return Object.fromEntries([...valueOwned].map((name) => [name, identity.wanted[name] ?? []]));
}

function plannedObject(
  identity: PlannableIdentity,
  configuration: Configuration,
  forest: string,
): PlannedObject | null {
  if (!identity.live) return null;
  if (identity.managedGuid === null || identity.managed === null) {
    const anchor = formatAnchor({ customer: configuration.customer, forest, guid: identity.sourceGuid });
    const after = {
      ...identity.wanted,
      [configuration.managed.anchorAttribute]: [anchor],
      ...(identity.sam === null ? {} : { sAMAccountName: [identity.sam] }),
    };
    return {
      identityId: identity.id,
      operation: 'add',
      managedGuid: null,
      before: {},
      after,
      owned: ownedValues(identity),
      rule: 'in scope without a managed object',
    };
  }
  const change = attributeChange(
    flowOf(configuration),
    identity.kind,
    identity.wanted,
    identity.managed,
    identity.written,
  );
  if (change === null) return null;
  return {
    identityId: identity.id,
    operation: 'modify',
    managedGuid: identity.managedGuid,
    ...change,
    owned: ownedValues(identity),
    rule: 'default attribute flow',
  };
}

/** Plans the references of a forest, once the objects that they join exist. */
export async function planForestReferences(
  database: Database,
  run: Run,
  configuration: Configuration,
): Promise<PlanCounts> {
  const rules = referenceRules(flowOf(configuration));
  await database.transaction((transaction) => planReferences(transaction, run, rules, configuration.cycle.pageSize));
  const size = await planSize(database, run.id, 'references');
  await recordCounts(database, run.id, { plannedReferences: size.changes, links: size.links });
  return { changes: size.changes, pages: size.pages };
}

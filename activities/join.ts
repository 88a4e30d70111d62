import type { Configuration } from '../rules/configuration.ts';
import { decideJoin, isOthers, joinContext, joinKeys, joinSources, type JoinDecision } from '../rules/join.ts';
import type { Database, Transaction } from '../store/database.ts';
import { recordConflictErrors, type ConflictError } from '../store/errors.ts';
import { forestId } from '../store/forests.ts';
import { matchedObjects, type MatchedObject } from '../store/join-matches.ts';
import { askForJoin } from '../store/join-reviews.ts';
import {
  adoptManaged,
  collectCandidates,
  dropCandidates,
  dropMatches,
  endJoinErrors,
  joinByAnchor,
  type JoinedForests,
} from '../store/joining.ts';
import type { Run } from '../store/runs.ts';
import { reconnectForest } from './reconnect-forest.ts';
import { servedConfigurations, territories } from './served.ts';

const PAGE = 500;

export interface JoinCounts {
  /** Joined by the anchor that we have written. */
  readonly joined: number;
  /** Got a new source object, with the services that they had. */
  readonly reconnected: number;
  /** Joined by another rule, or by an operator. */
  readonly adopted: number;
}

/**
 * Looks in the Managed Forest for objects in scope that have no managed object yet, before any is created: by the anchor, then
 * among the identities whose person they may be, then among what is nobody's. What is found and can not be had keeps its object
 * from being created, and says why.
 */
export async function joinForest(
  database: Database,
  run: Run,
  configuration: Configuration,
  forest: string,
): Promise<JoinCounts> {
  const { customer, managed, join } = configuration;
  const served = await servedConfigurations(database, configuration);
  const context = joinContext(customer, forest, managed.anchorAttribute, join.rules, territories(served));
  const forests: JoinedForests = {
    source: run.forestId,
    managed: await forestId(database, { side: 'managed', name: managed.name }),
  };
  return database.transaction(async (transaction) => {
    const joined = await joinByAnchor(transaction, forests, run.id);
    const reconnected = await reconnectForest(transaction, forests, run, configuration);
    await collectCandidates(transaction, forests, joinSources(join.rules), (object) => joinKeys(object, join.rules));
    let adopted = 0;
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const page = await matchedObjects(transaction, forests, after, PAGE);
      const last = page.at(-1);
      if (last === undefined) break;
      const others = page.flatMap(({ guid, matches }) =>
        matches.filter((match) => isOthers(match, context)).map(({ managedGuid }) => ({ guid, managedGuid })),
      );
      await dropMatches(transaction, run.forestId, others);
      const decided = page.map((object) => ({
        object,
        decision: decideJoin(object, object.matches, object.answer, context),
      }));
      adopted += await follow(transaction, forests, run, decided, (object) =>
        object.matches.filter((match) => !isOthers(match, context)),
      );
      after = last.guid;
    }
    await endJoinErrors(transaction, run.forestId);
    return { joined, reconnected, adopted };
  });
}

interface Decided {
  readonly object: MatchedObject;
  readonly decision: JoinDecision;
}

async function follow(
  transaction: Transaction,
  forests: JoinedForests,
  run: Run,
  decided: readonly Decided[],
  own: (object: MatchedObject) => MatchedObject['matches'],
): Promise<number> {
  const none: string[] = [];
  const adoptions = new Map<string, Parameters<typeof adoptManaged>[3][number]>();
  const errors: ConflictError[] = [];
  const reviews: Parameters<typeof askForJoin>[2][number][] = [];
  for (const { object, decision } of decided) {
    const { guid } = object;
    switch (decision.outcome) {
      case 'none':
        none.push(guid);
        break;
      case 'adopt':
        // Two operators' answers may name the same one: the second is told in the next cycle.
        if (!adoptions.has(decision.managedGuid)) adoptions.set(decision.managedGuid, { guid, ...decision });
        break;
      case 'review':
        reviews.push({
          guid,
          candidates: own(object).map(({ managedGuid, dn, rule }) => ({ guid: managedGuid, dn, rule })),
        });
        errors.push({ guid, attribute: '', ...decision });
        break;
      case 'error':
        errors.push({ guid, attribute: '', ...decision });
        break;
    }
  }
  await dropCandidates(transaction, forests.source, none);
  await recordConflictErrors(transaction, forests.source, 'join', errors);
  await askForJoin(transaction, forests.source, reviews);
  return adoptManaged(transaction, forests, run.id, [...adoptions.values()]);
}

import type { Configuration } from '../rules/configuration.ts';
import {
  decideReconnection,
  evidenceSources,
  limitPassed,
  namesOf,
  shownEvidence,
  type NewSource,
  type ReconnectionDecision,
} from '../rules/reconnection.ts';
import type { Transaction } from '../store/database.ts';
import type { JoinedForests } from '../store/joining.ts';
import {
  collectEvidence,
  foundSources,
  type CaseCandidate,
  type FoundMatch,
  type FoundSource,
} from '../store/reconnection-search.ts';
import {
  dropEvidence,
  endCases,
  linkIdentities,
  openCases,
  wakeRetired,
  type Asked,
  type Link,
} from '../store/reconnections.ts';
import type { Run } from '../store/runs.ts';

const PAGE = 500;

/**
 * Looks whether new source objects are somebody whose services are there already, before their addresses are compared and
 * before anything is created for them. Who is found without a doubt gets the services in this cycle; the others are asked about.
 *
 * @returns how many were reconnected
 */
export async function reconnectForest(
  transaction: Transaction,
  forests: JoinedForests,
  run: Run,
  { reconnection }: Configuration,
): Promise<number> {
  const { rules, limit } = reconnection;
  await wakeRetired(transaction, forests.source);
  await collectEvidence(transaction, forests, evidenceSources(rules), (object) => shownEvidence(object, rules));
  const found: { readonly object: FoundSource; readonly decision: ReconnectionDecision }[] = [];
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page = await foundSources(transaction, forests, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    for (const object of page) found.push({ object, decision: decideReconnection(newSource(object), reconnection) });
    after = last.guid;
  }
  const automatic = found.filter(({ decision }) => decision.outcome === 'reconnect' && decision.automatic).length;
  const none: string[] = [];
  const links = new Map<string, Link>();
  const asked: Asked[] = [];
  for (const { object, decision: first } of found) {
    const { guid } = object;
    const candidates = candidatesOf(object);
    const decision = automatic > limit ? limited(newSource(object), first, automatic, limit) : first;
    if (decision.outcome === 'none') none.push(guid);
    if (decision.outcome === 'case') asked.push({ guid, attribute: '', ...decision, candidates });
    // Two operators may have approved the same identity for two objects: the second is told in the next cycle.
    if (decision.outcome === 'reconnect' && !links.has(decision.identityId))
      links.set(decision.identityId, { guid, ...decision, candidates });
  }
  await dropEvidence(transaction, forests.source, none);
  await openCases(transaction, forests.source, asked);
  const linked = await linkIdentities(transaction, forests.source, run.id, [...links.values()]);
  await endCases(transaction, forests.source);
  return linked;
}

function limited(
  { matches }: NewSource,
  decision: ReconnectionDecision,
  count: number,
  limit: number,
): ReconnectionDecision {
  const [match] = matches;
  if (decision.outcome !== 'reconnect' || !decision.automatic || match === undefined) return decision;
  return limitPassed(match, count, limit);
}

function newSource({ guid, kind, attributes, inError, approved, matches }: FoundSource): NewSource {
  return {
    ...{ guid, kind, inError, approved },
    names: namesOf({ guid, attributes }),
    matches: matches.map(({ attributes: its, ...match }) => ({
      ...match,
      names: namesOf({ guid: match.source.guid, attributes: its }),
    })),
  };
}

function candidatesOf({ kind, matches }: FoundSource): readonly CaseCandidate[] {
  const identities = Map.groupBy(
    matches.filter((match) => match.kind === kind),
    (match) => match.identityId,
  );
  return [...identities.values()].flatMap((evidence: readonly FoundMatch[]) => {
    const [match] = evidence;
    if (match === undefined) return [];
    const { identityId, managedGuid, gone, source } = match;
    return [{ identityId, managedGuid, gone, source, rules: evidence.map(({ rule }) => rule) }];
  });
}

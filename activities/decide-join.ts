import { z } from 'zod';
import type { Configuration } from '../rules/configuration.ts';
import { errorCatalogue } from '../rules/error-catalogue.ts';
import { decideJoin, isOthers, joinContext, type JoinAnswer } from '../rules/join.ts';
import { currentConfiguration } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import { forestId } from '../store/forests.ts';
import { joinedObject, operatorsMatch, type JoinedObject } from '../store/join-matches.ts';
import { answerJoin, type JoinChoice } from '../store/join-reviews.ts';
import type { JoinedForests } from '../store/joining.ts';
import { servedConfigurations, territories } from './served.ts';
import type { JoinDecisionOutcome, JoinDecisionRequest } from './types.ts';

const guid = z.guid().toLowerCase();

const requestSchema = z.strictObject({
  customer: z.string(),
  forest: z.string(),
  object: guid,
  decision: z.enum(['adopt', 'create', 'wait']),
  managed: guid.optional(),
  // It is kept with the answer.
  operator: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@\\-]{0,63}$/u),
});

/**
 * Records an operator's answer to the matches of a source object. What can never be followed is refused at once: a managed
 * object that is joined, of another kind or an enabled account. Reasons name no person.
 */
export async function decideJoinOf(database: Database, request: JoinDecisionRequest): Promise<JoinDecisionOutcome> {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success)
    return refused(`${parsed.error.issues.map((issue) => issue.path.join('.')).join(' and ')} can not be read`);
  const { customer, forest, object, decision, managed = null, operator } = parsed.data;
  if ((decision === 'adopt') !== (managed !== null)) return refused('managed goes with adopt, and only with it');
  const current = await currentConfiguration(database, customer);
  if (current?.configuration.forests.some((one) => one.name === forest) !== true)
    return refused('there is no such customer and forest');
  const { configuration } = current;
  const forests: JoinedForests = {
    source: await forestId(database, { side: 'source', customer, name: forest }),
    managed: await forestId(database, { side: 'managed', name: configuration.managed.name }),
  };
  const known = await joinedObject(database, forests, object);
  if (known === null) return refused('there is no such object');
  const choice = { guid: object, decision, managedGuid: managed, operator };
  const fault = await choiceFault(database, configuration, forest, forests, known, choice);
  if (fault !== null) return refused(fault);
  const candidates = await database.transaction((transaction) => answerJoin(transaction, forests, choice));
  if (candidates === null) return refused('its managed object has been written to; undo that cycle first');
  return { outcome: 'recorded', candidates: candidates.map((one) => ({ managed: one.guid, rule: one.rule })) };
}

/** Why a managed object can not be adopted whatever an operator says; null when it can. */
async function choiceFault(
  database: Database,
  configuration: Configuration,
  forest: string,
  forests: JoinedForests,
  object: JoinedObject,
  { managedGuid }: JoinChoice,
): Promise<string | null> {
  if (managedGuid === null || managedGuid === object.managedGuid) return null;
  const { customer, managed, join } = configuration;
  const parts = territories(await servedConfigurations(database, configuration));
  const context = joinContext(customer, forest, managed.anchorAttribute, join.rules, parts);
  const match = await operatorsMatch(database, forests, object.guid, managedGuid);
  if (match === null || isOthers(match, context)) return 'there is no such managed object';
  const answer: JoinAnswer = { decision: 'adopt', managedGuid, seen: [] };
  const followed = decideJoin(object, [match], answer, context);
  return 'code' in followed ? `${followed.code}: ${errorCatalogue[followed.code].title}` : null;
}

function refused(reason: string): JoinDecisionOutcome {
  return { outcome: 'refused', reason };
}

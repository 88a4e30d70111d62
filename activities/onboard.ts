import { activityInfo } from '@temporalio/activity';
import { overBudget, timeLeft } from '../rules/onboarding.ts';
import { compileWaves } from '../rules/onboarding-settings.ts';
import type { Database } from '../store/database.ts';
import { knownForestId, type ForestId } from '../store/forests.ts';
import {
  admitPage,
  assignWaves,
  closeOnboarding,
  noteActive,
  noteEvents,
  onboardingStanding,
  openedOnboarding,
  openOnboarding,
} from '../store/onboarding.ts';
import { lookSoon } from './alerts.ts';
import { answerPilotOf } from './answer-pilot.ts';
import { ConfigurationMissing, type Dependencies } from './dependencies.ts';
import { heartbeating } from './heartbeat.ts';
import type { OnboardingActivities, OnboardingRequest } from './onboarding-types.ts';
import type { Arrival } from './operator-answers.ts';

/** The steps of an onboarding. It touches no directory: it admits, and the cycles write. */
export function onboardingActivities(dependencies: Dependencies, arrival: () => Arrival): OnboardingActivities {
  const { database } = dependencies;
  return {
    answerPilot: (request, id, given) => heartbeating(() => answerPilotOf(database, request, id, given, arrival())),
    openOnboarding: (request) =>
      heartbeating(async () => {
        const forest = await sourceOf(database, request);
        const by = activityInfo().workflowExecution?.runId ?? '';
        const opened = await database.transaction((transaction) =>
          openOnboarding(transaction, forest, request.plan, by),
        );
        return opened === null ? null : { id: opened.id, waves: opened.waves.map(({ name }) => name) };
      }),
    lookAtOnboarding: (request, id, { events, budget, accepted, samples, activeMs }) =>
      heartbeating(async () => {
        const onboarding = await openedOnboarding(database, id);
        await noteEvents(database, id, events);
        if (events.length > 0) await lookSoon(dependencies, request.customer);
        await noteActive(database, id, activeMs);
        await assignWaves(database, await sourceOf(database, request), id, compileWaves(onboarding.waves));
        const standing = await onboardingStanding(database, onboarding);
        const { counts } = standing;
        return {
          ...standing,
          over: overBudget(counts, budget, accepted),
          left: standing.ready ? timeLeft(counts, samples, activeMs) : null,
        };
      }),
    admitPage: (onboarding, wave, page, limit) =>
      heartbeating(() =>
        database.transaction((transaction) => admitPage(transaction, { onboarding, wave, page, limit })),
      ),
    closeOnboarding: (id, state, events, activeMs) =>
      heartbeating(async () => {
        const onboarding = await openedOnboarding(database, id);
        await noteEvents(database, id, events);
        const { counts } = await database.transaction((transaction) =>
          closeOnboarding(transaction, onboarding, state, activeMs),
        );
        return counts;
      }),
  };
}

async function sourceOf(database: Database, { customer, forest }: OnboardingRequest): Promise<ForestId> {
  const known = await knownForestId(database, { side: 'source', customer, name: forest });
  if (known === null) throw new ConfigurationMissing(`The customer ${customer} has no forest ${forest}.`);
  return known;
}

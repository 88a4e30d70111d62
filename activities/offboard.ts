import { activityInfo } from '@temporalio/activity';
import { currentConfiguration } from '../store/configurations.ts';
import { abandonHold } from '../store/holds.ts';
import { abandonedHolds, closeOffboarding, forestHolders, openOffboarding, stopClocks } from '../store/offboarding.ts';
import {
  closeWaves,
  lastWave,
  noteOffboarding,
  offboardingCounts,
  untaken,
  withdraw,
} from '../store/offboarding-waves.ts';
import { lookSoon } from './alerts.ts';
import { answerOffboardingOf } from './answer-pilot.ts';
import { ConfigurationMissing, type Dependencies } from './dependencies.ts';
import { heartbeating } from './heartbeat.ts';
import type { OffboardingActivities } from './offboarding-types.ts';
import type { Arrival } from './operator-answers.ts';

/** The steps of an offboarding. It touches no directory. */
export function offboardingActivities(
  { database, workflows }: Dependencies,
  arrival: () => Arrival,
): OffboardingActivities {
  return {
    openOffboarding: ({ customer, way, operator, id }) =>
      heartbeating(async () => {
        const { workflowId, runId } = activityInfo().workflowExecution ?? { workflowId: '', runId: '' };
        if (workflowId !== id)
          return {
            refused: `an offboarding of ${customer} has the workflow id ${id}, so that there are never two at once`,
          };
        const offboarding = await database.transaction((transaction) =>
          openOffboarding(transaction, customer, way, operator, runId),
        );
        if (offboarding !== null) await lookSoon({ database, workflows }, customer);
        return offboarding === null
          ? { refused: `${customer} is offboarded already` }
          : { offboarding, lastWave: await lastWave(database, customer) };
      }),
    lookAtOffboarding: ({ customer }, offboarding, events) =>
      heartbeating(async () => {
        await noteOffboarding(database, offboarding, events);
        const current = await currentConfiguration(database, customer);
        return {
          counts: await offboardingCounts(database, customer),
          untaken: await untaken(database, customer),
          forests: current?.configuration.forests.map(({ name }) => name) ?? [],
        };
      }),
    withdraw: ({ customer }, wave) =>
      heartbeating(() => database.transaction((transaction) => withdraw(transaction, customer, wave))),
    answerOffboarding: (request, offboarding, given) =>
      heartbeating(() => answerOffboardingOf(database, request, offboarding, given, arrival())),
    closeWaves: ({ customer }, offboarding, state, events) =>
      heartbeating(async () => {
        await noteOffboarding(database, offboarding, events);
        return database.transaction((transaction) => closeWaves(transaction, customer, offboarding, state));
      }),
    endSchedules: ({ customer }) =>
      heartbeating(async () => {
        const current = await currentConfiguration(database, customer);
        if (current === null) throw new ConfigurationMissing(`The customer ${customer} has no configuration.`);
        await workflows.endSchedules(current.configuration);
      }),
    endWorkflows: ({ customer }) =>
      heartbeating(async () => {
        const ending = await workflows.endAll(customer, activityInfo().workflowExecution?.workflowId ?? '');
        // The list of workflows is behind by a moment; the locks are not.
        const holders = [];
        for (const holder of await forestHolders(database, customer))
          if (await workflows.isRunning(holder)) holders.push(holder.workflowId);
        return { ...ending, waits: [...new Set([...holders, ...ending.waits])] };
      }),
    closeLeaving: ({ customer }, offboarding) =>
      heartbeating(() =>
        database.transaction(async (transaction) => {
          for (const hold of await abandonedHolds(transaction, customer)) await abandonHold(transaction, hold);
          await stopClocks(transaction, customer);
          await closeOffboarding(transaction, offboarding, 'completed');
        }),
      ),
  };
}

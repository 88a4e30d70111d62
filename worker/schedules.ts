import { ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { milliseconds, type Configuration } from '../rules/configuration.ts';
import { cycleId, cycleScheduleId } from '../workflows/ids.ts';
import { applySchedule, removeSchedule } from './schedule.ts';

/** Creates or updates the Schedule of each of a customer's forests to what its configuration says; never skipped silently. */
export async function applySchedules(client: Client, configuration: Configuration, taskQueue: string): Promise<void> {
  for (const forest of configuration.forests) {
    const options = {
      spec: { intervals: [{ every: milliseconds(configuration.cycle.every) }] },
      action: {
        type: 'startWorkflow',
        workflowType: 'syncCycle',
        workflowId: cycleId(configuration.customer, forest.name),
        args: [{ customer: configuration.customer, forest: forest.name, profile: 'delta' }],
        taskQueue,
        staticSummary: `Delta cycle of ${configuration.customer}/${forest.name}`,
      },
      // A cycle that waits for an operator has given its forest back: the next one goes on. Where a forest is taken, a cycle ends at once.
      policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: '10 minutes', pauseOnFailure: false },
    } satisfies Omit<ScheduleOptions, 'scheduleId'>;
    await applySchedule(client, { ...options, scheduleId: cycleScheduleId(configuration.customer, forest.name) });
  }
}

/** Takes the Schedules of a customer's forests away, where they are. */
export async function removeSchedules(
  client: Client,
  configuration: { readonly customer: string; readonly forests: readonly { readonly name: string }[] },
): Promise<void> {
  for (const forest of configuration.forests)
    await removeSchedule(client, cycleScheduleId(configuration.customer, forest.name));
}

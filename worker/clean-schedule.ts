import { ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import type { Configuration } from '../rules/configuration.ts';
import { cleanId, cleanScheduleId } from '../workflows/ids.ts';
import { applySchedule, removeSchedule } from './schedule.ts';

/** Creates or updates the Schedule of a customer's daily cleaning to what its configuration says. */
export async function applyCleanSchedule(
  client: Client,
  { customer, keeping }: Configuration,
  taskQueue: string,
): Promise<void> {
  const [hour = 0, minute = 0] = keeping.at.split(':').map(Number);
  const options = {
    spec: { calendars: [{ hour, minute }], timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: 'cleanCustomer',
      workflowId: cleanId(customer),
      args: [{ customer }],
      taskQueue,
      staticSummary: `Daily cleaning of ${customer}`,
    },
    // One that is still at work does what the next one would.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '20 hours', pauseOnFailure: false },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  await applySchedule(client, { ...options, scheduleId: cleanScheduleId(customer) });
}

/** Takes the Schedule of a customer's cleaning away, where there is one. */
export async function removeCleanSchedule(client: Client, customer: string): Promise<void> {
  await removeSchedule(client, cleanScheduleId(customer));
}

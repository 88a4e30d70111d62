import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import type { Configuration } from '../rules/configuration.ts';
import { cleanId, cleanScheduleId } from '../workflows/ids.ts';

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
  const handle = client.schedule.getHandle(cleanScheduleId(customer));
  try {
    await handle.update((previous) => ({
      ...previous,
      spec: options.spec,
      action: options.action,
      policies: options.policies,
    }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule.create({ ...options, scheduleId: handle.scheduleId });
  }
}

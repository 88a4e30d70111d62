import { ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { isAlerting } from '../rules/alert-settings.ts';
import { milliseconds, type Configuration } from '../rules/configuration.ts';
import { alertId, alertScheduleId } from '../workflows/ids.ts';
import { applySchedule, removeSchedule } from './schedule.ts';

/**
 * Creates or updates the Schedule by which it is looked for what only time tells, or takes it away where alerts go nowhere.
 *
 * @returns whether there is one
 */
export async function applyAlertSchedule(
  client: Client,
  { customer, alerts }: Configuration,
  taskQueue: string,
): Promise<boolean> {
  if (!isAlerting(alerts)) {
    await removeAlertSchedule(client, customer);
    return false;
  }
  const options = {
    spec: { intervals: [{ every: milliseconds(alerts.every) }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'watchAlerts',
      workflowId: alertId(customer),
      args: [{ customer }],
      taskQueue,
      staticSummary: `Alerts of ${customer}`,
    },
    // One that waits for a mail server does what the next one would.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute', pauseOnFailure: false },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  await applySchedule(client, { ...options, scheduleId: alertScheduleId(customer) });
  return true;
}

/** Takes the Schedule of a customer's alerts away, where there is one. */
export async function removeAlertSchedule(client: Client, customer: string): Promise<void> {
  await removeSchedule(client, alertScheduleId(customer));
}

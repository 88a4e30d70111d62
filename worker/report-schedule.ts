import { ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import type { Configuration } from '../rules/configuration.ts';
import { isDelivered } from '../rules/report-settings.ts';
import { reportId, reportScheduleId } from '../workflows/ids.ts';
import { applySchedule, removeSchedule } from './schedule.ts';

/**
 * Creates or updates the Schedule of a customer's daily report to what its configuration says, or takes it away where there is to
 * be none.
 *
 * @returns whether there is one
 */
export async function applyReportSchedule(
  client: Client,
  { customer, reports }: Configuration,
  taskQueue: string,
): Promise<boolean> {
  if (reports.when !== 'daily' || !isDelivered(reports)) {
    await removeReportSchedule(client, customer);
    return false;
  }
  const [hour = 0, minute = 0] = reports.at.split(':').map(Number);
  const options = {
    spec: { calendars: [{ hour, minute }], timezone: reports.timeZone },
    action: {
      type: 'startWorkflow',
      workflowType: 'syncReport',
      workflowId: reportId(customer),
      args: [{ customer, about: { kind: 'day' }, deliver: true }],
      taskQueue,
      staticSummary: `Daily report of ${customer}`,
    },
    // One that waits for a mail server does not keep the next one back, and one that was due while Temporal was down is made later.
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: '20 hours', pauseOnFailure: false },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  await applySchedule(client, { ...options, scheduleId: reportScheduleId(customer) });
  return true;
}

/** Takes the Schedule of a customer's daily report away, where there is one. */
export async function removeReportSchedule(client: Client, customer: string): Promise<void> {
  await removeSchedule(client, reportScheduleId(customer));
}

import { ScheduleNotFoundError, type Client, type ScheduleOptions } from '@temporalio/client';

/** Creates a Schedule, or updates the one that there is to what it shall be; what an operator has paused stays paused. */
export async function applySchedule(
  client: Client,
  options: ScheduleOptions & Required<Pick<ScheduleOptions, 'policies'>>,
): Promise<void> {
  const { scheduleId, spec, action, policies } = options;
  try {
    await client.schedule.getHandle(scheduleId).update((previous) => ({ ...previous, spec, action, policies }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule.create(options);
  }
}

/** Takes a Schedule away, where it is. */
export async function removeSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

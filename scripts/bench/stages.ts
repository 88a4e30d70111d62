import type { WorkflowHandle } from '@temporalio/client';

/** When activities of one type ran in a workflow, from the first's scheduling to the last's end. */
export interface Stage {
  readonly activity: string;
  readonly from: number;
  readonly to: number;
}

/** The stages of a workflow in order: activities of one type that follow each other are one. Times in milliseconds. */
export async function stagesOf(handle: WorkflowHandle): Promise<readonly Stage[]> {
  const { events } = await handle.fetchHistory();
  const scheduled = new Map<string, { activity: string; from: number }>();
  const stages: { activity: string; from: number; to: number }[] = [];
  for (const event of events ?? []) {
    const at = Number(event.eventTime?.seconds ?? 0) * 1000 + (event.eventTime?.nanos ?? 0) / 1e6;
    const begun = event.activityTaskScheduledEventAttributes;
    if (begun) scheduled.set(String(event.eventId), { activity: begun.activityType?.name ?? '', from: at });
    const ended = event.activityTaskCompletedEventAttributes;
    const work = ended ? scheduled.get(String(ended.scheduledEventId)) : undefined;
    if (work === undefined) continue;
    const last = stages.at(-1);
    if (last?.activity === work.activity) last.to = at;
    else stages.push({ ...work, to: at });
  }
  return stages;
}

export function seconds(stages: readonly Stage[], activity: string, occurrence = 0): number {
  const stage = stages.filter((item) => item.activity === activity)[occurrence];
  return stage === undefined ? 0 : (stage.to - stage.from) / 1000;
}

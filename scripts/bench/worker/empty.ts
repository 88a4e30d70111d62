import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { inFlight } from '../../../activities/in-flight.ts';
import { STARTS } from '../../../activities/provision-services.ts';

export interface EmptyActivities {
  nothing(): Promise<void>;
  startEmpty(count: number): Promise<void>;
}

/** What the benchmark measures object workflows against: started by the worker itself, eagerly, as many at once. */
export function emptyActivities(client: Client, taskQueue: string): EmptyActivities {
  let done = 0;
  return {
    nothing: () => {
      done += 1;
      return Promise.resolve();
    },
    startEmpty: async (count) => {
      const wanted = done + count;
      const ids = Array.from({ length: count }, () => `empty/${randomUUID()}`);
      await inFlight(ids, STARTS, async (workflowId) => {
        await client.workflow.start('emptyObject', { workflowId, taskQueue, requestEagerStart: true });
      });
      while (done < wanted) await new Promise((resolve) => setTimeout(resolve, 50));
    },
  };
}

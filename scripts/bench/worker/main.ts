import { join } from 'node:path';
import { runWorker } from '../../../worker/run-worker.ts';
import { emptyActivities } from './empty.ts';

await runWorker(process.env, {
  workflowsPath: join(import.meta.dirname, 'workflows.ts'),
  activities: (client, taskQueue) => ({ ...emptyActivities(client, taskQueue) }),
});

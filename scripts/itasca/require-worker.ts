import { Mistake } from './mistake.ts';
import type { Session } from './session.ts';

/** @throws Mistake when no worker polls the task queue: a workflow that nobody works on would be waited for without end */
export async function requireWorker(session: Session): Promise<void> {
  const { taskQueue } = session.settings;
  const { options } = await session.temporal();
  const { workflowService } = await session.connection();
  const { pollers } = await workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: taskQueue },
  });
  if (pollers.length === 0)
    throw new Mistake(
      `No worker asks for work on the task queue ${taskQueue} of the namespace ${options.namespace}. Start one, or look at ITASCA_TASK_QUEUE and TEMPORAL_NAMESPACE.`,
    );
}

import { WithStartWorkflowOperation } from '@temporalio/client';
import type { ReconnectionAnswer } from '../../activities/reconnection-types.ts';
import { migrationId, reconnectionId } from '../../workflows/ids.ts';
import type { CaseAnswer } from '../../workflows/messages.ts';
import type { migrateServices } from '../../workflows/migrate-services.ts';
import type { reconnectServices } from '../../workflows/reconnect-services.ts';
import type { Session } from './session.ts';

/** A new source object that an operator decides about. */
export interface Decided {
  readonly customer: string;
  readonly forest: string;
  readonly guid: string;
}

/**
 * Answers the case of a new source object by an update of its workflow, which is started where it does not run.
 *
 * @returns what was recorded
 * @throws WorkflowUpdateFailedError when it is refused, with the reason as its cause
 */
export async function answerCase(
  session: Session,
  { customer, forest, guid }: Decided,
  { decision, operator, managed }: ReconnectionAnswer,
): Promise<string> {
  const temporal = await session.temporal();
  return temporal.workflow.executeUpdateWithStart<typeof reconnectServices, string, [CaseAnswer]>(decision, {
    args: [{ operator, ...(managed === undefined ? {} : { managed }) }],
    startWorkflowOperation: new WithStartWorkflowOperation<typeof reconnectServices>('reconnectServices', {
      args: [{ customer, forest, object: guid }],
      taskQueue: session.settings.taskQueue,
      workflowId: reconnectionId(customer, forest, guid),
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Reconnection of the source object ${guid}`,
    }),
  });
}

/** Starts the workflow of a migration map, which checks it and waits for its approval. */
export async function startMigration(session: Session, customer: string, map: string): Promise<string> {
  const temporal = await session.temporal();
  const handle = await temporal.workflow.start<typeof migrateServices>('migrateServices', {
    args: [{ customer, map }],
    taskQueue: session.settings.taskQueue,
    workflowId: migrationId(customer, map),
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Migration map ${map} of ${customer}`,
  });
  return handle.workflowId;
}

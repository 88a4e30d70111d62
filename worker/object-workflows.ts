import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { Dependencies, EndingObject } from '../activities/dependencies.ts';
import type { ProvisionRequest } from '../activities/object-types.ts';
import type { HeldList } from '../activities/types.ts';
import type { Holder } from '../store/locks.ts';
import { alertId, deprovisionId, provisionId, reconnectionId, reportId } from '../workflows/ids.ts';
import type { deprovisionObject } from '../workflows/deprovision-object.ts';
import { evaluatedSignal, holdChangedSignal, lookSignal, newsSignal } from '../workflows/messages.ts';
import type { provisionObject } from '../workflows/provision-object.ts';
import type { reconnectServices } from '../workflows/reconnect-services.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import type { syncReport } from '../workflows/sync-report.ts';
import { customerWorkflows } from './customer-workflows.ts';
import type { watchAlerts } from '../workflows/watch-alerts.ts';

/** What activities do with other workflows, by a client of the worker's own connection. */
export function objectWorkflows(client: Client, taskQueue: string): Dependencies['workflows'] {
  return {
    ...customerWorkflows(client),
    isRunning: async (holder: Holder) => {
      try {
        const { status, raw } = await client.workflow.getHandle(holder.workflowId).describe();
        const firstRun = raw.workflowExecutionInfo?.firstRunId;
        return status.name === 'RUNNING' && firstRun === holder.workflowRun;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    holdChanged: async (holder: Holder, list: HeldList) => {
      try {
        await client.workflow.getHandle(holder.workflowId).signal(holdChangedSignal, list);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
    startReport: async (customer: string, run: string) => {
      try {
        await client.workflow.start<typeof syncReport>('syncReport', {
          args: [{ customer, about: { kind: 'cycle', run }, deliver: true }],
          taskQueue,
          workflowId: reportId(customer, `cycle-${run}`),
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `Report of ${customer}, cycle ${run}`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    lookAtAlerts: async (customer: string) => {
      await client.workflow.signalWithStart<typeof watchAlerts>('watchAlerts', {
        args: [{ customer }],
        taskQueue,
        workflowId: alertId(customer),
        workflowIdConflictPolicy: 'USE_EXISTING',
        signal: lookSignal,
        signalArgs: [],
        staticSummary: `Alerts of ${customer}`,
      });
    },
    startDeprovisioning: async (request: ProvisionRequest, { sourceGuid, kind }: EndingObject) => {
      await client.workflow.signalWithStart<typeof deprovisionObject, [ProvisionRequest]>('deprovisionObject', {
        args: [request],
        taskQueue,
        workflowId: deprovisionId(request.customer, request.identity),
        workflowIdConflictPolicy: 'USE_EXISTING',
        signal: evaluatedSignal,
        signalArgs: [request],
        staticSummary: `End of the services of the ${kind} ${sourceGuid}`,
        typedSearchAttributes: [
          { key: searchAttributes.customer, value: request.customer },
          { key: searchAttributes.forest, value: request.forest },
          { key: searchAttributes.objectGuid, value: sourceGuid },
          { key: searchAttributes.objectKind, value: kind },
          { key: searchAttributes.status, value: 'Running' },
        ],
      });
    },
    startReconnection: async (request) => {
      await client.workflow.signalWithStart<typeof reconnectServices>('reconnectServices', {
        args: [request],
        taskQueue,
        workflowId: reconnectionId(request.customer, request.forest, request.object),
        workflowIdConflictPolicy: 'USE_EXISTING',
        signal: newsSignal,
        signalArgs: [],
        staticSummary: `Reconnection of the source object ${request.object}`,
        typedSearchAttributes: [
          { key: searchAttributes.customer, value: request.customer },
          { key: searchAttributes.forest, value: request.forest },
          { key: searchAttributes.objectGuid, value: request.object },
          { key: searchAttributes.status, value: 'Running' },
        ],
      });
    },
    startProvisioning: async (request: ProvisionRequest, sourceGuid: string, again: boolean) => {
      const options = {
        args: [request],
        taskQueue,
        workflowId: provisionId(request.customer, request.identity),
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `Mailbox of the user ${sourceGuid}`,
        typedSearchAttributes: [
          { key: searchAttributes.customer, value: request.customer },
          { key: searchAttributes.forest, value: request.forest },
          { key: searchAttributes.objectGuid, value: sourceGuid },
          { key: searchAttributes.objectKind, value: 'user' },
          { key: searchAttributes.status, value: 'Running' },
        ],
      } satisfies WorkflowStartOptions<typeof provisionObject>;
      // Without the signal a start is cheaper: the worker gets the first task with the answer.
      if (again)
        await client.workflow.signalWithStart<typeof provisionObject, [ProvisionRequest]>('provisionObject', {
          ...options,
          signal: evaluatedSignal,
          signalArgs: [request],
        });
      else
        await client.workflow.start<typeof provisionObject>('provisionObject', { ...options, requestEagerStart: true });
    },
  };
}

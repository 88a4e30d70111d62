import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Dependencies } from '../activities/dependencies.ts';
import { isCancelled } from '../rules/offboarding.ts';
import { conversionId } from '../workflows/ids.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { removeAlertSchedule } from './alert-schedule.ts';
import { removeCleanSchedule } from './clean-schedule.ts';
import { removeReportSchedule } from './report-schedule.ts';
import { removeSchedules } from './schedules.ts';

/** Workflows that are waited for, as many as an operator reads. */
const NAMED = 5;

/** What an offboarding does with the workflows and Schedules of its customer. */
export function customerWorkflows(client: Client): Pick<Dependencies['workflows'], 'endAll' | 'endSchedules'> {
  return {
    endAll: async (customer, except) => {
      const waits: string[] = [];
      let running = 0;
      const query = `(\`Customer\`="${customer}" OR \`WorkflowId\` STARTS_WITH "${conversionId(customer, '')}") AND \`ExecutionStatus\`="Running"`;
      for await (const { workflowId, runId, type, typedSearchAttributes } of client.workflow.list({ query })) {
        if (workflowId === except) continue;
        running += 1;
        if (isCancelled(type, typedSearchAttributes.get(searchAttributes.status))) {
          try {
            await client.workflow.getHandle(workflowId, runId).cancel();
          } catch (error) {
            if (!(error instanceof WorkflowNotFoundError)) throw error;
          }
        } else if (waits.length < NAMED) waits.push(workflowId);
      }
      return { running, waits };
    },
    endSchedules: async (configuration) => {
      await removeSchedules(client, configuration);
      await removeReportSchedule(client, configuration.customer);
      await removeCleanSchedule(client, configuration.customer);
      await removeAlertSchedule(client, configuration.customer);
    },
  };
}

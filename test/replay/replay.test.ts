import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { workflowsPath } from '../../worker/worker.ts';
import { recordedHistories } from '../support/histories.ts';

/**
 * Histories of real runs, recorded by `ITASCA_RECORD=1 npm test`, replayed with the workflow code of today: a change
 * that workflows which run at an upgrade could not go on with fails here.
 */
Runtime.install({ logger: new DefaultLogger('ERROR') });

const histories = recordedHistories();

test('there is a history of each workflow, and of each way that it can take', () => {
  expect(histories.map(({ name }) => name)).toEqual([
    'check-customer-passed',
    'clean-customer-done',
    'convert-recipient-converted',
    'convert-recipient-corrected',
    'convert-recipient-given-up',
    'convert-recipient-refused',
    'decide-join-recorded',
    'decide-join-refused',
    'deprovision-object-delayed',
    'deprovision-object-done',
    'deprovision-object-failed-continued',
    'deprovision-object-hold',
    'deprovision-object-returned-during-grace',
    'deprovision-object-returned-during-retention',
    'migrate-services-migrated',
    'offboard-customer-deprovisioned',
    'offboard-customer-left',
    'offboard-customer-stopped',
    'onboard-customer-budget',
    'onboard-customer-continued',
    'preview-cycle-previewed',
    'provision-object-corrected',
    'provision-object-failed',
    'provision-object-in-place',
    'provision-object-provisioned',
    'provision-object-skipped',
    'purge-data-erased',
    'reconnect-services-approved',
    'reconnect-services-automatic',
    'reconnect-services-rejected',
    'reconnect-services-undone',
    'sync-cycle-approved-continued',
    'sync-cycle-approved',
    'sync-cycle-completed',
    'sync-cycle-continued',
    'sync-cycle-expired',
    'sync-cycle-failed',
    'sync-cycle-first-plan',
    'sync-cycle-object',
    'sync-cycle-rejected',
    'sync-cycle-skipped',
    'sync-cycle-two-operators',
    'sync-report-delivered',
    'sync-report-undelivered',
    'undo-cycle-approved',
    'undo-cycle-rejected',
    'watch-alerts-told',
  ]);
});

let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
});

test.each(histories)('$name goes on with the workflow code of today', async ({ history }) => {
  await Worker.runReplayHistory({ workflowBundle }, history);
});

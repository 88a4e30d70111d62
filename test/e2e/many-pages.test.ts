import { recordHistory } from '../support/histories.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { pauseSignal, progressQuery, resumeSignal } from '../../workflows/messages.ts';
import type { syncCycle } from '../../workflows/sync-cycle.ts';

const users = 300;
let product: Product;

beforeAll(async () => {
  product = await openProduct({
    change: (configuration) => ({ ...configuration, cycle: { ...configuration.cycle, pageSize: 10, writers: 3 } }),
  });
  const chief = await product.source.add('user', 'Chief', mailUser(`chief.${product.name}`));
  const manager = [`<GUID=${chief}>`];
  await Promise.all(
    Array.from({ length: users - 1 }, (_, index) => {
      const alias = `user${String(index)}.${product.name}`;
      return product.source.add('user', `User ${String(index)}`, mailUser(alias, { manager }));
    }),
  );
});

afterAll(() => product.dispose());

test('a cycle of many pages is paused and resumed, continues as new, and writes every page once', async () => {
  const workflowId = `cycle/${product.name}/corp`;
  const handle = await product.temporal.workflow.start<typeof syncCycle>('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: 'full' }],
    taskQueue: product.taskQueue,
    workflowId,
  });
  const latest = product.temporal.workflow.getHandle<typeof syncCycle>(workflowId);
  await latest.signal(pauseSignal);
  const progress = await latest.query(progressQuery);
  expect(progress.paused).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect((await product.managedObjects([])).size).toBe(0);
  await latest.signal(resumeSignal);

  const result = await latest.result();
  expect(result.counts).toMatchObject({
    planned: users,
    plannedReferences: users - 1,
    written: 2 * users - 1,
    failed: 0,
    unconfirmed: 0,
  });
  const runs = await product.database.query("SELECT 1 FROM run WHERE outcome = 'completed'");
  expect(runs).toHaveLength(1);
  const { runId } = await latest.describe();
  expect(runId).not.toBe(handle.firstExecutionRunId);
  const objects = await product.managedObjects(['manager']);
  expect(objects.size).toBe(users);
  expect([...objects.values()].filter((entry) => entry.links['manager'] !== undefined)).toHaveLength(users - 1);
  await recordHistory(product.temporal, workflowId, 'sync-cycle-continued');
});

test('the forest is free again after a cycle that continued as new', async () => {
  expect(await product.cycle()).toMatchObject({ outcome: 'completed', counts: { planned: 0, plannedReferences: 0 } });
});

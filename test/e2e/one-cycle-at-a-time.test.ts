import { WorkflowFailedError } from '@temporalio/client';
import { forestId } from '../../store/forests.ts';
import { takeForestLock } from '../../store/locks.ts';
import { recordHistory } from '../support/histories.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

let product: Product;

beforeAll(async () => {
  product = await openProduct();
  await product.source.add('user', 'Only One', mailUser(`only.${product.name}`));
});

afterAll(() => product.dispose());

// Shows: Guard / one cycle of a forest at a time, however it is started (samba)
test('of cycles that are started at once, by whatever id, one runs and the others end and say by whom', async () => {
  const results = await Promise.all([product.cycle(), product.cycle(), product.cycle()]);
  const completed = results.filter((result) => result.outcome === 'completed');
  const skipped = results.filter((result) => result.outcome === 'skipped');
  expect(completed.length + skipped.length).toBe(3);
  expect(completed.length).toBeGreaterThanOrEqual(1);
  for (const result of skipped) expect(result.holder).toMatch(new RegExp(`^cycle/${product.name}/corp-`));
  expect((await product.managedObjects([])).size).toBe(1);
  // No two runs overlapped.
  const overlaps = await product.database.query(
    'SELECT 1 FROM run a JOIN run b ON a.id < b.id AND a.forest_id = b.forest_id WHERE a.started_at < b.ended_at AND b.started_at < a.ended_at',
  );
  expect(overlaps).toEqual([]);
});

test('the lock of a workflow that was terminated is taken over', async () => {
  const handle = await product.temporal.workflow.start('syncCycle', {
    args: [{ customer: product.name, forest: 'corp', profile: 'full' }],
    taskQueue: 'nobody-polls-here',
    workflowId: `abandoned/${product.name}`,
  });
  const holder = { workflowId: handle.workflowId, workflowRun: handle.firstExecutionRunId };
  const forest = await forestId(product.database, { side: 'source', customer: product.name, name: 'corp' });
  expect((await takeForestLock(product.database, forest, holder, null)).taken).toBe(true);
  expect(await product.cycle()).toMatchObject({ outcome: 'skipped', holder: handle.workflowId });
  await recordHistory(product.temporal, `cycle/${product.name}/corp-4`, 'sync-cycle-skipped');
  await handle.terminate('test');
  expect(await product.cycle()).toMatchObject({ outcome: 'completed' });
});

test('a cycle of a customer without configuration fails with a sentence that says what to do', async () => {
  const failing = product.temporal.workflow.execute('syncCycle', {
    args: [{ customer: 'nobody', forest: 'corp', profile: 'full' }],
    taskQueue: product.taskQueue,
    workflowId: `cycle/nobody-${product.name}`,
  });
  await failing.catch(() => undefined);
  await recordHistory(product.temporal, `cycle/nobody-${product.name}`, 'sync-cycle-failed');
  const error = await failing.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect(JSON.stringify(error instanceof WorkflowFailedError ? error.cause : null)).toContain(
    'has no configuration. Apply one first.',
  );
});

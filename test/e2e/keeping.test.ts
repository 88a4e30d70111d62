import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { applyRetention } from '../../worker/namespace-retention.ts';
import type { cleanCustomer } from '../../workflows/clean-customer.ts';
import { cleanId } from '../../workflows/ids.ts';
import { itascaJson } from '../support/command.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;

beforeAll(async () => {
  product = await openProduct();
  await product.source.add('user', 'Ada', mailUser(`ada.${product.name}`, { title: ['Engineer'] }));
});

afterAll(() => product.dispose());

async function happened(): Promise<readonly string[]> {
  const { value } = await itascaJson(product, 'object', 'explain', `ada.${product.name}@contoso.test`);
  return (value as { readonly timeline: readonly { readonly what: string; readonly details: string }[] }).timeline.map(
    ({ what, details }) => `${what}: ${details}`,
  );
}

// Shows: Keeping / the daily cleaning deletes what is older than configured, by a workflow, and what is younger stays (samba)
test('a cleaning deletes the record of long ago, and the timeline goes on from there', async () => {
  const first = await product.cycle();
  await done(
    product.source.writer.modify({ dn: product.source.dn('Ada') }, [
      { operation: 'replace', attribute: 'title', values: ['Director'] },
    ]),
  );
  // Three years pass between the first change and the second one.
  const then = "now() - interval '3 years'";
  await product.database.query(`UPDATE run SET started_at = ${then}, ended_at = ${then} WHERE id = $1`, [first.run]);
  await product.database.query(
    `UPDATE planned_change SET planned_at = ${then}, applied_at = ${then} WHERE run_id = $1`,
    [first.run],
  );
  await product.cycle('delta');
  expect((await happened()).filter((one) => one.startsWith('write: '))).toEqual(['write: add', 'write: modify']);
  const { deleted, left } = await product.temporal.workflow.execute<typeof cleanCustomer>('cleanCustomer', {
    args: [{ customer: product.name }],
    taskQueue: product.taskQueue,
    workflowId: cleanId(product.name),
  });
  await recordHistory(product.temporal, cleanId(product.name), 'clean-customer-done');
  expect({ left, changes: deleted.changes }).toEqual({ left: [], changes: 1 });
  expect((await happened()).filter((one) => one.startsWith('write: '))).toEqual(['write: modify']);
  expect((await product.cycle('full')).counts).toMatchObject({ planned: 0 });
});

// Shows: Keeping / Temporal keeps histories as long as the configuration says (none)
test("the namespace's retention is what is configured, and set where it is another", async () => {
  const connection = await Connection.connect({ address: testStack().temporal.address });
  const namespace = `keeping-${randomBytes(4).toString('hex')}`;
  try {
    const { workflowService } = connection;
    const day = msToTs('1 day');
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: day });
    expect(await applyRetention(connection, namespace, 45)).toBe(true);
    const { config } = await workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(45 * 86_400);
    expect(await applyRetention(connection, namespace, 45)).toBe(false);
  } finally {
    await connection.close();
  }
});

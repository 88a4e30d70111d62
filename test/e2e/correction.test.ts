import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { listErrors } from '../../store/errors.ts';
import { retryUpdate, skipUpdate } from '../../workflows/messages.ts';
import type { provisionObject } from '../../workflows/provision-object.ts';
import { provisionId } from '../../workflows/ids.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { done } from '../support/directory-sandbox.ts';
import { recordHistory } from '../support/histories.ts';
import { mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';
import { testStack } from '../support/stack.ts';

let product: Product;
let database: string;
let passwordFile: string;

beforeAll(async () => {
  const { namingContext } = testStack().managed;
  passwordFile = join(await mkdtemp(join(tmpdir(), 'itasca-')), 'managed.password');
  await writeFile(passwordFile, testStack().managed.service.password, { mode: 0o600 });
  product = await openProduct({
    change: (configuration) => ({
      ...configuration,
      managed: { ...configuration.managed, passwordFile },
      exchange: {
        ...configuration.exchange,
        regions: {
          ...configuration.exchange.regions,
          AP: { databases: [missing(configuration.customer, namingContext)] },
        },
      },
    }),
  });
  database = missing(product.name, namingContext);
  for (const name of ['mended', 'given up'])
    await product.source.add(
      'user',
      name,
      mailUser(`${name.replace(' ', '')}.${product.name}`, { extensionAttribute9: ['REG=AP;MBX=2GB;TYPE=KIOSK'] }),
    );
});

afterAll(async () => {
  await product.managed.remove({ dn: database });
  await product.dispose();
  await rm(dirname(passwordFile), { recursive: true });
});

/** A database that is configured, but that nobody has made yet. */
function missing(customer: string, namingContext: string): string {
  return `CN=${customer},CN=Services,CN=Configuration,${namingContext}`;
}

async function identityOf(name: string): Promise<string> {
  const [row] = await product.database.query<{ id: string }>('SELECT id FROM identity WHERE cn = $1', [name]);
  return row?.id ?? '';
}

// Shows: Validation / a PE error blocks only the service (samba)
test('a mailbox that the managed forest refuses waits for a correction; the cycle ends and says so', async () => {
  const result = await product.cycle();
  expect(result).toMatchObject({
    outcome: 'completed',
    counts: { planned: 2, failed: 0, started: 2, provisioned: 0, blocked: 2, open: 0 },
  });
  const errors = await listErrors(product.database, product.forest, 10);
  expect(errors.map((error) => error.code)).toEqual(['PE901', 'PE901']);
  const status = await product.temporal.workflow
    .getHandle(provisionId(product.name, await identityOf('mended')))
    .describe();
  expect(status.status.name).toBe('RUNNING');
  expect(status.typedSearchAttributes.get(searchAttributes.status)).toBe('AwaitingCorrection');
  expect(status.typedSearchAttributes.get(searchAttributes.errorCode)).toBe('PE901');
});

test('an update `skip` ends the workflow, and the object stays as it is', async () => {
  const id = provisionId(product.name, await identityOf('given up'));
  const handle = product.temporal.workflow.getHandle<typeof provisionObject>(id);
  await handle.executeUpdate(skipUpdate);
  expect(await handle.result()).toEqual({ outcome: 'skipped', code: 'PE901' });
  await recordHistory(product.temporal, id, 'provision-object-skipped');
});

test('an update `retry` provisions it once the cause is mended, and the error is gone', async () => {
  await done(product.managed.add(database, { objectClass: ['container'] }));
  const id = provisionId(product.name, await identityOf('mended'));
  const handle = product.temporal.workflow.getHandle<typeof provisionObject>(id);
  await handle.executeUpdate(retryUpdate);
  expect(await handle.result()).toEqual({ outcome: 'provisioned' });
  const mailbox = (await product.managedObjects(['homeMDB'])).get('mended');
  expect(mailbox?.links['homeMDB']?.[0]?.dn).toBe(database);
  const errors = await listErrors(product.database, product.forest, 10);
  expect(errors.map((error) => error.dn)).toEqual([product.source.dn('given up')]);
  await recordHistory(product.temporal, id, 'provision-object-corrected');
});

// Shows: Drivers / what waits for a correction is tried again by each whole cycle (samba)
test('a whole cycle tries again what the managed forest had refused, and whose workflow has ended', async () => {
  expect((await product.cycle('delta')).counts).toMatchObject({ started: 0 });
  expect((await product.cycle()).counts).toMatchObject({ started: 1, provisioned: 1, blocked: 0 });
  expect(await listErrors(product.database, product.forest, 10)).toEqual([]);
});

test('a step that ends for another reason waits for a correction too, and names the reason', async () => {
  const identity = await identityOf('mended');
  await product.database.query("UPDATE service SET state = 'wanted' WHERE identity_id = $1", [identity]);
  await chmod(passwordFile, 0o644);
  // Until then the worker has a connection to the managed forest that it signed in on before.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  const id = provisionId(product.name, identity);
  const handle = await product.temporal.workflow.start<typeof provisionObject>('provisionObject', {
    args: [{ customer: product.name, forest: 'corp', configuration: 1, identity }],
    taskQueue: product.taskQueue,
    workflowId: id,
  });
  await expect(awaiting(handle)).resolves.toBe('PE902');
  const [error] = (await listErrors(product.database, product.forest, 10)).filter((item) => item.code === 'PE902');
  expect(error?.details).toContain('SecretUnreadable');
  await chmod(passwordFile, 0o600);
  await handle.executeUpdate(retryUpdate);
  expect(await handle.result()).toEqual({ outcome: 'provisioned' });
  await recordHistory(product.temporal, id, 'provision-object-failed');
});

/** The error code that a workflow waits with. */
async function awaiting(handle: { describe(): Promise<WorkflowExecutionDescription> }): Promise<string | undefined> {
  for (;;) {
    const { typedSearchAttributes } = await handle.describe();
    const code = typedSearchAttributes.get(searchAttributes.errorCode);
    if (code !== undefined) return code;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programInput } from '../../activities/drivers/command-driver.ts';
import { applyConfiguration } from '../../store/configurations.ts';
import { listErrors } from '../../store/errors.ts';
import { evaluatedSignal, resumeUpdate } from '../../workflows/messages.ts';
import { Ends } from '../support/ends.ts';
import { recordHistory } from '../support/histories.ts';
import { aliasesOf, mailUser } from '../support/people.ts';
import { openProduct, type Product } from '../support/product.ts';

/** Keeps the input of its last call, then does what the file `answer` says. */
const PROGRAM = `#!/bin/sh
cat > "$1/input"
. "$1/answer"
`;
const MAILBOX = 'MBX=5GB;TYPE=EP2D;REG=EU';

let folder: string;
const products: Product[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itasca-test-'));
  await writeFile(join(folder, 'program'), PROGRAM);
  await chmod(join(folder, 'program'), 0o755);
});

afterAll(async () => {
  for (const product of products) await product.dispose();
  await rm(folder, { recursive: true });
});

function answer(script: string): Promise<void> {
  return writeFile(join(folder, 'answer'), script);
}

async function open(
  people: readonly string[],
  options: Parameters<typeof openProduct>[0],
): Promise<{ readonly product: Product; readonly ends: Ends }> {
  const product = await openProduct(options);
  products.push(product);
  for (const name of people)
    await product.source.add('user', name, mailUser(aliasesOf(product)(name), { extensionAttribute9: [MAILBOX] }));
  await product.cycle();
  return { product, ends: new Ends(product) };
}

// Shows: Drivers / compensation where a step of a deprovisioning is refused, and it goes on when that is mended (samba)
test('a refused step leaves the mailbox as it was until it is mended, in either direction', async () => {
  await answer('exit 0');
  const { product, ends } = await open(['refused'], {
    program: {
      ...{ program: join(folder, 'program'), arguments: [folder], folder, variables: {} },
      ...{ timeLimitMs: 20_000, atOnce: 2 },
    },
    change: (configuration) => ({
      ...configuration,
      services: { ...configuration.services, driver: 'command' },
      deprovisioning: { ...configuration.deprovisioning, grace: '1s', retention: '1h' },
    }),
  });
  const before = await ends.shown('refused');
  expect(before).toMatchObject({ msExchRecipientTypeDetails: ['2'] });

  await answer('echo \'{"details": "the server says no"}\'; exit 65');
  await ends.leave('refused');
  await ends.tells('refused', /^\*\*Waits for a correction: PE404\*\*/);
  expect(await ends.shown('refused')).toEqual(before);
  expect(await listErrors(product.database, product.forest, 10)).toMatchObject([
    { code: 'PE404', details: expect.stringContaining('the server says no') as string },
  ]);
  await answer('exit 0');
  const workflow = await ends.workflow('refused');
  expect(await workflow.executeUpdate(resumeUpdate)).toBe('Looks again now.');
  await ends.stage('refused', 'retention');
  expect(await ends.shown('refused')).toMatchObject({ msExchRecipientTypeDetails: ['128'] });
  const input = programInput.parse(JSON.parse(await readFile(join(folder, 'input'), 'utf8')));
  expect(input).toMatchObject({ action: 'disconnect', service: 'mail' });

  const off = await ends.shown('refused');
  await answer('exit 65');
  await ends.comeBack('refused');
  await ends.tells('refused', /^\*\*Waits for a correction: PE404\*\*/);
  expect(await ends.shown('refused')).toEqual(off);
  await answer('exit 0');
  await workflow.executeUpdate(resumeUpdate);
  expect(await workflow.result()).toEqual({ outcome: 'given back' });
  expect(await ends.shown('refused')).toEqual(before);
});

// Shows: Deprovisioning / a step that fails for good waits for a correction, and its workflow goes on (samba)
test('an end whose step fails for good waits for a correction, however long its history becomes', async () => {
  const { product, ends } = await open(['failing'], {});
  const before = await ends.shown('failing');
  const { services, deprovisioning } = product.configuration;
  const settings = { ...deprovisioning, grace: '1s', retention: '1h' };
  // The worker has no program.
  await applyConfiguration(product.database, {
    ...product.configuration,
    services: { ...services, driver: 'command' },
    deprovisioning: settings,
  });
  await ends.leave('failing');
  await ends.tells('failing', /^\*\*Waits for a correction: PE404\*\*/);
  expect(await listErrors(product.database, product.forest, 10)).toMatchObject([
    { code: 'PE404', details: 'the step ended with ProgramMissing' },
  ]);
  expect(await ends.shown('failing')).toEqual(before);

  const workflow = await ends.workflow('failing');
  const { runId } = await workflow.describe();
  const [identity = ''] = workflow.workflowId.split('/').slice(-1);
  const request = { customer: product.name, forest: 'corp', configuration: 2, identity };
  for (let times = 0; times < 100; times += 1) await workflow.signal(evaluatedSignal, request);
  await ends.tells('failing', /^\*\*Waits for a correction: PE404\*\*/);
  expect((await workflow.describe()).runId).not.toBe(runId);

  await applyConfiguration(product.database, { ...product.configuration, deprovisioning: settings });
  await product.cycle('delta');
  await ends.stage('failing', 'retention');
  expect((await ends.row('failing')).codes).toEqual([]);
  await recordHistory(product.temporal, workflow.workflowId, 'deprovision-object-failed-continued');
});

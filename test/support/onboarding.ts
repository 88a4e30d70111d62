import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { AttributeImage } from '../../rules/attributes.ts';
import { WorkerProcess } from '../../scripts/start/worker-process.ts';
import { workflowsPath } from '../../worker/worker.ts';
import { onboardingId } from '../../workflows/ids.ts';
import { onboardingQuery, type OnboardingProgress } from '../../workflows/messages.ts';
import type { onboardCustomer, OnboardingResult } from '../../workflows/onboard-customer.ts';
import { done } from './directory-sandbox.ts';
import { aliasesOf, mailUser } from './people.ts';
import type { Product } from './product.ts';
import { testStack } from './stack.ts';

/** Users of a 5,000-user story under ITASCA_LONG=1, of its small sister else. */
export const LONG = process.env['ITASCA_LONG'] === '1';
export const USERS = LONG ? 5000 : 60;

const LANES = 8;
const MAILBOX = 'MBX=5GB;TYPE=EP2D;REG=EU';

export interface Person {
  readonly name: string;
  readonly ou: string;
  readonly department?: string;
  /** Asks for a mailbox in a region that there is not. */
  readonly bad?: boolean;
}

/** Makes organizational units with users who are to have a mailbox. */
export async function fill(product: Product, people: readonly Person[]): Promise<void> {
  const alias = aliasesOf(product);
  for (const ou of new Set(people.map((person) => person.ou))) await product.source.add('organizationalUnit', ou);
  const queue = people.values();
  const lane = async (): Promise<void> => {
    for (const { name, ou, department, bad } of queue) {
      const more: AttributeImage = {
        extensionAttribute9: [bad === true ? MAILBOX.replace('REG=EU', 'REG=NOWHERE') : MAILBOX],
        ...(department === undefined ? {} : { department: [department] }),
      };
      const attributes = {
        objectClass: ['user'],
        sAMAccountName: [`${name.toLowerCase()}-${product.name}`.slice(0, 20)],
        ...mailUser(alias(name), more),
      };
      await done(product.source.writer.add(`CN=${name},OU=${ou},${product.source.ou}`, attributes));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** The onboarding of a product's customer, as its workflow answers. */
export async function progressOf(product: Product): Promise<OnboardingProgress> {
  return product.temporal.workflow.getHandle(onboardingId(product.name)).query(onboardingQuery);
}

/** Waits for a state of the onboarding. */
export async function until(
  product: Product,
  holds: (progress: OnboardingProgress) => boolean,
): Promise<OnboardingProgress> {
  for (;;) {
    const progress = await progressOf(product);
    if (holds(progress)) return progress;
    await sleep(100);
  }
}

export function resultOf(product: Product): Promise<OnboardingResult> {
  return product.temporal.workflow.getHandle<typeof onboardCustomer>(onboardingId(product.name)).result();
}

/** A worker in a process of its own, to be killed. */
export function workerProcess(product: Product): Promise<WorkerProcess> {
  const { databaseUrl, temporal } = testStack();
  return WorkerProcess.start(
    {
      databaseUrl,
      schema: product.schema,
      temporalAddress: temporal.address,
      temporalNamespace: temporal.namespace,
      taskQueue: product.taskQueue,
      logFile: '/dev/null',
    },
    () => undefined,
  );
}

/** The workflows of a next version: one that asks for something more before it goes on, where it is not replaying what was before. */
export async function changedWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  const folder = join(workflowsPath, '..');
  // Beside the original: its imports lead to the same places.
  const copy = await mkdtemp(join(folder, '..', 'workflows-next-'));
  try {
    await cp(folder, copy, { recursive: true });
    const file = join(copy, 'onboard-customer.ts');
    const before = await readFile(file, 'utf8');
    const after = before
      .replace('  proxyActivities,\n', '  patched,\n  proxyActivities,\n  sleep,\n')
      .replace('    state.heard();\n', "    state.heard();\n    if (patched('a breath')) await sleep(1);\n");
    if (!after.includes("patched('a breath')")) throw new Error('the workflow is not what the test changes');
    await writeFile(file, after);
    return await bundleWorkflowCode({ workflowsPath: join(copy, 'index.ts'), logger: new DefaultLogger('ERROR') });
  } finally {
    await rm(copy, { recursive: true });
  }
}

/** What is wrong where each of the customer's users was to be provisioned exactly once; empty where nothing is. */
export async function doubled(product: Product): Promise<readonly string[]> {
  const objects = await product.managedObjects(['msExchImmutableId', 'msExchMailboxGuid']);
  const repeated = (attribute: string): string[] => {
    const values = [...objects.values()].flatMap((entry) => entry.attributes[attribute] ?? []);
    return values.filter((value, index) => values.indexOf(value) < index).map((value) => `${attribute} ${value}`);
  };
  const twice = await product.database.query<{ id: string }>(
    "SELECT identity_id AS id FROM planned_change WHERE operation = 'add' AND state IN ('applied', 'confirmed') GROUP BY identity_id HAVING count(*) > 1",
  );
  return [
    ...repeated('msExchImmutableId'),
    ...repeated('msExchMailboxGuid'),
    ...twice.map(({ id }) => `added twice: ${id}`),
  ];
}

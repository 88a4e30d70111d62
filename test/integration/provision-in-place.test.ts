import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { ObjectActivities, ProvisionOutcome } from '../../activities/object-types.ts';
import { workflowsPath } from '../../worker/worker.ts';
import type { provisionObject, ProvisionResult } from '../../workflows/provision-object.ts';
import { testStack } from '../support/stack.ts';

const taskQueue = `in-place-${randomUUID()}`;
/** How the activities were called: in place, or over the server. */
let calls: string[] = [];
/** What the next calls of the step do. */
let answers: (() => ProvisionOutcome)[] = [];

const activities: ObjectActivities = {
  provisionMailbox: () => {
    calls.push(activityInfo().isLocal ? 'in place' : 'over the server');
    const answer = answers.shift();
    if (answer === undefined) throw new Error('it is called once too often');
    return Promise.resolve(answer());
  },
  blockMailbox: (_request, failure) => {
    calls.push(`blocked by ${failure}`);
    return Promise.resolve({ outcome: 'blocked', code: 'PE902', parkForMs: 1 });
  },
};

const provisioned = (): ProvisionOutcome => ({ outcome: 'provisioned', wrote: true });
const failing = (type: string, nonRetryable: boolean) => (): never => {
  throw ApplicationFailure.create({ type, message: 'as the test asks', nonRetryable });
};

let worker: Worker;
let running: Promise<void>;
let native: NativeConnection;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  // What fails here is to fail.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address, namespace } = testStack().temporal;
  native = await NativeConnection.connect({ address });
  worker = await Worker.create({ connection: native, namespace, taskQueue, workflowsPath, activities });
  running = worker.run();
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  await native.close();
});

async function provision(brief: boolean, ...does: readonly (() => ProvisionOutcome)[]): Promise<ProvisionResult> {
  calls = [];
  answers = [...does];
  const request = { customer: 'contoso', forest: 'corp', configuration: 1, identity: randomUUID() };
  return client.workflow.execute<typeof provisionObject>('provisionObject', {
    args: [brief ? { ...request, brief } : request],
    taskQueue,
    workflowId: `in-place/${request.identity}`,
  });
}

test('a brief step is made in place, and nothing of it is scheduled', async () => {
  expect(await provision(true, provisioned)).toEqual({ outcome: 'provisioned' });
  expect(calls).toEqual(['in place']);
});

test('a brief step that fails for now is tried again over the server', async () => {
  const away = failing('DirectoryUnavailable', false);
  expect(await provision(true, away, provisioned)).toEqual({ outcome: 'provisioned' });
  expect(calls).toEqual(['in place', 'over the server']);
});

test('one that fails for good waits for a correction, one that another workflow has is left', async () => {
  expect(await provision(true, failing('DirectoryRefused', true))).toEqual({ outcome: 'parked', code: 'PE902' });
  expect(calls).toEqual(['in place', 'blocked by DirectoryRefused']);
  expect(await provision(true, failing('LockLost', true))).toEqual({ outcome: 'superseded' });
  expect(calls).toEqual(['in place']);
});

test('a step that may take its time goes over the server', async () => {
  expect(await provision(false, provisioned)).toEqual({ outcome: 'provisioned' });
  expect(calls).toEqual(['over the server']);
});

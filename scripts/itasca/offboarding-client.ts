import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { offboardingId } from '../../workflows/ids.ts';
import type { offboardCustomer, OffboardInput } from '../../workflows/offboard-customer.ts';
import { Mistake } from './mistake.ts';
import { requireWorker } from './require-worker.ts';
import type { Session } from './session.ts';

export type OffboardingHandle = WorkflowHandle<typeof offboardCustomer>;

/** Starts an offboarding. @throws Mistake where one runs already, or nobody would work on it */
export async function startOffboarding(session: Session, input: OffboardInput): Promise<OffboardingHandle> {
  const { customer } = input;
  await requireWorker(session);
  const client = await session.temporal();
  return client.workflow
    .start<typeof offboardCustomer>('offboardCustomer', {
      args: [input],
      taskQueue: session.settings.taskQueue,
      workflowId: offboardingId(customer),
      staticSummary: `Offboarding of ${customer}`,
    })
    .catch((error: unknown) => {
      throw error instanceof WorkflowExecutionAlreadyStartedError
        ? new Mistake(`An offboarding of ${customer} runs already: itasca offboard status ${customer}.`)
        : error;
    });
}

/** The offboarding of a customer, of the only one when none is named, whether or not it runs. */
export async function handleOf(
  session: Session,
  named: string | undefined,
): Promise<{ readonly customer: string; readonly handle: OffboardingHandle }> {
  const { customer } = await session.configuration(named);
  return { customer, handle: await offboardingOf(session, customer) };
}

/** The offboarding of that customer, whether or not there was one. */
export async function offboardingOf(session: Session, customer: string): Promise<OffboardingHandle> {
  const client = await session.temporal();
  return client.workflow.getHandle<typeof offboardCustomer>(offboardingId(customer));
}

export async function isRunning(handle: OffboardingHandle): Promise<boolean> {
  try {
    return (await handle.describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** The answer of an offboarding. @throws Mistake where it does not run */
export async function running<T>(customer: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof WorkflowNotFoundError ? new Mistake(`No offboarding of ${customer} runs.`) : error;
  });
}

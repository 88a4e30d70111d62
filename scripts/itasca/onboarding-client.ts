import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { onboardingId } from '../../workflows/ids.ts';
import type { onboardCustomer } from '../../workflows/onboard-customer.ts';
import { Mistake } from './mistake.ts';
import type { Session } from './session.ts';

export type OnboardingHandle = WorkflowHandle<typeof onboardCustomer>;

/** The onboarding of a customer, of the only one when none is named, whether or not it runs. */
export async function handleOf(
  session: Session,
  named: string | undefined,
): Promise<{ name: string; handle: OnboardingHandle }> {
  const { customer: name } = await session.configuration(named);
  const client = await session.temporal();
  return { name, handle: client.workflow.getHandle<typeof onboardCustomer>(onboardingId(name)) };
}

export async function isRunning(handle: OnboardingHandle): Promise<boolean> {
  try {
    return (await handle.describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** The answer of an onboarding. @throws Mistake where it does not run */
export async function running<T>(customer: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof WorkflowNotFoundError ? new Mistake(`No onboarding of ${customer} runs.`) : error;
  });
}

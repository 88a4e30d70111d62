import { z } from 'zod';
import { pilotSubject } from '../rules/operator-statement.ts';
import type { Database } from '../store/database.ts';
import { currentConfiguration } from '../store/configurations.ts';
import type { SignedAnswer } from './answer-types.ts';
import type { OnboardingRequest, PilotAnswer } from './onboarding-types.ts';
import { signedFields, signedPart, takeAnswer, type Arrival } from './operator-answers.ts';

const answerSchema = z.object(signedFields);

/** Takes an operator's approval of what comes after the pilot of an onboarding; the workflow has it come in. */
export async function answerPilotOf(
  database: Database,
  { customer }: OnboardingRequest,
  onboarding: string,
  given: SignedAnswer,
  arrival: Arrival,
): Promise<PilotAnswer> {
  const parsed = answerSchema.safeParse(given);
  if (!parsed.success) return refused('the answer can not be read');
  const current = await currentConfiguration(database, customer);
  if (current === null) return refused('there is no such customer');
  const { operators } = current.configuration;
  const needed = operators.second.includes('pilot') ? 2 : 1;
  const taken = await database.transaction((transaction) =>
    takeAnswer(
      transaction,
      operators,
      signedPart(parsed.data),
      arrival,
      () =>
        Promise.resolve({
          ...{ customer, workflowId: arrival.workflowId, about: { onboarding }, action: 'approve', needed },
          ...{ subject: pilotSubject(onboarding), since: null },
        }),
      ({ enough }) => Promise.resolve(enough === false ? 'first' : 'done'),
    ),
  );
  return taken.outcome === 'late' ? refused('it was answered meanwhile') : taken;
}

function refused(reason: string): PilotAnswer {
  return { outcome: 'refused', reason };
}

import { z } from 'zod';
import { offboardingSubject, pilotSubject } from '../rules/operator-statement.ts';
import type { OperatorsSettings } from '../rules/operators-settings.ts';
import type { Database, Transaction } from '../store/database.ts';
import { currentConfiguration } from '../store/configurations.ts';
import { approveWaves } from '../store/offboarding.ts';
import type { SignedAnswer } from './answer-types.ts';
import type { OffboardingRequest } from './offboarding-types.ts';
import type { OnboardingRequest, PilotAnswer } from './onboarding-types.ts';
import { signedFields, signedPart, takeAnswer, type Arrival, type Question } from './operator-answers.ts';

const answerSchema = z.object(signedFields);

/** Takes an operator's approval of what comes after the pilot of an onboarding; the workflow has it come in. */
export function answerPilotOf(
  database: Database,
  { customer }: OnboardingRequest,
  onboarding: string,
  given: SignedAnswer,
  arrival: Arrival,
): Promise<PilotAnswer> {
  const asked = { about: { onboarding }, subject: pilotSubject(onboarding), second: 'pilot' } as const;
  return answered(database, customer, asked, given, arrival, () => Promise.resolve(true));
}

/** Takes an operator's approval of the waves of an offboarding, which take source objects away; the workflow has them begin. */
export function answerOffboardingOf(
  database: Database,
  { customer }: OffboardingRequest,
  offboarding: string,
  given: SignedAnswer,
  arrival: Arrival,
): Promise<PilotAnswer> {
  const asked = { about: { offboarding }, subject: offboardingSubject(offboarding), second: 'deletions' } as const;
  return answered(database, customer, asked, given, arrival, (transaction) =>
    approveWaves(transaction, customer, offboarding),
  );
}

/**
 * @param asked with what of two operators' approvals it is
 * @param begin has it begin, once it is approved; false where nothing waits any more
 */
async function answered(
  database: Database,
  customer: string,
  asked: Pick<Question, 'about' | 'subject'> & { readonly second: OperatorsSettings['second'][number] },
  given: SignedAnswer,
  arrival: Arrival,
  begin: (transaction: Transaction) => Promise<boolean>,
): Promise<PilotAnswer> {
  const parsed = answerSchema.safeParse(given);
  if (!parsed.success) return refused('the answer can not be read');
  const current = await currentConfiguration(database, customer);
  if (current === null) return refused('there is no such customer');
  const { operators } = current.configuration;
  const { about, subject, second } = asked;
  const needed = operators.second.includes(second) ? 2 : 1;
  const taken = await database.transaction((transaction) =>
    takeAnswer(
      transaction,
      operators,
      signedPart(parsed.data),
      arrival,
      () =>
        Promise.resolve({
          ...{ customer, workflowId: arrival.workflowId, about, action: 'approve', needed },
          ...{ subject, since: null },
        }),
      async ({ enough }) => {
        if (enough === false) return 'first';
        return (await begin(transaction)) ? 'done' : 'late';
      },
    ),
  );
  return taken.outcome === 'late' ? refused('it was answered meanwhile') : taken;
}

function refused(reason: string): PilotAnswer {
  return { outcome: 'refused', reason };
}

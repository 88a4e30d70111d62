import { publicKeyLine } from '../rules/operator-key.ts';
import { purgeSubject } from '../rules/operator-statement.ts';
import type { OperatorsSettings } from '../rules/operators-settings.ts';
import { currentConfiguration } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import { knownForestId } from '../store/forests.ts';
import { fingerprint } from './operator-signature.ts';
import { takeAnswer, type Arrival, type Question, type Taken } from './operator-answers.ts';
import { purgeOf } from './purge.ts';
import type { PurgeOutcome, PurgeRequest } from './purge-types.ts';

/**
 * Erases a person or a customer. Where the configuration lists operators one of them has to have signed that, whatever else may be
 * done without a signature: what is erased does not come back, and the list of operators may be among it.
 */
export async function purgeSigned(database: Database, request: PurgeRequest, arrival: Arrival): Promise<PurgeOutcome> {
  const { customer, operator } = request;
  const operators = (await currentConfiguration(database, customer))?.configuration.operators;
  if (operators === undefined || operators.list.length === 0) return purgeOf(database, request, arrival.step);
  if (request.signature === undefined)
    return refused('An erasure has to be signed by an operator who is listed (docs/approvals.md).');
  const taken = await verified(database, operators, request, arrival);
  if (taken.outcome === 'refused') return refused(`It was not erased: ${taken.reason}.`);
  const key = operators.list.find(({ name }) => name === operator)?.publicKey ?? '';
  const proven = `${operator} (signature verified, key ${fingerprint(publicKeyLine(key) ?? '')})`;
  return purgeOf(database, { ...request, operator: proven }, arrival.step);
}

/** Recorded before anything is erased: while a cycle runs it is tried again, also when the signature is old by then. */
async function verified(
  database: Database,
  operators: OperatorsSettings,
  request: PurgeRequest,
  arrival: Arrival,
): Promise<Taken> {
  const { customer, person } = request;
  const forest =
    person === null ? null : await knownForestId(database, { side: 'source', customer, name: person.forest });
  const about = person === null || forest === null ? null : { forest, guid: person.guid };
  const subject = purgeSubject(person, request.leavesObjects);
  const question: Question = {
    ...{ customer, workflowId: arrival.workflowId, about, subject, needed: 1, since: null },
    action: 'purge',
  };
  return database.transaction((transaction) =>
    takeAnswer(
      transaction,
      operators,
      request,
      // What this run was allowed to erase, and nothing else.
      { ...arrival, step: `${arrival.step} ${subject}` },
      () => Promise.resolve(question),
      () => Promise.resolve('done'),
    ),
  );
}

function refused(reason: string): PurgeOutcome {
  return { outcome: 'refused', reasons: [reason] };
}

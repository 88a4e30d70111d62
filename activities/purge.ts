import { customerPurgeRefusals, purgeRefusals } from '../rules/purge.ts';
import { standStill } from '../store/cleaning-objects.ts';
import type { Database, Transaction } from '../store/database.ts';
import { erasureOf, recordErasure } from '../store/erasures.ts';
import { knownForestId } from '../store/forests.ts';
import { eraseCustomer, managedObjects } from '../store/purge-customer.ts';
import { collectPerson, erasePerson } from '../store/purge-person.ts';
import type { PurgeOutcome, PurgeRequest } from './purge-types.ts';

/**
 * Erases a person or a customer from the database, in one transaction, and records that it was done.
 *
 * @param workflowRun an attempt after one that has come to its end answers what that did
 */
export async function purgeOf(database: Database, request: PurgeRequest, workflowRun: string): Promise<PurgeOutcome> {
  return database.transaction(async (transaction) => {
    const done = await erasureOf(transaction, workflowRun);
    if (done !== null) return { outcome: 'erased', ...done, readAgain: false };
    if (!(await standStill(transaction, request.customer))) return { outcome: 'busy' };
    const { person } = request;
    const result =
      person === null ? await ofCustomer(transaction, request) : await ofPerson(transaction, request.customer, person);
    if (result.outcome === 'erased') await recordErasure(transaction, request, workflowRun, result);
    return result;
  });
}

async function ofPerson(
  transaction: Transaction,
  customer: string,
  { forest: name, guid }: NonNullable<PurgeRequest['person']>,
): Promise<PurgeOutcome> {
  const forest = await knownForestId(transaction, { side: 'source', customer, name });
  if (forest === null) return { outcome: 'refused', reasons: [`${customer} has no forest ${name}.`] };
  const { objects, identities } = await collectPerson(transaction, { forest, guid });
  const reasons = objects.length === 0 ? ['No such object is staged.'] : purgeRefusals(objects, identities);
  if (reasons.length > 0) return { outcome: 'refused', reasons };
  return { outcome: 'erased', ...(await erasePerson(transaction, customer)) };
}

async function ofCustomer(transaction: Transaction, { customer, leavesObjects }: PurgeRequest): Promise<PurgeOutcome> {
  const reasons = customerPurgeRefusals(await managedObjects(transaction, customer), leavesObjects);
  if (reasons.length > 0) return { outcome: 'refused', reasons };
  return { outcome: 'erased', counts: await eraseCustomer(transaction, customer), foundStill: {}, readAgain: false };
}

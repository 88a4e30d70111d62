import { CustomerAdministrator } from '../sample/changes.ts';
import type { LoadTarget } from '../sample/administrator.ts';
import { LEAVER, RECREATED, REMOVAL_VALUE, UNSURE } from '../sample/unusual.ts';

/**
 * Changes that the sample customer makes after the first cycle, each of which shows something that takes time or a decision: a
 * mailbox that is to end, an account that is deleted and created again with what says whose it is, and one without.
 */
export async function changeCustomer(customer: LoadTarget, provisioningAttribute: string): Promise<void> {
  const administrator = await CustomerAdministrator.signIn(customer);
  try {
    await administrator.set(LEAVER, provisioningAttribute, [REMOVAL_VALUE]);
    await administrator.recreateUser(RECREATED);
    await administrator.recreateUser(UNSURE, ['employeeID']);
  } finally {
    await administrator.signOut();
  }
}

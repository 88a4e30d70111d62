import { z } from 'zod';
import { currentConfiguration } from '../store/configurations.ts';
import { beginConversion, convertible, endConversion, takeConversion, type Convertible } from '../store/conversions.ts';
import type { Database, Transaction } from '../store/database.ts';
import { forestId } from '../store/forests.ts';
import type { ConversionBegin, ConversionRequest } from './object-types.ts';

const requestSchema = z.strictObject({
  customer: z.string(),
  forest: z.string(),
  identity: z.guid().toLowerCase(),
  to: z.string(),
  // It is kept with the conversion.
  operator: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@\\-]{0,63}$/u),
});

/**
 * Lets a mailbox become of another recipient kind: the one that its source object asks for, which the operator names so that
 * nothing is converted by mistake. Asked again, it answers the same. Reasons name no person.
 */
export async function beginConversionOf(
  database: Database,
  request: ConversionRequest,
  workflowRun: string,
): Promise<ConversionBegin> {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success)
    return refused(`${parsed.error.issues.map((issue) => issue.path.join('.')).join(' and ')} can not be read`);
  const { customer, forest, identity, to, operator } = parsed.data;
  const current = await currentConfiguration(database, customer);
  if (current?.configuration.forests.some((one) => one.name === forest) !== true)
    return refused('there is no such customer and forest');
  const source = await forestId(database, { side: 'source', customer, name: forest });
  const fault = await database.transaction(async (transaction: Transaction) => {
    const mailbox = await convertible(transaction, source, identity);
    // A run that was terminated has left it open: this one takes it over.
    if (mailbox?.converting === to) {
      await takeConversion(transaction, identity, workflowRun);
      return null;
    }
    const found = faultOf(mailbox, to);
    if (found === null) await beginConversion(transaction, identity, operator, workflowRun);
    return found;
  });
  if (fault !== null) return refused(fault);
  return { outcome: 'begun', provision: { customer, forest, identity, configuration: current.number } };
}

/** Why a mailbox can not be converted to a kind; null when it can. */
function faultOf(mailbox: Convertible | null, to: string): string | null {
  if (mailbox === null) return 'there is no such identity';
  if (mailbox.converting !== null) return `another conversion of it, to ${mailbox.converting}, is not at its end`;
  if (mailbox.recipient === null) return 'it has no mailbox';
  if (mailbox.disconnected) return 'its mailbox is disconnected';
  if (mailbox.recipient === to) return `its mailbox is of the kind ${to} already`;
  if (mailbox.errors.length > 0) return `the source object is in error: ${mailbox.errors.join(', ')}`;
  if (mailbox.asked !== to)
    return `the source object asks for ${mailbox.asked ?? 'no mailbox'}; set the attribute first`;
  return null;
}

function refused(reason: string): ConversionBegin {
  return { outcome: 'refused', reason };
}

/** Ends the conversion that a workflow run began; without effect where it has ended, or is another's. */
export async function endConversionOf(
  database: Database,
  identity: string,
  workflowRun: string,
  outcome: 'converted' | 'given up',
): Promise<void> {
  await database.transaction((transaction) => endConversion(transaction, identity, workflowRun, outcome));
}

import type { WorkflowHandle } from '@temporalio/client';
import type { DirectoryEntry } from '../../directory/entries.ts';
import { first } from '../../rules/objects.ts';
import type { ReconnectionRule } from '../../rules/reconnection-settings.ts';
import { reconnectionId } from '../../workflows/ids.ts';
import type { CaseAnswer } from '../../workflows/messages.ts';
import type { reconnectServices } from '../../workflows/reconnect-services.ts';
import type { Product } from './product.ts';

/** What of a mailbox never changes, and what follows its owner. */
export const MAILBOX = [
  ...['msExchMailboxGuid', 'legacyExchangeDN', 'homeMDB', 'msExchWhenMailboxCreated'],
  ...['msExchMasterAccountSid', 'msExchImmutableId', 'mail', 'proxyAddresses', 'displayName', 'msRTCSIP-OriginatorSid'],
];

/** The rules of the sample: employeeID is followed by itself, as sIDHistory is. */
export const RULES: readonly ReconnectionRule[] = [
  { by: 'sidHistory', mode: 'auto' },
  { by: 'attribute', attribute: 'employeeID', mode: 'auto' },
  { by: 'consistencyGuid', mode: 'review' },
  { by: 'legacyExchangeDn', mode: 'review' },
  { by: 'primarySmtp', mode: 'review' },
  { by: 'userPrincipalName', mode: 'review' },
];

/** What a managed object of this mail address holds; null where there is none. Two of the same mailbox fail the test. */
export async function mailboxOf(product: Product, mail: string): Promise<DirectoryEntry | null> {
  const found = [...(await product.managedObjects(MAILBOX)).values()].filter(
    (entry) => first(entry.attributes, 'mail')?.toLowerCase() === mail.toLowerCase(),
  );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0] ?? null;
}

/** What stays the same for life of a mailbox. */
export function lasting(entry: DirectoryEntry | null): readonly (string | undefined)[] {
  return [
    entry?.guid,
    ...['msExchMailboxGuid', 'legacyExchangeDN', 'msExchWhenMailboxCreated'].map((name) =>
      entry === null ? undefined : first(entry.attributes, name),
    ),
    entry?.links['homeMDB']?.[0]?.dn,
  ];
}

/** How many mailboxes the customer has in the Managed Forest. */
export async function mailboxes(product: Product): Promise<number> {
  const objects = await product.managedObjects(['msExchMailboxGuid']);
  return [...objects.values()].filter((entry) => first(entry.attributes, 'msExchMailboxGuid') !== undefined).length;
}

export function caseOf(product: Product, guid: string, forest = 'corp'): WorkflowHandle<typeof reconnectServices> {
  return product.temporal.workflow.getHandle(reconnectionId(product.name, forest, guid));
}

/** Answers a case by an update of its workflow, as an operator does in the UI. */
export function answer(
  product: Product,
  guid: string,
  update: 'approve' | 'reject' | 'choose' | 'undo',
  given: CaseAnswer = { operator: 'ann' },
  forest = 'corp',
): Promise<string> {
  return caseOf(product, guid, forest).executeUpdate<string, [CaseAnswer]>(update, { args: [given] });
}

/** The errors of a source object, by code. */
export async function errorsOf(product: Product, guid: string): Promise<readonly string[]> {
  const rows = await product.database.query<{ code: string }>(
    'SELECT code FROM object_error WHERE guid = $1 ORDER BY code',
    [guid],
  );
  return rows.map((row) => row.code);
}

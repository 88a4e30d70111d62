import { equal, or } from '../directory/filter.ts';
import { openReader } from '../directory/reader.ts';
import type { Configuration } from '../rules/configuration.ts';
import type { MailboxFacts } from '../rules/mailbox.ts';
import { recordFoundServices, unreadServices } from '../store/join-services.ts';
import type { Run } from '../store/runs.ts';
import { endpoint, type Dependencies } from './dependencies.ts';
import { MAILBOX_ATTRIBUTES, mailboxFacts } from './mailbox-facts.ts';
import { managedControllers } from './managed-controller.ts';

/** Objects that are read by one search, named one by one. */
const BATCH = 50;

/**
 * Reads the mailboxes of managed objects that identities have just got and that were there before: what they are is kept for
 * life, so that none gets another GUID, database or legacyExchangeDN, whatever is asked for.
 */
export async function readFoundServices(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<void> {
  const { database } = dependencies;
  const { managed } = configuration;
  let batch = await unreadServices(database, run.forestId, BATCH);
  if (batch.length === 0) return;
  const reader = openReader(
    await endpoint(dependencies, await managedControllers(dependencies, configuration), managed),
  );
  try {
    while (batch.length > 0) {
      signal.throwIfAborted();
      const byGuid = new Map(batch.map((identity) => [identity.managedGuid, identity]));
      const found: { identityId: string; facts: MailboxFacts }[] = [];
      for await (const entries of reader.pages({
        base: managed.namingContext,
        scope: 'sub',
        filter: or(...[...byGuid.keys()].map((guid) => equal('objectGUID', guid))),
        attributes: MAILBOX_ATTRIBUTES,
        pageSize: BATCH,
        signal,
      }))
        for (const entry of entries) {
          const identity = byGuid.get(entry.guid);
          if (identity === undefined) continue;
          const facts = mailboxFacts(entry, identity.sids);
          // What is not whole is looked at again, and reported, where a mailbox is asked for.
          if (facts !== null && facts !== 'incomplete') found.push({ identityId: identity.identityId, facts });
        }
      const looked = batch;
      await database.transaction((transaction) => recordFoundServices(transaction, looked, found));
      batch = await unreadServices(database, run.forestId, BATCH);
    }
  } finally {
    await reader.close();
  }
}

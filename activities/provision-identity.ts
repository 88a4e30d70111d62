import type { Configuration } from '../rules/configuration.ts';
import type { Attempt } from '../store/locks.ts';
import { beingProvisioned } from '../store/service-work.ts';
import type { Dependencies } from './dependencies.ts';
import { blockMailbox, provisionMailbox } from './provision-mailbox.ts';
import { blockVoice, provisionVoice } from './provision-voice.ts';
import type { SharedWriters } from './shared-writer.ts';
import type { ProvisionOutcome } from './object-types.ts';

/**
 * Provisions the services of one identity that are to be: the mailbox, then voice, each settled by itself, so that an error
 * of the one is not in the way of the other.
 */
export async function provisionIdentity(
  dependencies: Dependencies,
  writers: SharedWriters,
  configuration: Configuration,
  identity: string,
  attempt: Attempt,
): Promise<ProvisionOutcome> {
  const { outcome: mailbox, voiceToo } = await provisionMailbox(
    dependencies,
    writers,
    configuration,
    identity,
    attempt,
  );
  if (configuration.voice === undefined || !voiceToo) return mailbox;
  return both(mailbox, await provisionVoice(dependencies, writers, configuration, identity, attempt));
}

/**
 * Records that provisioning failed in a way that trying again does not mend, so that the object waits for a correction: of
 * the services that were being provisioned and did not come to their end.
 *
 * @param failure type of the failure that the step ended with
 */
export async function blockIdentity(
  dependencies: Dependencies,
  configuration: Configuration,
  identity: string,
  attempt: Attempt,
  failure: string,
): Promise<ProvisionOutcome> {
  const open = await beingProvisioned(dependencies.database, identity);
  const superseded = { outcome: 'superseded' } as const;
  return both(
    open.includes('mail') ? await blockMailbox(dependencies, configuration, identity, attempt, failure) : superseded,
    open.includes('voice') ? await blockVoice(dependencies, configuration, identity, attempt, failure) : superseded,
  );
}

/** What became of two services: it waits for a correction where one of them does. */
function both(one: ProvisionOutcome, other: ProvisionOutcome): ProvisionOutcome {
  if (one.outcome === 'blocked') return one;
  if (other.outcome === 'blocked' || one.outcome === 'superseded') return other;
  return other.outcome === 'superseded' ? one : { outcome: 'provisioned', wrote: one.wrote || other.wrote };
}

import { z } from 'zod';
import { formatAnchor } from '../rules/anchor.ts';
import type { Configuration } from '../rules/configuration.ts';
import { first } from '../rules/objects.ts';
import { currentConfiguration } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import { sourcesNamed, type FoundObject } from '../store/look-up-objects.ts';
import { markTold, reconnectionOf, type Reconnection } from '../store/reconnection-cases.ts';
import { followUpOf, recordReconnected } from '../store/reconnection-progress.ts';
import { lastReadFrom } from '../store/watermarks.ts';
import type { Dependencies } from './dependencies.ts';
import type { SharedWriters } from './shared-writer.ts';
import type { ReconnectionOutcome, ReconnectionRequest } from './reconnection-types.ts';

const requestSchema = z.object({
  customer: z.string().max(64),
  forest: z.string().max(64).optional(),
  object: z.string().min(1).max(1024),
});

/** The objects that a request names, with the configuration that is in force. */
interface Named {
  readonly configuration: Configuration;
  readonly number: number;
  readonly object: FoundObject;
}

/**
 * Says how the reconnection of a new source object stands and what it waits for, and does what is due: has services
 * provisioned that were given back, and confirms by reading once all that it has follows. Run at any time, and again.
 */
export async function reconnectStep(
  dependencies: Dependencies,
  writers: SharedWriters,
  request: ReconnectionRequest,
): Promise<ReconnectionOutcome> {
  const named = await nameObject(dependencies.database, request);
  if (typeof named === 'string') return { outcome: 'refused', reason: named };
  const { database } = dependencies;
  const { object } = named;
  const found = await reconnectionOf(database, object.forestId, object.guid);
  // Rejected, undone, or the evidence has gone; or nobody has asked.
  if (found === null) return { outcome: 'ended', how: 'closed' };
  await markTold(database, found.id);
  switch (found.state) {
    case 'open':
      return waits(found.approvals.length > 0 ? 'second approval' : 'answer', found);
    case 'approved':
      return waits('cycle', found);
    case 'linked':
      return follow(dependencies, writers, named, found);
    case 'reconnected':
      return { outcome: 'ended', how: 'reconnected' };
    case 'undone':
      return { outcome: 'ended', how: 'closed' };
  }
}

function waits(
  reason: (ReconnectionOutcome & { outcome: 'waits' })['for'],
  { code, candidates }: Reconnection,
): ReconnectionOutcome {
  return {
    outcome: 'waits',
    for: reason,
    ...(code === null ? {} : { code }),
    candidates: candidates.map(({ identityId, managedGuid, gone, rules }) => ({
      ...{ identity: identityId, managed: managedGuid, gone, rules },
    })),
  };
}

/** Sees to it that the services of a linked identity follow, and confirms it. */
async function follow(
  { database, workflows }: Dependencies,
  writers: SharedWriters,
  { configuration, number, object }: Named,
  found: Reconnection,
): Promise<ReconnectionOutcome> {
  const standing = found.identityId === null ? null : await followUpOf(database, found.identityId);
  if (standing?.sourceGuid !== object.guid || standing.managedGuid === null)
    return { outcome: 'ended', how: 'superseded' };
  const { managedGuid, services } = standing;
  if (standing.ending) return waits('services given back', found);
  if (services.some(({ state }) => state === 'blocked')) return waits('correction', found);
  if (services.some(({ state }) => state === 'wanted'))
    await workflows.startProvisioning(
      { customer: configuration.customer, forest: object.forest, configuration: number, identity: standing.identityId },
      object.guid,
      true,
    );
  if (services.length > 0) return waits('services', found);
  const { anchorAttribute, name, namingContext } = configuration.managed;
  const controller = await lastReadFrom(database, name, namingContext);
  const shown = await writers.use(configuration, controller, (writer) =>
    writer.reader.read({ guid: managedGuid }, [anchorAttribute, ...CONFIRMED]),
  );
  const anchor = formatAnchor({ customer: configuration.customer, forest: object.forest, guid: object.guid });
  if (shown === null || first(shown.attributes, anchorAttribute) !== anchor) return waits('cycle', found);
  const mailboxGuid = first(shown.attributes, 'msExchMailboxGuid');
  if (standing.mailboxGuid !== null && standing.mailboxGuid !== mailboxGuid) return waits('cycle', found);
  await recordReconnected(database, found.id, {
    anchor,
    ...Object.fromEntries(CONFIRMED.map((name) => [name, first(shown.attributes, name) ?? null])),
  });
  return { outcome: 'ended', how: 'reconnected' };
}

/** What of a managed object is put on record when its reconnection is confirmed. */
const CONFIRMED = [
  'msExchMailboxGuid',
  'legacyExchangeDN',
  'msExchMasterAccountSid',
  'msRTCSIP-OriginatorSid',
] as const;

/** Finds the object that is meant; else why it can not be found. */
export async function nameObject(database: Database, request: ReconnectionRequest): Promise<Named | string> {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) return 'customer, forest and object can not be read';
  const { customer, forest, object } = parsed.data;
  const current = await currentConfiguration(database, customer);
  if (current === null) return 'there is no such customer';
  const found = await sourcesNamed(database, customer, object, forest);
  // Who was deleted and created again has the address twice.
  const there = found.filter(({ gone }) => !gone);
  const [one] = there.length > 0 ? there : found;
  if (one === undefined) return 'there is no such source object';
  if (there.length > 1 || (there.length === 0 && found.length > 1))
    return 'several source objects have that name; give the objectGUID and the forest';
  return { configuration: current.configuration, number: current.number, object: one };
}

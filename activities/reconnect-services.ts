import { z } from 'zod';
import { formatAnchor } from '../rules/anchor.ts';
import type { Configuration } from '../rules/configuration.ts';
import { first } from '../rules/objects.ts';
import { pairFault } from '../rules/reconnection-pair.ts';
import { currentConfiguration } from '../store/configurations.ts';
import { identitiesNamed, sourcesNamed, type FoundObject } from '../store/look-up-objects.ts';
import {
  approvePairs,
  markTold,
  pairFacts,
  reconnectionOf,
  rejectCase,
  type Reconnection,
} from '../store/reconnection-cases.ts';
import { followUpOf, recordReconnected, undoReconnection } from '../store/reconnection-progress.ts';
import { lastReadFrom } from '../store/watermarks.ts';
import type { Dependencies } from './dependencies.ts';
import type { SharedWriters } from './shared-writer.ts';
import type {
  AnsweredReconnection,
  ReconnectionAnswer,
  ReconnectionOutcome,
  ReconnectionRequest,
} from './reconnection-types.ts';

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
  const named = await nameObject(dependencies, request);
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

const answerSchema = z.object({
  decision: z.enum(['approve', 'reject', 'choose', 'undo']),
  operator: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@\\-]{0,63}$/u),
  managed: z.string().min(1).max(1024).optional(),
});

/**
 * Records what an operator says of the case of a new source object; the next cycle of its forest follows it. A pair that can
 * not be is refused with the reason, which names no person.
 */
export async function answerReconnectionOf(
  dependencies: Dependencies,
  request: ReconnectionRequest,
  given: ReconnectionAnswer,
): Promise<AnsweredReconnection> {
  const parsed = answerSchema.safeParse(given);
  if (!parsed.success)
    return refused(`${parsed.error.issues.map((issue) => issue.path.join('.')).join(' and ')} can not be read`);
  const named = await nameObject(dependencies, request);
  if (typeof named === 'string') return refused(named);
  const { database } = dependencies;
  const { configuration, object } = named;
  const { decision, operator, managed } = parsed.data;
  const found = await reconnectionOf(database, object.forestId, object.guid);
  if (decision === 'undo') {
    if (found === null || !['linked', 'reconnected'].includes(found.state)) return refused('nothing was reconnected');
    const place = { id: found.id, forest: object.forestId, guid: object.guid };
    const undone = await database.transaction((transaction) => undoReconnection(transaction, place, operator));
    return undone
      ? { outcome: 'recorded', text: 'Undone. The next cycles of both forests follow it.' }
      : refused('the former source object is not there any more, or is somebody else by now');
  }
  if (found !== null && !['open', 'approved'].includes(found.state))
    return refused('it is reconnected already; send `undo` to turn that round');
  if (decision === 'reject') {
    const rejected = await database.transaction((transaction) =>
      rejectCase(transaction, object.forestId, object.guid, operator),
    );
    return rejected === 0
      ? refused('there is no such case')
      : { outcome: 'recorded', text: 'Recorded. The next cycle takes the object as somebody new.' };
  }
  const identityId = decision === 'choose' ? await chosen(dependencies, configuration, managed) : only(found);
  if (typeof identityId !== 'string') return refused(identityId.fault);
  const pair = { source: object.forestId, guid: object.guid, identityId };
  const fault = pairFault(await pairFacts(database, configuration.customer, pair));
  if (fault !== null) return refused(fault);
  const { approvals } = configuration.reconnection;
  const enough = await database.transaction((transaction) => approvePairs(transaction, [pair], operator, approvals));
  return {
    outcome: 'recorded',
    text:
      enough > 0
        ? 'Approved. The next cycle of the forest reconnects it.'
        : 'Recorded. Another operator has to approve it, too.',
  };
}

function only(found: Reconnection | null): string | { readonly fault: string } {
  if (typeof found?.identityId === 'string') return found.identityId;
  const identities = [...new Set((found?.candidates ?? []).map(({ identityId }) => identityId))];
  const [identity] = identities;
  if (identity === undefined) return { fault: 'there is no such case; name the managed object with `choose`' };
  return identities.length === 1 ? identity : { fault: 'there are several candidates; name one with `choose`' };
}

async function chosen(
  { database }: Dependencies,
  { customer }: Configuration,
  managed: string | undefined,
): Promise<string | { readonly fault: string }> {
  if (managed === undefined) return { fault: '`managed` is missing: the managed object that is meant' };
  const found = await identitiesNamed(database, customer, managed);
  const [identity] = found;
  if (identity === undefined) return { fault: 'there is no such managed object of this customer' };
  return found.length === 1
    ? identity.identityId
    : { fault: 'several managed objects have that name; give the objectGUID' };
}

/** Finds the object that is meant; else why it can not be found. */
async function nameObject({ database }: Dependencies, request: ReconnectionRequest): Promise<Named | string> {
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

function refused(reason: string): AnsweredReconnection {
  return { outcome: 'refused', reason };
}

import { z } from 'zod';
import type { Configuration } from '../rules/configuration.ts';
import { objectSubject, pairSubject } from '../rules/operator-statement.ts';
import { pairFault } from '../rules/reconnection-pair.ts';
import type { Database, Transaction } from '../store/database.ts';
import { identitiesNamed, type FoundObject } from '../store/look-up-objects.ts';
import { approvePairs, pairFacts, reconnectionOf, rejectCase, type Reconnection } from '../store/reconnection-cases.ts';
import { undoReconnection } from '../store/reconnection-progress.ts';
import {
  approvers,
  recalled,
  signedFields,
  signedPart,
  takeAnswer,
  type Acted,
  type Arrival,
  type Question,
  type Standing,
  type Taken,
} from './operator-answers.ts';
import { nameObject } from './reconnect-services.ts';
import type { AnsweredReconnection, ReconnectionAnswer, ReconnectionRequest } from './reconnection-types.ts';

const answerSchema = z.object({
  decision: z.enum(['approve', 'reject', 'choose', 'undo']),
  managed: z.string().min(1).max(1024).optional(),
  ...signedFields,
});

/** What is recorded when an answer decides. */
const TEXTS: Readonly<Record<ReconnectionAnswer['decision'], string>> = {
  approve: 'Approved. The next cycle of the forest reconnects it.',
  choose: 'Approved. The next cycle of the forest reconnects it.',
  reject: 'Recorded. The next cycle takes the object as somebody new.',
  undo: 'Undone. The next cycles of both forests follow it.',
};
const ONCE = 'Recorded. Another operator has to approve it, too.';

const LATE: Readonly<Record<ReconnectionAnswer['decision'], string>> = {
  approve: 'it was answered meanwhile',
  choose: 'it was answered meanwhile',
  reject: 'there is no such case',
  undo: 'the former source object is not there any more, or is somebody else by now',
};

/** What an answer would do. */
interface Asked {
  readonly subject: string;
  readonly needed: number;
  readonly act: (transaction: Transaction, standing: Standing) => Promise<Acted>;
}

/**
 * Records what an operator says of the case of a new source object; the next cycle of its forest follows it. A pair that can
 * not be is refused with the reason, which names no person.
 */
export async function answerReconnectionOf(
  database: Database,
  request: ReconnectionRequest,
  given: ReconnectionAnswer,
  arrival: Arrival,
): Promise<AnsweredReconnection> {
  const parsed = answerSchema.safeParse(given);
  if (!parsed.success)
    return refused(`${parsed.error.issues.map((issue) => issue.path.join('.')).join(' and ')} can not be read`);
  const named = await nameObject(database, request);
  if (typeof named === 'string') return refused(named);
  const { configuration, object } = named;
  const { decision, managed } = parsed.data;
  const own = await recalled(database, arrival);
  if (own !== null) return told(own, decision);
  const found = await reconnectionOf(database, object.forestId, object.guid);
  const asked = await askedOf(database, configuration, object, found, decision, managed);
  if (typeof asked === 'string') return refused(asked);
  const question: Question = {
    ...{ customer: configuration.customer, workflowId: arrival.workflowId, action: decision },
    ...{ subject: asked.subject, needed: asked.needed },
    about: { forest: object.forestId, guid: object.guid },
    // What was approved of a case that is over says nothing of this one.
    since: found?.openedAt ?? new Date(),
  };
  const taken = await database.transaction((transaction) =>
    takeAnswer(
      transaction,
      configuration.operators,
      signedPart(parsed.data),
      arrival,
      () => Promise.resolve(question),
      (standing) => asked.act(transaction, standing),
    ),
  );
  return told(taken, decision);
}

function told(taken: Taken, decision: ReconnectionAnswer['decision']): AnsweredReconnection {
  if (taken.outcome === 'refused') return refused(taken.reason);
  if (taken.outcome === 'late') return refused(LATE[decision]);
  return { outcome: 'recorded', text: taken.outcome === 'first' ? ONCE : TEXTS[decision] };
}

/** What is asked; or why nothing is. */
async function askedOf(
  database: Database,
  configuration: Configuration,
  { forest, forestId, guid }: FoundObject,
  found: Reconnection | null,
  decision: ReconnectionAnswer['decision'],
  managed: string | undefined,
): Promise<Asked | string> {
  const ofObject = { subject: objectSubject(forest, guid), needed: 1 };
  if (decision === 'undo') {
    if (found === null || !['linked', 'reconnected'].includes(found.state)) return 'nothing was reconnected';
    const place = { id: found.id, forest: forestId, guid };
    return {
      ...ofObject,
      act: async (transaction, { names }) =>
        (await undoReconnection(transaction, place, names.join(' and '))) ? 'done' : 'late',
    };
  }
  if (found !== null && !['open', 'approved'].includes(found.state))
    return 'it is reconnected already; send `undo` to turn that round';
  if (decision === 'reject')
    return {
      ...ofObject,
      act: async (transaction, { names }) =>
        (await rejectCase(transaction, forestId, guid, names.join(' and '))) > 0 ? 'done' : 'late',
    };
  const identityId = await meant(database, configuration.customer, found, decision, managed);
  if (typeof identityId !== 'string') return identityId.fault;
  const pair = { source: forestId, guid, identityId };
  const fault = pairFault(await pairFacts(database, configuration.customer, pair));
  if (fault !== null) return fault;
  const { approvals } = configuration.reconnection;
  return {
    subject: pairSubject(forest, guid, identityId),
    needed: approvals,
    act: async (transaction, standing) =>
      (await approvePairs(transaction, [pair], ...approvers(standing, approvals))) > 0 ? 'done' : 'first',
  };
}

/** The identity that an operator means: the only candidate, or the one whose managed object is named; else why there is none. */
export async function meant(
  database: Database,
  customer: string,
  found: Reconnection | null,
  decision: 'approve' | 'choose',
  managed: string | undefined,
): Promise<string | { readonly fault: string }> {
  return decision === 'choose' ? chosen(database, customer, managed) : only(found);
}

function only(found: Reconnection | null): string | { readonly fault: string } {
  if (typeof found?.identityId === 'string') return found.identityId;
  const identities = [...new Set((found?.candidates ?? []).map(({ identityId }) => identityId))];
  const [identity] = identities;
  if (identity === undefined) return { fault: 'there is no such case; name the managed object with `choose`' };
  return identities.length === 1 ? identity : { fault: 'there are several candidates; name one with `choose`' };
}

async function chosen(
  database: Database,
  customer: string,
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

function refused(reason: string): AnsweredReconnection {
  return { outcome: 'refused', reason };
}

import { z } from 'zod';
import { mapSubject } from '../rules/operator-statement.ts';
import { currentConfiguration } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import { approveMap, checkMap, mapDigest, rejectMap } from '../store/migration-maps.ts';
import { approvers, signedFields, signedPart, takeAnswer, type Arrival } from './operator-answers.ts';
import type { AnsweredReconnection, MapCheck, MapRequest } from './reconnection-types.ts';
import type { HoldAnswer } from './types.ts';

const requestSchema = z.object({ customer: z.string().max(64), map: z.string().regex(/^\d{1,18}$/) });
const answerSchema = z.object({ hash: z.string().max(64), ...signedFields });

/** Checks a map line by line, by what is known now. */
export async function checkMapOf(database: Database, request: MapRequest): Promise<MapCheck> {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) return { outcome: 'refused', reason: 'customer and map can not be read' };
  const { customer, map } = parsed.data;
  const checked = await database.transaction((transaction) => checkMap(transaction, map, customer));
  return checked === null ? { outcome: 'refused', reason: 'there is no such map' } : { outcome: 'checked', ...checked };
}

/** Records an operator's answer to a map: to exactly the list that was shown. */
export async function answerMapOf(
  database: Database,
  { customer, map }: MapRequest,
  action: 'approve' | 'reject',
  given: HoldAnswer,
  arrival: Arrival,
): Promise<AnsweredReconnection> {
  const parsed = answerSchema.safeParse(given);
  if (!parsed.success) return refused('an answer is {"hash": "...", "operator": "your name"}');
  const { hash } = parsed.data;
  const current = await currentConfiguration(database, customer);
  if (current === null) return refused('there is no such customer');
  const { operators, reconnection } = current.configuration;
  const counted: { pairs?: number } = {};
  const taken = await database.transaction((transaction) =>
    takeAnswer(
      transaction,
      operators,
      signedPart(parsed.data),
      arrival,
      async () => {
        // What was shown has been checked again since, or is now: an answer is to what is right at this moment.
        const checked = await checkMap(transaction, map, customer);
        if (checked?.state !== 'open' || (action === 'approve' && checked.hash !== hash)) return null;
        return {
          ...{ customer, workflowId: arrival.workflowId, about: { map }, action, needed: reconnection.approvals },
          ...{ subject: mapSubject(map, await mapDigest(transaction, map)), since: null },
        };
      },
      async (standing) => {
        if (action === 'reject')
          return (await rejectMap(transaction, map, standing.names.join(' and '))) ? 'done' : 'late';
        const [operator, approvals, others] = approvers(standing, reconnection.approvals);
        const approved = await approveMap(transaction, map, customer, hash, operator, approvals, others);
        if (approved === null) return 'late';
        counted.pairs = approved.pairs;
        return approvals !== null && approved.approved === approved.pairs ? 'done' : 'first';
      },
    ),
  );
  if (taken.outcome === 'refused') return refused(taken.reason);
  if (taken.outcome === 'late')
    return refused(
      action === 'reject' ? 'it was answered already' : 'it is another list by now, or was answered; look at it again',
    );
  if (taken.outcome === 'first') return recorded('Recorded. Another operator has to approve it, too.');
  if (action === 'reject') return recorded('Rejected.');
  const what = counted.pairs === undefined ? 'Approved' : `Approved: ${String(counted.pairs)} pairs`;
  return recorded(`${what}. The next cycles of their forests reconnect them.`);
}

function recorded(text: string): AnsweredReconnection {
  return { outcome: 'recorded', text };
}

function refused(reason: string): AnsweredReconnection {
  return { outcome: 'refused', reason };
}

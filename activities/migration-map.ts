import { z } from 'zod';
import { currentConfiguration } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import { approveMap, checkMap, rejectMap } from '../store/migration-maps.ts';
import type { AnsweredReconnection, MapCheck, MapRequest } from './reconnection-types.ts';
import type { HoldAnswer } from './types.ts';

const requestSchema = z.object({ customer: z.string().max(64), map: z.string().regex(/^\d{1,18}$/) });
const answerSchema = z.object({
  hash: z.string().max(64),
  operator: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@\\-]{0,63}$/u),
});

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
  answer: 'approve' | 'reject',
  given: HoldAnswer,
): Promise<AnsweredReconnection> {
  const parsed = answerSchema.safeParse(given);
  if (!parsed.success) return refused('an answer is {"hash": "...", "operator": "your name"}');
  const { hash, operator } = parsed.data;
  if (answer === 'reject')
    return (await rejectMap(database, map, operator))
      ? { outcome: 'recorded', text: 'Rejected.' }
      : refused('it was answered already');
  const current = await currentConfiguration(database, customer);
  if (current === null) return refused('there is no such customer');
  const { approvals } = current.configuration.reconnection;
  const approved = await database.transaction((transaction) =>
    approveMap(transaction, map, customer, hash, operator, approvals),
  );
  if (approved === null) return refused('it is another list by now, or was answered; look at it again');
  const text =
    approved.approved === approved.pairs
      ? `Approved: ${String(approved.pairs)} pairs. The next cycles of their forests reconnect them.`
      : 'Recorded. Another operator has to approve it, too.';
  return { outcome: 'recorded', text };
}

function refused(reason: string): AnsweredReconnection {
  return { outcome: 'refused', reason };
}

import type { MailboxFacts } from '../rules/mailbox.ts';
import type { Queryable, Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/** An identity that got a managed object which was there before, whose services are not known yet. */
export interface UnreadServices {
  readonly identityId: string;
  readonly managedGuid: string;
  /** Of the source account, the objectSid first. */
  readonly sids: readonly string[];
}

/** The next identities of a forest whose services are still to be read from their managed objects. */
export async function unreadServices(
  db: Queryable,
  source: ForestId,
  limit: number,
): Promise<readonly UnreadServices[]> {
  return db.query<UnreadServices>(
    `SELECT i.id AS "identityId", i.managed_guid AS "managedGuid", coalesce(o.attributes -> 'objectSid', '[]') || coalesce(o.attributes -> 'sIDHistory', '[]') AS sids
     FROM identity i JOIN source_object o ON o.forest_id = i.source_forest AND o.guid = i.source_guid
     WHERE i.source_forest = $1 AND i.services_unread AND i.managed_guid IS NOT NULL ORDER BY i.id LIMIT $2`,
    [source, limit],
  );
}

/** Keeps the mailboxes that were found, for life; what is wanted of them the evaluations say. */
export async function recordFoundServices(
  transaction: Transaction,
  looked: readonly UnreadServices[],
  found: readonly { readonly identityId: string; readonly facts: MailboxFacts }[],
): Promise<void> {
  await transaction.query(
    `INSERT INTO service AS s (identity_id, service, wanted, facts, state)
     SELECT "identityId", 'mail', NULL, facts, 'provisioned' FROM json_to_recordset($1::json) AS r ("identityId" uuid, facts jsonb)
     ON CONFLICT (identity_id, service) DO UPDATE SET facts = coalesce(s.facts, excluded.facts)`,
    [JSON.stringify(found)],
  );
  await transaction.query('UPDATE identity SET services_unread = false WHERE id = ANY($1)', [
    looked.map((identity) => identity.identityId),
  ]);
}

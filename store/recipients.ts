import type { Queryable } from './database.ts';
import type { ForestId } from './forests.ts';

/** The managed objects of one kind that a forest has. */
export interface RecipientCount {
  /** A recipient kind of mailboxes, `mailUser`, `mailContact`, `distributionGroup`, `mailSecurityGroup`, or `voice`. */
  readonly kind: string;
  readonly count: number;
  /** CN of one of them. */
  readonly example: string;
}

/** Counts the recipients and the voice users of a source forest by kind. Looks at all of them: for an operator, not for every cycle. */
export async function countRecipients(db: Queryable, forest: ForestId): Promise<readonly RecipientCount[]> {
  return db.query<RecipientCount>(
    `SELECT kind, count(*)::int AS count, min(cn) AS example FROM (
       SELECT CASE s.service WHEN 'voice' THEN 'voice' ELSE coalesce(s.facts ->> 'recipient', 'linked') END AS kind, i.cn
       FROM identity i JOIN service s ON s.identity_id = i.id
       WHERE i.source_forest = $1 AND s.state = 'provisioned' AND s.wanted IS NOT NULL AND s.facts IS NOT NULL
       UNION ALL
       SELECT CASE m.attributes -> 'msExchRecipientTypeDetails' ->> 0
         WHEN '64' THEN 'mailContact' WHEN '128' THEN 'mailUser' WHEN '256' THEN 'distributionGroup' WHEN '1024' THEN 'mailSecurityGroup' END, i.cn
       FROM identity i JOIN managed_object m ON m.forest_id = i.managed_forest AND m.guid = i.managed_guid AND m.deleted_at IS NULL
       WHERE i.source_forest = $1 AND m.attributes -> 'msExchRecipientTypeDetails' ->> 0 IN ('64', '128', '256', '1024')
     ) r GROUP BY kind ORDER BY kind`,
    [forest],
  );
}

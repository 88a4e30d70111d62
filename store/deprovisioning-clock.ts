import type { Queryable } from './database.ts';

/** Stops the clock of an end. @returns false where nothing ends, or it is stopped already */
export async function delayEnd(db: Queryable, identityId: string, operator: string): Promise<boolean> {
  const rows = await db.query(
    "UPDATE deprovisioning SET delayed_at = now(), delayed_by = $2 WHERE identity_id = $1 AND stage <> 'ended' AND delayed_at IS NULL RETURNING 1",
    [identityId, operator],
  );
  return rows.length > 0;
}

/** Starts the clock again where it stopped. @returns false where it was not stopped */
export async function resumeEnd(db: Queryable, identityId: string): Promise<boolean> {
  const rows = await db.query(
    `UPDATE deprovisioning SET grace_until = grace_until + (now() - delayed_at), retention_until = retention_until + (now() - delayed_at), delayed_at = NULL, delayed_by = NULL
     WHERE identity_id = $1 AND stage <> 'ended' AND delayed_at IS NOT NULL RETURNING 1`,
    [identityId],
  );
  return rows.length > 0;
}

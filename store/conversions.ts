import type { Transaction } from './database.ts';
import type { ForestId } from './forests.ts';

/**
 * SQL: the recipient kind that the mailbox of `row` was first provisioned as, which only a conversion changes; null without a
 * mailbox, and where it was adopted: its kind is not ours to ask about.
 */
export function fixedKind(row: string): string {
  return `CASE WHEN ${row}.facts IS NOT NULL AND NOT ${row}.facts ? 'adopted' THEN ${kind(row)} END`;
}

/** SQL: mailboxes of the time when all were linked do not tell their kind. */
function kind(row: string): string {
  return `coalesce(${row}.facts ->> 'recipient', 'linked')`;
}

/** A mailbox whose recipient kind somebody asks to change. */
export interface Convertible {
  /** Kind that it has; null where there is none. */
  readonly recipient: string | null;
  /** Kind that the source object asks for now; null for none. */
  readonly asked: string | null;
  /** Its services have ended or are about to: the mailbox may be given back as what it was. */
  readonly disconnected: boolean;
  /** Kind that an open conversion leads to; null without one. */
  readonly converting: string | null;
  /** Codes of the errors that the rules find in the source object. */
  readonly errors: readonly string[];
}

/** What is to be known of a mailbox before its kind is changed, its row locked; null when there is no such identity. */
export async function convertible(
  transaction: Transaction,
  sourceForest: ForestId,
  identityId: string,
): Promise<Convertible | null> {
  await transaction.query("SELECT 1 FROM service WHERE identity_id = $1 AND service = 'mail' FOR UPDATE", [identityId]);
  const [row] = await transaction.query<Convertible>(
    `SELECT CASE WHEN s.facts IS NOT NULL THEN ${kind('s')} END AS recipient, CASE WHEN i.state = 'connected' AND e.in_scope THEN e.service -> 'mail' ->> 'recipient' END AS asked,
       coalesce(s.state = 'disconnected', false) AS disconnected, c.to_recipient AS converting,
       ARRAY(SELECT x.code FROM object_error x WHERE x.forest_id = i.source_forest AND x.guid = i.source_guid AND x.finder IN ('rule', 'claim')
         AND (x.code LIKE 'SE%' OR x.code LIKE 'PE1%') ORDER BY x.code) AS errors
     FROM identity i LEFT JOIN service s ON s.identity_id = i.id AND s.service = 'mail'
     LEFT JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid
     LEFT JOIN conversion c ON c.identity_id = i.id AND c.ended_at IS NULL
     WHERE i.id = $1 AND i.source_forest = $2`,
    [identityId, sourceForest],
  );
  return row ?? null;
}

/** Begins a conversion: from here on the mailbox is to be of the kind that the source object asks for. */
export async function beginConversion(
  transaction: Transaction,
  identityId: string,
  operator: string,
  workflowRun: string,
): Promise<void> {
  await transaction.query(
    `INSERT INTO conversion (identity_id, from_recipient, to_recipient, former_wish, former_facts, operator, workflow_run)
     SELECT i.id, ${kind('s')}, e.service -> 'mail' ->> 'recipient', s.wanted, s.facts, $2, $3 FROM identity i
     JOIN service s ON s.identity_id = i.id AND s.service = 'mail' JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid WHERE i.id = $1`,
    [identityId, operator, workflowRun],
  );
  // An adopted one is one of ours from now on.
  await transaction.query(
    `UPDATE service s SET facts = s.facts - 'adopted' || jsonb_build_object('recipient', e.service -> 'mail' -> 'recipient'), wanted = e.service -> 'mail', state = 'wanted', changed_at = now()
     FROM identity i JOIN evaluation e ON e.forest_id = i.source_forest AND e.guid = i.source_guid WHERE i.id = $1 AND s.identity_id = i.id AND s.service = 'mail'`,
    [identityId],
  );
  await clearKindError(transaction, identityId);
}

/** Makes an open conversion that of another workflow run, which is the one to end it. */
export async function takeConversion(transaction: Transaction, identityId: string, workflowRun: string): Promise<void> {
  await transaction.query('UPDATE conversion SET workflow_run = $2 WHERE identity_id = $1 AND ended_at IS NULL', [
    identityId,
    workflowRun,
  ]);
}

/**
 * Ends the open conversion that a workflow run began. Given up, the mailbox is of its former kind again, and is to be
 * provisioned as that; the source object gets its error back.
 */
export async function endConversion(
  transaction: Transaction,
  identityId: string,
  workflowRun: string,
  outcome: 'converted' | 'given up',
): Promise<void> {
  const [ended] = await transaction.query<{ facts: unknown; wish: unknown }>(
    `UPDATE conversion SET ended_at = now(), outcome = $3 WHERE identity_id = $1 AND workflow_run = $2 AND ended_at IS NULL
     RETURNING former_facts AS facts, former_wish AS wish`,
    [identityId, workflowRun, outcome],
  );
  if (ended === undefined || outcome === 'converted') return;
  await transaction.query(
    `UPDATE service SET facts = $2, wanted = $3, state = CASE WHEN state = 'disconnected' THEN state ELSE 'wanted' END, changed_at = now() WHERE identity_id = $1 AND service = 'mail'`,
    [identityId, JSON.stringify(ended.facts), JSON.stringify(ended.wish)],
  );
  await transaction.query(
    'UPDATE evaluation e SET unsettled = true FROM identity i WHERE i.id = $1 AND e.forest_id = i.source_forest AND e.guid = i.source_guid',
    [identityId],
  );
}

async function clearKindError(transaction: Transaction, identityId: string): Promise<void> {
  await transaction.query(
    `DELETE FROM object_error x USING identity i WHERE i.id = $1 AND x.forest_id = i.source_forest AND x.guid = i.source_guid AND x.finder = 'kind'`,
    [identityId],
  );
}

/**
 * Tells the objects that ask for another recipient kind than their mailbox was first provisioned as, and no others of those
 * whose evaluations are settling.
 */
export async function settleKindErrors(transaction: Transaction, forest: ForestId): Promise<void> {
  await transaction.query(
    `CREATE TEMPORARY TABLE other_kind ON COMMIT DROP AS
     SELECT e.forest_id, e.guid, 'the mailbox is of the kind ' || ${fixedKind('s')} || ', asked for is ' || (e.service -> 'mail' ->> 'recipient')
       || '; id of the conversion: convert/' || i.customer || '/' || i.id AS details
     FROM evaluation e JOIN identity i ON i.source_forest = e.forest_id AND i.source_guid = e.guid
     JOIN service s ON s.identity_id = i.id AND s.service = 'mail'
     WHERE e.forest_id = $1 AND e.settling AND e.in_scope AND ${fixedKind('s')} <> e.service -> 'mail' ->> 'recipient'`,
    [forest],
  );
  await transaction.query(
    `DELETE FROM object_error x USING evaluation e WHERE e.forest_id = $1 AND e.settling AND x.forest_id = e.forest_id AND x.guid = e.guid AND x.finder = 'kind'
       AND NOT EXISTS (SELECT FROM other_kind o WHERE o.guid = e.guid)`,
    [forest],
  );
  await transaction.query(
    `INSERT INTO object_error AS x (forest_id, guid, code, attribute, details, finder) SELECT forest_id, guid, 'PE403', '', details, 'kind' FROM other_kind
     ON CONFLICT (forest_id, guid, code, attribute) DO UPDATE SET details = excluded.details, finder = excluded.finder, last_seen = now(), count = x.count + 1`,
  );
}

import { isNews, type Alert } from '../rules/alerts.ts';
import type { Database, Queryable, Transaction } from './database.ts';

/** A way that an alert goes, and to whom: a recipient, or nobody in particular. */
export interface NoticeTarget {
  readonly way: 'mail' | 'program' | 'webhook';
  readonly target: string;
}

interface OpenAlert extends Pick<Alert, 'key' | 'content' | 'weight'> {
  readonly id: string;
}

/** One look at a customer's alerts at a time, until the transaction ends: two would tell the same twice. */
export async function lockAlerts(transaction: Transaction, customer: string): Promise<void> {
  await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' alerts ' || $1, 0))", [
    customer,
  ]);
}

/**
 * Makes the open alerts of a customer those that hold now: new ones and those with worse news are to be told to each target, once;
 * what an older notice of the same had not told yet is told by the newer one. Ended ones are told no more.
 */
export async function settleAlerts(
  transaction: Transaction,
  customer: string,
  now: readonly Alert[],
  targets: readonly NoticeTarget[],
): Promise<void> {
  await lockAlerts(transaction, customer);
  const open = await transaction.query<OpenAlert>(
    'SELECT id, key, content, weight FROM alert WHERE customer = $1 AND ended_at IS NULL FOR UPDATE',
    [customer],
  );
  const known = new Map(open.map((alert) => [alert.key, alert]));
  const keys = new Set(now.map((alert) => alert.key));
  const ended = open.filter(({ key }) => !keys.has(key)).map(({ id }) => id);
  await transaction.query('UPDATE alert SET ended_at = now() WHERE id = ANY($1)', [ended]);
  await endNotices(transaction, ended, 'it is over');
  for (const alert of now) {
    const before = known.get(alert.key);
    if (before?.content === alert.content) continue;
    const id = before === undefined ? await insert(transaction, customer, alert) : before.id;
    if (before !== undefined)
      await transaction.query(
        'UPDATE alert SET content = $2, weight = $3, subject = $4, text = $5, changed_at = now() WHERE id = $1',
        [id, alert.content, alert.weight, alert.subject, alert.text],
      );
    if (before !== undefined && !isNews(before, alert)) continue;
    await endNotices(transaction, [id], 'a newer one took its place');
    await notify(transaction, id, targets, alert);
  }
}

async function insert(transaction: Transaction, customer: string, alert: Alert): Promise<string> {
  const [row] = await transaction.query<{ id: string }>(
    'INSERT INTO alert (customer, key, kind, content, weight, subject, text) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id',
    [customer, alert.key, alert.kind, alert.content, alert.weight, alert.subject, alert.text],
  );
  if (row === undefined) throw new Error('the alert could not be recorded');
  return row.id;
}

async function endNotices(transaction: Transaction, alerts: readonly string[], reason: string): Promise<void> {
  await transaction.query(
    'UPDATE alert_notice SET ended_at = now(), reason = $2 WHERE alert_id = ANY($1) AND sent_at IS NULL AND ended_at IS NULL',
    [alerts, reason],
  );
}

async function notify(
  transaction: Transaction,
  alert: string,
  targets: readonly NoticeTarget[],
  { subject, text }: Pick<Alert, 'subject' | 'text'>,
): Promise<void> {
  await transaction.query(
    `INSERT INTO alert_notice (alert_id, way, target, subject, text)
     SELECT $1, way, target, $3, $4 FROM json_to_recordset($2::json) AS r (way text, target text)`,
    [alert, JSON.stringify(targets), subject, text],
  );
}

/**
 * Has a trial told to each target, and what was put off with it: somebody may have mended the way. An attempt after one that did so adds
 * nothing.
 */
export async function tryAlerts(
  transaction: Transaction,
  customer: string,
  targets: readonly NoticeTarget[],
  workflowRun: string,
): Promise<void> {
  const key = `trial/${workflowRun}`;
  const known = await transaction.query('SELECT 1 FROM alert WHERE customer = $1 AND key = $2', [customer, key]);
  if (known.length > 0) return;
  const subject = `${customer}: a trial`;
  const text = 'This is a trial of the alerts: itasca alerts test. Nothing has happened.';
  const trial = { key, kind: 'approval', content: 'trial', weight: 0, subject, text } as const;
  const id = await insert(transaction, customer, trial);
  await transaction.query('UPDATE alert SET ended_at = now() WHERE id = $1', [id]);
  await notify(transaction, id, targets, trial);
  await transaction.query(
    'UPDATE alert_notice n SET not_before = NULL FROM alert a WHERE a.id = n.alert_id AND a.customer = $1 AND n.sent_at IS NULL AND n.ended_at IS NULL',
    [customer],
  );
}

/** A notice that is still to be told. */
export interface OpenNotice {
  readonly id: string;
  readonly way: NoticeTarget['way'];
}

export async function openNotices(db: Queryable, customer: string): Promise<readonly OpenNotice[]> {
  return db.query<OpenNotice>(
    `SELECT n.id, n.way FROM alert_notice n JOIN alert a ON a.id = n.alert_id
     WHERE a.customer = $1 AND n.sent_at IS NULL AND n.ended_at IS NULL AND (n.not_before IS NULL OR n.not_before <= now()) ORDER BY n.made_at, n.way, n.target`,
    [customer],
  );
}

/** A notice as it is told. */
export interface Notice extends NoticeTarget {
  readonly id: string;
  readonly customer: string;
  readonly kind: string;
  readonly key: string;
  readonly subject: string;
  readonly text: string;
  readonly madeAt: Date;
}

/**
 * Tells a notice, unless it was told, is over, or is being told: with its row locked. When `tell` throws it stays open.
 */
export async function tellNotice(
  database: Database,
  id: string,
  tell: (notice: Notice) => Promise<void>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const [notice] = await transaction.query<Notice>(
      `SELECT n.id, a.customer, a.kind, a.key, n.way, n.target, n.subject, n.text, n.made_at AS "madeAt" FROM alert_notice n JOIN alert a ON a.id = n.alert_id
       WHERE n.id = $1 AND n.sent_at IS NULL AND n.ended_at IS NULL FOR UPDATE OF n SKIP LOCKED`,
      [id],
    );
    if (notice === undefined) return;
    await tell(notice);
    await transaction.query('UPDATE alert_notice SET sent_at = now() WHERE id = $1', [id]);
  });
}

/**
 * Puts a notice off that was refused, unless it was told: for an hour, and each time for twice as long up to a day. What it says stays
 * unsaid only until somebody has mended the way. That of an alert that is over, as a trial is, is given up.
 */
export async function putOffNotice(db: Queryable, id: string, refusal: string): Promise<void> {
  await db.query(
    `UPDATE alert_notice n SET refusals = refusals + 1, refusal = $2, not_before = now() + least(interval '1 hour' * 2 ^ least(refusals, 5), interval '1 day'),
       ended_at = CASE WHEN a.ended_at IS NOT NULL THEN now() END, reason = CASE WHEN a.ended_at IS NOT NULL THEN $2 END
     FROM alert a WHERE a.id = n.alert_id AND n.id = $1 AND n.sent_at IS NULL AND n.ended_at IS NULL`,
    [id, refusal],
  );
}

/** An alert with how its notices stand. */
export interface ListedAlert {
  readonly customer: string;
  readonly key: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  readonly since: Date;
  readonly changedAt: Date;
  readonly endedAt: Date | null;
  readonly notices: readonly {
    readonly way: string;
    readonly target: string;
    readonly sentAt: string | null;
    /** Why it is told no more. */
    readonly reason: string | null;
    /** Why it was not told when it was last tried, and until when it is put off for that. */
    readonly refusal: string | null;
    readonly notBefore: string | null;
  }[];
}

/** Alerts of one customer or of all, the newest first: those that hold, or those of before too. */
export async function listAlerts(
  db: Queryable,
  customer: string | null,
  all: boolean,
  limit: number,
): Promise<readonly ListedAlert[]> {
  return db.query<ListedAlert>(
    `SELECT a.customer, a.key, a.kind, a.subject, a.text, a.since, a.changed_at AS "changedAt", a.ended_at AS "endedAt",
       (SELECT coalesce(jsonb_agg(jsonb_build_object('way', n.way, 'target', n.target, 'sentAt', n.sent_at, 'reason', n.reason, 'refusal', n.refusal, 'notBefore', n.not_before) ORDER BY n.made_at, n.way, n.target), '[]')
        FROM alert_notice n WHERE n.alert_id = a.id) AS notices
     FROM alert a WHERE ($1::text IS NULL OR a.customer = $1) AND ($2 OR a.ended_at IS NULL) ORDER BY a.id DESC LIMIT $3`,
    [customer, all, limit],
  );
}

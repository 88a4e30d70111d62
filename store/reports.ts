import type { Database, Queryable } from './database.ts';
import type { ReportTotals } from './report-facts.ts';

/** A way that a report goes, and where to: a folder, or one recipient. */
export interface DeliveryTarget {
  readonly way: 'folder' | 'mail';
  readonly target: string;
}

export interface NewReport {
  readonly customer: string;
  /** What it is about; there is one report of each. */
  readonly subject: string;
  readonly fileName: string;
  readonly totals: ReportTotals;
  readonly content: Buffer;
}

/** A report that was made. */
export interface KeptReport extends Omit<NewReport, 'content'> {
  readonly id: string;
  readonly madeAt: Date;
}

const KEPT = 'id, customer, subject, file_name AS "fileName", totals, made_at AS "madeAt"';

/** A report by what it is about; null when it was not made yet. */
export async function reportOf(db: Queryable, customer: string, subject: string): Promise<KeptReport | null> {
  const [row] = await db.query<KeptReport>(
    `SELECT ${KEPT} FROM report WHERE customer = $1 AND subject = $2 AND content IS NOT NULL`,
    [customer, subject],
  );
  return row ?? null;
}

/** The zip of a report; null when it is not kept any more. */
export async function reportContent(db: Queryable, id: string): Promise<Buffer | null> {
  const [row] = await db.query<{ content: Buffer | null }>('SELECT content FROM report WHERE id = $1', [id]);
  return row?.content ?? null;
}

/** Keeps a report. Another attempt may have been first: then that one counts. */
export async function keepReport(db: Queryable, report: NewReport): Promise<KeptReport> {
  const { customer, subject, fileName, totals, content } = report;
  await db.query(
    `INSERT INTO report AS r (customer, subject, file_name, totals, content) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (customer, subject) DO UPDATE SET file_name = excluded.file_name, totals = excluded.totals, content = excluded.content, made_at = now()
       WHERE r.content IS NULL`,
    [customer, subject, fileName, JSON.stringify(totals), content],
  );
  const kept = await reportOf(db, customer, subject);
  if (kept === null) throw new Error('the report could not be kept');
  return kept;
}

/**
 * Has a report delivered to these targets too.
 *
 * @returns its deliveries that are still to be made; those that were given up are open again
 */
export async function openDeliveries(
  db: Queryable,
  report: string,
  targets: readonly DeliveryTarget[],
): Promise<readonly { readonly id: string; readonly way: DeliveryTarget['way'] }[]> {
  await db.query(
    `INSERT INTO report_delivery AS d (report_id, way, target) SELECT $1, way, target FROM json_to_recordset($2::json) AS r (way text, target text)
     ON CONFLICT (report_id, way, target) DO UPDATE SET refused_at = NULL, reason = NULL WHERE d.refused_at IS NOT NULL`,
    [report, JSON.stringify(targets)],
  );
  return db.query(
    'SELECT id, way FROM report_delivery WHERE report_id = $1 AND delivered_at IS NULL AND refused_at IS NULL ORDER BY way, target',
    [report],
  );
}

/** A delivery that is to be made now. */
export interface Delivery extends DeliveryTarget {
  readonly id: string;
  readonly report: KeptReport & { readonly content: Buffer };
}

/**
 * Makes a delivery, unless it was made or given up already: with its row locked, so that two attempts never make it at the
 * same time. When `deliver` throws it stays open.
 */
export async function makeDelivery(
  database: Database,
  id: string,
  deliver: (delivery: Delivery) => Promise<void>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const [open] = await transaction.query<DeliveryTarget & { report: string }>(
      `SELECT report_id AS report, way, target FROM report_delivery WHERE id = $1 AND delivered_at IS NULL AND refused_at IS NULL FOR UPDATE`,
      [id],
    );
    if (open === undefined) return;
    const [report] = await transaction.query<KeptReport & { content: Buffer }>(
      `SELECT ${KEPT}, content FROM report WHERE id = $1 AND content IS NOT NULL`,
      [open.report],
    );
    // It was erased meanwhile: there is nothing to deliver any more.
    if (report === undefined) return;
    await deliver({ id, way: open.way, target: open.target, report });
    await transaction.query('UPDATE report_delivery SET delivered_at = now() WHERE id = $1', [id]);
  });
}

/** Gives a delivery up, unless it was made. */
export async function giveUpDelivery(db: Queryable, id: string, reason: string): Promise<void> {
  await db.query('UPDATE report_delivery SET refused_at = now(), reason = $2 WHERE id = $1 AND delivered_at IS NULL', [
    id,
    reason,
  ]);
}

/** How the deliveries of a report stand. */
export interface DeliveryStanding extends DeliveryTarget {
  readonly deliveredAt: Date | null;
  readonly reason: string | null;
}

export async function deliveriesOf(db: Queryable, report: string): Promise<readonly DeliveryStanding[]> {
  return db.query<DeliveryStanding>(
    'SELECT way, target, delivered_at AS "deliveredAt", reason FROM report_delivery WHERE report_id = $1 ORDER BY way, target',
    [report],
  );
}

/** A kept report with how many of its deliveries were made, are open, and were given up. */
export interface ListedReport extends KeptReport {
  readonly delivered: number;
  readonly open: number;
  readonly refused: number;
}

/** The reports of a customer that are kept, the newest first. */
export async function listReports(db: Queryable, customer: string, limit: number): Promise<readonly ListedReport[]> {
  return db.query<ListedReport>(
    `SELECT r.id, r.customer, r.subject, r.file_name AS "fileName", r.totals, r.made_at AS "madeAt",
       count(d.id) FILTER (WHERE d.delivered_at IS NOT NULL)::int AS delivered,
       count(d.id) FILTER (WHERE d.delivered_at IS NULL AND d.refused_at IS NULL)::int AS open, count(d.id) FILTER (WHERE d.refused_at IS NOT NULL)::int AS refused
     FROM report r LEFT JOIN report_delivery d ON d.report_id = r.id WHERE r.customer = $1 AND r.content IS NOT NULL
     GROUP BY r.id ORDER BY r.made_at DESC, r.id DESC LIMIT $2`,
    [customer, limit],
  );
}

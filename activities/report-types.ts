import type { ReportTotals } from '../store/report-facts.ts';

/** What a report is to be about. A day that is not named is the one before. */
export type ReportAbout =
  | { readonly kind: 'day'; readonly day?: string }
  | { readonly kind: 'cycle'; readonly run: string }
  | { readonly kind: 'now' };

export interface ReportRequest {
  readonly customer: string;
  readonly about: ReportAbout;
  /** Whether the folder and the recipients get it, or it is only kept. */
  readonly deliver: boolean;
}

/** A report that was made: numbers and ids only. */
export interface MadeReport {
  readonly report: string;
  readonly fileName: string;
  readonly bytes: number;
  readonly totals: ReportTotals;
  /** Its deliveries that are still to be made. */
  readonly deliveries: readonly { readonly id: string; readonly way: 'folder' | 'mail' }[];
}

export interface ReportActivities {
  /**
   * Makes a report, once, however often it is asked for.
   *
   * @param at when it was due, as ISO text: what the day before is counted from
   */
  makeReport(request: ReportRequest, at: string): Promise<MadeReport>;
  /** Delivers a report to its folder or to one recipient, once. */
  deliverReport(delivery: string): Promise<void>;
  /** Records why a delivery is given up. */
  giveUpReport(delivery: string, reason: string): Promise<void>;
}

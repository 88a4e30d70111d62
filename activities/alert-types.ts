/** Whose alerts are looked at. */
export interface AlertRequest {
  readonly customer: string;
  /** A trial is told to each target. */
  readonly trial?: true;
}

/** What is to be told now: ids and ways only. */
export interface LookedAlerts {
  readonly open: number;
  readonly notices: readonly { readonly id: string; readonly way: 'mail' | 'program' | 'webhook' }[];
}

/** The steps of alerts. */
export interface AlertActivities {
  lookAtAlerts(request: AlertRequest): Promise<LookedAlerts>;
  tellAlert(notice: string): Promise<void>;
  /** Puts a notice that is refused off; one of a trial is given up. */
  putOffAlert(notice: string, refusal: string): Promise<void>;
}

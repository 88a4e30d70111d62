import { milliseconds } from './configuration.ts';

/** A cycle that is this many intervals late is overdue. */
export const OVERDUE_INTERVALS = 3;

/** When cycles of a forest ran. */
export interface CycleTimes {
  readonly lastCompletedAt: Date | null;
  /** When the configuration in force was applied. */
  readonly configuredAt: Date;
  /** Time between two cycles, such as `15m`. */
  readonly every: string;
  /** The newest cycle waits for an operator, perhaps with the forest in its hands. */
  readonly newestWaits: boolean;
}

/** Whether the last completed cycle of a forest is three intervals ago, or none came in that time from the beginning. */
export function isOverdue({ lastCompletedAt, configuredAt, every, newestWaits }: CycleTimes, now: number): boolean {
  const since = lastCompletedAt ?? configuredAt;
  return now - since.getTime() > OVERDUE_INTERVALS * milliseconds(every) && !newestWaits;
}

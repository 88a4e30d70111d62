import { z } from 'zod';
import { duration } from './duration-settings.ts';
import { recipients } from './recipient-settings.ts';

export const ALERT_KINDS = ['approval', 'case', 'overdue', 'gap', 'rights', 'failed', 'budget'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Alerts: what somebody should know at once (docs/alerts.md). */
export const alertSchema = z.strictObject({
  to: recipients
    .default([])
    .describe('Recipients, each of whom gets a mail of their own by [the mail server](mail.md) of the worker'),
  program: z
    .boolean()
    .default(false)
    .describe("Whether the worker's program for alerts is run (`ITASCA_ALERT_COMMAND`)"),
  webhook: z.boolean().default(false).describe("Whether the worker's webhook is called (`ITASCA_ALERT_WEBHOOK`)"),
  kinds: z
    .array(z.enum(ALERT_KINDS))
    .min(1)
    .default([...ALERT_KINDS])
    .describe(
      'What is told: a list or a pilot waits for an `approval`; a `case`, join or map waits for an answer; a cycle is `overdue` by three intervals; the `gap` since a domain was read is half of the tombstone lifetime; `rights` of the account are lost, or it is refused; a cycle has `failed` by what somebody must mend; the error `budget` of an onboarding has stopped it',
    ),
  every: duration
    .default('5m')
    .describe('How often it is looked for what only time tells; what a workflow knows is told at once'),
});

export type AlertSettings = z.output<typeof alertSchema>;

/** Whether alerts go anywhere. */
export function isAlerting({ to, program, webhook }: Pick<AlertSettings, 'to' | 'program' | 'webhook'>): boolean {
  return to.length > 0 || program || webhook;
}

import { z } from 'zod';
import type { ProgramSettings } from '../activities/drivers/program.ts';
import type { MailServer } from '../activities/send-mail.ts';
import { taskQueue } from '../workflows/ids.ts';
import { alertSettings, alertWaysOf, type AlertWays } from './alert-settings.ts';
import { driverSettings, programOf } from './driver-settings.ts';
import { healthSettings, type ListenAddress } from './health-settings.ts';
import { mailFaults, mailServerOf, mailSettings } from './mail-settings.ts';

const schema = z
  .object({
    DATABASE_URL: z.url({ protocol: /^postgres(?:ql)?$/, error: 'must be a postgres:// URL' }),
    ITASCA_SCHEMA: z.string().default('itasca'),
    ITASCA_TASK_QUEUE: z.string().min(1).default(taskQueue),
    ...driverSettings,
    ...healthSettings,
    ...mailSettings,
    ...alertSettings,
  })
  .superRefine((settings, context) => {
    for (const [name, message] of mailFaults(settings)) context.addIssue({ code: 'custom', path: [name], message });
  });

/** What a worker process is told by its environment. Where Temporal is, is read by @temporalio/envconfig (TEMPORAL_ADDRESS and so on). */
export interface WorkerSettings {
  readonly databaseUrl: string;
  /** Schema of Itasca's tables. */
  readonly schema: string;
  readonly taskQueue: string;
  /** Program of the command driver. */
  readonly program?: ProgramSettings;
  /** The mail server of reports and alerts. */
  readonly mail?: MailServer;
  /** Where alerts go beside mail. */
  readonly alerts?: AlertWays;
  /** Where /healthz, /readyz and /metrics are answered. */
  readonly healthAddress?: ListenAddress;
  /** Where the metrics of Temporal's SDK are told, for Prometheus. */
  readonly sdkMetricsAddress?: ListenAddress;
}

/** The environment lacks a setting, or has one that can not be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads a worker's settings from its environment.
 *
 * @throws SettingsError naming each variable that is wrong
 */
export function readSettings(environment: NodeJS.ProcessEnv): WorkerSettings {
  const parsed = schema.safeParse(environment);
  if (!parsed.success)
    throw new SettingsError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const program = programOf(parsed.data, environment);
  const mail = mailServerOf(parsed.data);
  const alerts = alertWaysOf(parsed.data, environment);
  const { ITASCA_HEALTH_ADDRESS: healthAddress, ITASCA_SDK_METRICS_ADDRESS: sdkMetricsAddress } = parsed.data;
  return {
    databaseUrl: parsed.data.DATABASE_URL,
    schema: parsed.data.ITASCA_SCHEMA,
    taskQueue: parsed.data.ITASCA_TASK_QUEUE,
    ...(program === undefined ? {} : { program }),
    ...(mail === undefined ? {} : { mail }),
    ...(alerts === undefined ? {} : { alerts }),
    ...(healthAddress === undefined ? {} : { healthAddress }),
    ...(sdkMetricsAddress === undefined ? {} : { sdkMetricsAddress }),
  };
}

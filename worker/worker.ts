import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { Worker, type NativeConnection, type WorkflowBundleOption } from '@temporalio/worker';
import type { ProgramSettings } from '../activities/drivers/program.ts';
import { createActivities } from '../activities/index.ts';
import { readSecret } from '../activities/secrets.ts';
import type { MailServer } from '../activities/send-mail.ts';
import type { Database } from '../store/database.ts';
import type { AlertWays } from './alert-settings.ts';
import { FailureBoundary } from './interceptors.ts';
import { objectWorkflows } from './object-workflows.ts';
import { rulesVersion } from './rules-version.ts';

export interface WorkerParts {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly database: Database;
  /** Passwords that configurations name by variable are looked up here. */
  readonly environment: NodeJS.ProcessEnv;
  /** What the worker offers beside Itasca; its workflows are found from another file then, which exports Itasca's too. */
  readonly more?: {
    readonly workflowsPath: string;
    readonly activities: (client: Client, taskQueue: string) => Readonly<Record<string, unknown>>;
  };
  /** Program of the command driver. */
  readonly program?: ProgramSettings;
  /** The mail server of reports and alerts. */
  readonly mail?: MailServer;
  /** Where alerts go beside mail. */
  readonly alerts?: AlertWays;
  /** Workflow code that was bundled before; bundled anew when absent. */
  readonly workflowBundle?: WorkflowBundleOption;
}

/**
 * Workflows that are kept in memory between two of their steps; others are replayed, which costs time and no more. By
 * itself the SDK keeps as many as would fill the heap.
 */
const CACHED_WORKFLOWS = 100;

/** Where the workflow code begins, for bundling. */
export const workflowsPath = join(import.meta.dirname, '..', 'workflows', 'index.ts');

/** A worker for all workflows and activities of Itasca. It polls when its `run` is called. */
export async function createWorker(parts: WorkerParts): Promise<Worker> {
  const client = new Client({ connection: parts.connection, namespace: parts.namespace });
  const activities = createActivities({
    database: parts.database,
    rulesVersion: await rulesVersion(),
    secret: (source) => readSecret(source, parts.environment),
    workflows: objectWorkflows(client, parts.taskQueue),
    ...(parts.program === undefined ? {} : { program: parts.program }),
    ...(parts.mail === undefined ? {} : { mail: parts.mail }),
    ...(parts.alerts === undefined ? {} : { alerts: parts.alerts }),
  });
  return Worker.create({
    connection: parts.connection,
    namespace: parts.namespace,
    taskQueue: parts.taskQueue,
    activities: { ...activities, ...parts.more?.activities(client, parts.taskQueue) },
    ...(parts.workflowBundle === undefined
      ? { workflowsPath: parts.more?.workflowsPath ?? workflowsPath }
      : { workflowBundle: parts.workflowBundle }),
    interceptors: { activity: [(context) => ({ inbound: new FailureBoundary(context) })] },
    maxConcurrentActivityTaskExecutions: 40,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    shutdownGraceTime: '10 seconds',
    shutdownForceTime: '30 seconds',
  });
}

import type { DirectoryEndpoint } from '../directory/endpoint.ts';
import type { Configuration, ForestConfiguration, ManagedConfiguration } from '../rules/configuration.ts';
import type { ObjectKind } from '../rules/objects.ts';
import { configurationVersion } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import type { Holder } from '../store/locks.ts';
import type { ProgramSettings } from './drivers/program.ts';
import type { ReconnectionRequest } from './reconnection-types.ts';
import type { MailServer } from './send-mail.ts';
import type { ProvisionRequest } from './object-types.ts';
import type { HeldList } from './types.ts';

/** Where a configuration says that a password is. */
export interface SecretSource {
  readonly passwordFile?: string | undefined;
  readonly passwordEnv?: string | undefined;
}

/** A source object whose services end. */
export interface EndingObject {
  readonly sourceGuid: string;
  readonly kind: ObjectKind;
}

/** What the activities need from the process that they run in. */
export interface Dependencies {
  readonly database: Database;
  /** Names the version of the rules: another one has every object evaluated again. */
  readonly rulesVersion: string;
  /** Reads a password where the configuration says it is; never kept. */
  readonly secret: (source: SecretSource) => Promise<string>;
  /** Program of the command driver, where the worker's settings name one. */
  readonly program?: ProgramSettings;
  /** The mail server, where the worker's settings name one. */
  readonly mail?: MailServer;
  /** Program and webhook of alerts, where the worker's settings name them. */
  readonly alerts?: { readonly program?: ProgramSettings; readonly webhook?: string };
  readonly workflows: {
    /** Whether a workflow run that holds a lock still runs. */
    readonly isRunning: (holder: Holder) => Promise<boolean>;
    /**
     * Has the workflows of a customer end, except one: who writes or looks is let end by itself, all others are cancelled.
     *
     * @returns how many still ran, and the ids of the first that are waited for
     */
    readonly endAll: (
      customer: string,
      except: string,
    ) => Promise<{ readonly running: number; readonly waits: readonly string[] }>;
    /** Takes away the Schedules of a customer. */
    readonly endSchedules: (configuration: Configuration) => Promise<void>;
    /** Tells a workflow that waits for an answer that its list is another one now; without effect when it has ended. */
    readonly holdChanged: (holder: Holder, list: HeldList) => Promise<void>;
    /** Has somebody told what is new of a customer: starts the workflow of its alerts, or has the one that runs look again. */
    readonly lookAtAlerts: (customer: string) => Promise<void>;
    /** Has a report of a cycle made and delivered; the one that is under way, or was made, is left. */
    readonly startReport: (customer: string, run: string) => Promise<void>;
    /** Starts the workflow of an identity whose services end, or tells the one that runs that there is news. */
    readonly startDeprovisioning: (request: ProvisionRequest, object: EndingObject) => Promise<void>;
    /** Starts the workflow of a new source object that may be somebody known, or tells the one that runs that there is news. */
    readonly startReconnection: (request: ReconnectionRequest & { readonly forest: string }) => Promise<void>;
    /**
     * Starts the object workflow of an identity; joins the one that runs already.
     *
     * @param again one ran before and may wait for a correction: it is told to try again
     */
    readonly startProvisioning: (request: ProvisionRequest, sourceGuid: string, again: boolean) => Promise<void>;
  };
}

/** The configuration version that a step names is not in the database: it was lost or belongs to another database. */
export class ConfigurationMissing extends Error {
  override readonly name = 'ConfigurationMissing';
}

/** The customer is offboarded: no cycle begins. */
export class CustomerOffboarded extends Error {
  override readonly name = 'CustomerOffboarded';
}

const loaded = new WeakMap<Database, Map<string, Configuration>>();

/** A configuration by customer and number. Versions are immutable, so each is read once. */
export async function configurationOf(database: Database, customer: string, number: number): Promise<Configuration> {
  const known = loaded.get(database) ?? new Map<string, Configuration>();
  loaded.set(database, known);
  const key = `${customer}/${String(number)}`;
  const configuration = known.get(key) ?? (await configurationVersion(database, customer, number));
  if (configuration === null)
    throw new ConfigurationMissing(
      `The configuration ${String(number)} of the customer ${customer} is not in the database. Apply the configuration again.`,
    );
  known.set(key, configuration);
  return configuration;
}

/** The forest of that name in a customer's configuration. */
export function forestOf(configuration: Configuration, name: string): ForestConfiguration {
  const found = configuration.forests.find((forest) => forest.name === name);
  if (found === undefined)
    throw new ConfigurationMissing(
      `The configuration of the customer ${configuration.customer} has no forest ${name}.`,
    );
  return found;
}

/** How to reach one naming context's controllers with a configuration's account. */
export async function endpoint(
  dependencies: Dependencies,
  controllers: readonly string[],
  access: ForestConfiguration | ManagedConfiguration,
): Promise<DirectoryEndpoint> {
  const [preferred, ...others] = controllers;
  if (preferred === undefined) throw new ConfigurationMissing('The configuration names no domain controller.');
  return {
    controllers: [preferred, ...others],
    tls: {
      ...(access.tls.caFile === undefined ? {} : { caFile: access.tls.caFile }),
      ...(access.tls.serverName === undefined ? {} : { servername: access.tls.serverName }),
    },
    allowPlainBind: access.tls.plain !== undefined,
    bind: { account: access.account, password: await dependencies.secret(access) },
  };
}

import type * as TemporalClient from '@temporalio/client';
import type { Client, Connection, ConnectionOptions } from '@temporalio/client';
import { currentConfiguration, customers } from '../../store/configurations.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { Database } from '../../store/database.ts';
import { whyNoCycle } from '../../store/offboarding.ts';
import { errorText } from './error-code.ts';
import { Mistake } from './mistake.ts';
import type { Output } from './output.ts';
import type { CommandSettings } from './settings.ts';

/** What a command works with; connections are made when they are first asked for. */
export class Session {
  readonly settings: CommandSettings;
  readonly out: Output;
  #database: Database | undefined;
  #connection: Connection | undefined;
  #client: Client | undefined;

  readonly #environment: NodeJS.ProcessEnv;

  constructor(settings: CommandSettings, out: Output, environment: NodeJS.ProcessEnv) {
    this.settings = settings;
    this.out = out;
    this.#environment = environment;
  }

  get database(): Database {
    this.#database ??= new Database({ url: this.settings.databaseUrl, schema: this.settings.schema, connections: 4 });
    return this.#database;
  }

  /** @throws Mistake when Temporal can not be reached, with its address */
  async temporal(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const connection = await this.connection();
    const { namespace } = await this.#temporalSettings();
    this.#client = new (await temporalClient()).Client({ connection, namespace });
    return this.#client;
  }

  /** @throws Mistake when Temporal can not be reached, with its address */
  async connection(): Promise<Connection> {
    if (this.#connection !== undefined) return this.#connection;
    const { options } = await this.#temporalSettings();
    const { Connection, isGrpcServiceError } = await temporalClient();
    try {
      this.#connection = await Connection.connect(options);
      return this.#connection;
    } catch (error) {
      throw new Mistake(
        `Temporal at ${options.address ?? '127.0.0.1:7233'} can not be reached (${isGrpcServiceError(error) ? error.details : errorText(error)}). Set TEMPORAL_ADDRESS, or start it.`,
      );
    }
  }

  async #temporalSettings(): Promise<{ readonly options: ConnectionOptions; readonly namespace: string }> {
    const { temporal } = this.settings;
    if (temporal !== undefined) return { options: { address: temporal.address }, namespace: temporal.namespace };
    const { loadClientConnectConfig } = await import('@temporalio/envconfig');
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: variables(this.#environment) });
    return { options: connectionOptions, namespace: namespace ?? 'default' };
  }

  /**
   * The configuration in force of a customer; of the only one when none is named.
   *
   * @throws Mistake when there is no such customer, or one has to be named
   */
  async configuration(customer: string | undefined): Promise<Configuration> {
    const known = await customers(this.database);
    const [only] = known;
    if (only === undefined) throw new Mistake('No customer has a configuration in force yet.');
    if (customer === undefined && known.length > 1)
      throw new Mistake(`There are several customers: say which by --customer (${known.join(', ')}).`);
    const version = await currentConfiguration(this.database, customer ?? only);
    if (version === null) throw new Mistake(`There is no customer "${customer ?? ''}": ${known.join(', ')}.`);
    return version.configuration;
  }

  /** @throws Mistake where the customer is offboarded, so that no cycle of it begins */
  async requireServed(customer: string): Promise<void> {
    const why = await whyNoCycle(this.database, customer);
    if (why !== null) throw new Mistake(why);
  }

  async close(): Promise<void> {
    await this.#database?.close();
    await this.#connection?.close();
  }
}

/** A forest of a customer; the only one when none is named. */
export function forestOf(configuration: Configuration, name: string | undefined): string {
  const names = configuration.forests.map((forest) => forest.name);
  const [only] = names;
  if (name === undefined && names.length === 1 && only !== undefined) return only;
  if (name === undefined)
    throw new Mistake(`${configuration.customer} has several forests: say which by --forest (${names.join(', ')}).`);
  if (names.includes(name)) return name;
  throw new Mistake(`${configuration.customer} has no forest "${name}": ${names.join(', ')}.`);
}

/** Who answers. @throws Mistake when nobody is named */
export function operatorOf({ settings }: Session, named: string | undefined): string {
  const operator = named ?? settings.operator;
  if (operator === undefined)
    throw new Mistake('Who answers? Give your name: --operator, ITASCA_OPERATOR, or operator in the settings file.');
  return operator;
}

function variables(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Loaded when it is needed: most questions are answered by the database alone. */
function temporalClient(): Promise<typeof TemporalClient> {
  return import('@temporalio/client');
}

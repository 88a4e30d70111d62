import { isDeepStrictEqual } from 'node:util';
import { configurationSchema, type Configuration } from '../rules/configuration.ts';
import type { Database, Queryable } from './database.ts';
import { bringBack } from './offboarding.ts';

/** A configuration as applied: what a cycle works by from start to end. */
export interface ConfigurationVersion {
  readonly number: number;
  readonly configuration: Configuration;
}

/** A domain of the configuration belongs to another customer already. */
export class DomainTaken extends Error {
  override readonly name = 'DomainTaken';
}

/**
 * Stores a validated configuration as the customer's next numbered version and takes its domains. Applying what is in
 * force already changes nothing, unless the customer was offboarded: then it is brought back by it.
 *
 * @throws DomainTaken when another customer owns one of the domains
 */
export async function applyConfiguration(
  database: Database,
  configuration: Configuration,
): Promise<ConfigurationVersion & { readonly isNew: boolean; readonly broughtBack: boolean }> {
  return database.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `${database.schema} configuration`,
    ]);
    const current = await currentConfiguration(transaction, configuration.customer);
    // Through JSON and back, so that what is compared is what would be stored.
    const document: unknown = JSON.parse(JSON.stringify(configuration));
    // A version of its own has everything evaluated, and what was under way started again.
    const broughtBack = await bringBack(transaction, configuration.customer);
    if (
      !broughtBack &&
      current !== null &&
      isDeepStrictEqual(JSON.parse(JSON.stringify(current.configuration)), document)
    )
      return { ...current, isNew: false, broughtBack };
    const [taken] = await transaction.query<{ domain: string; customer: string }>(
      'SELECT domain, customer FROM owned_domain WHERE domain = ANY($1) AND customer <> $2',
      [configuration.domains, configuration.customer],
    );
    if (taken !== undefined)
      throw new DomainTaken(
        `The domain ${taken.domain} belongs to the customer ${taken.customer}. Remove it from one of the two configurations.`,
      );
    await transaction.query('DELETE FROM owned_domain WHERE customer = $1', [configuration.customer]);
    await transaction.query('INSERT INTO owned_domain (domain, customer) SELECT unnest($1::text[]), $2', [
      configuration.domains,
      configuration.customer,
    ]);
    const number = (current?.number ?? 0) + 1;
    await transaction.query('INSERT INTO configuration_version (customer, number, document) VALUES ($1, $2, $3)', [
      configuration.customer,
      number,
      JSON.stringify(configuration),
    ]);
    return { number, configuration, isNew: true, broughtBack };
  });
}

/** Whether the managed forest of a customer serves another customer too, by the newest configuration of each. */
export async function servesOthers(db: Queryable, { customer, managed }: Configuration): Promise<boolean> {
  const [row] = await db.query<{ shared: boolean }>(
    `SELECT EXISTS (
       SELECT FROM (SELECT DISTINCT ON (customer) document FROM configuration_version WHERE customer <> $1 ORDER BY customer, number DESC) newest
       WHERE document -> 'managed' ->> 'name' = $2) AS shared`,
    [customer, managed.name],
  );
  return row?.shared === true;
}

/** The customer's newest configuration, or null when none was applied yet. */
export async function currentConfiguration(db: Queryable, customer: string): Promise<ConfigurationVersion | null> {
  const [row] = await db.query<{ number: number; document: unknown }>(
    'SELECT number, document FROM configuration_version WHERE customer = $1 ORDER BY number DESC LIMIT 1',
    [customer],
  );
  return row === undefined ? null : { number: row.number, configuration: configurationSchema.parse(row.document) };
}

/** The customers that have a configuration in force, by name. */
export async function customers(db: Queryable): Promise<readonly string[]> {
  const rows = await db.query<{ customer: string }>(
    'SELECT DISTINCT customer FROM configuration_version ORDER BY customer',
  );
  return rows.map((row) => row.customer);
}

/** The customers that a managed forest serves by their newest configurations, with the number of that. */
export async function customersOf(
  db: Queryable,
  managedForest: string,
): Promise<readonly { readonly customer: string; readonly number: number }[]> {
  return db.query<{ customer: string; number: number }>(
    `SELECT customer, number FROM (
       SELECT DISTINCT ON (customer) customer, number, document -> 'managed' ->> 'name' AS managed
       FROM configuration_version ORDER BY customer, number DESC
     ) newest WHERE managed = $1 ORDER BY customer`,
    [managedForest],
  );
}

/** One version of a customer's configuration; null when there is none of that number. */
export async function configurationVersion(
  db: Queryable,
  customer: string,
  number: number,
): Promise<Configuration | null> {
  const [row] = await db.query<{ document: unknown }>(
    'SELECT document FROM configuration_version WHERE customer = $1 AND number = $2',
    [customer, number],
  );
  return row === undefined ? null : configurationSchema.parse(row.document);
}

/** How long a configuration that is only tried is kept. */
const TRIED_FOR = '1 day';

/**
 * Keeps a configuration of which a preview shall tell what it would do; it is not in force.
 *
 * @returns its id
 */
export async function keepCandidate(db: Queryable, configuration: Configuration): Promise<string> {
  await db.query(`DELETE FROM candidate_configuration WHERE customer = $1 AND at < now() - interval '${TRIED_FOR}'`, [
    configuration.customer,
  ]);
  const [row] = await db.query<{ id: string }>(
    'INSERT INTO candidate_configuration (customer, document) VALUES ($1, $2) RETURNING id',
    [configuration.customer, JSON.stringify(configuration)],
  );
  if (row === undefined) throw new Error('the configuration could not be kept');
  return row.id;
}

/** A configuration that was kept to be tried; null when it is not kept any more. */
export async function candidateConfiguration(
  db: Queryable,
  customer: string,
  id: string,
): Promise<Configuration | null> {
  const [row] = await db.query<{ document: unknown }>(
    'SELECT document FROM candidate_configuration WHERE customer = $1 AND id = $2',
    [customer, id],
  );
  return row === undefined ? null : configurationSchema.parse(row.document);
}

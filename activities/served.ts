import type { Configuration } from '../rules/configuration.ts';
import { territoriesOf, type Territory } from '../rules/join.ts';
import { customersOf } from '../store/configurations.ts';
import type { Database } from '../store/database.ts';
import { configurationOf } from './dependencies.ts';

/** The configurations of all customers that a managed forest serves: this one, and the newest of each other customer. */
export async function servedConfigurations(
  database: Database,
  configuration: Configuration,
): Promise<readonly Configuration[]> {
  const served = await customersOf(database, configuration.managed.name);
  const others = served.filter(({ customer }) => customer !== configuration.customer);
  return [
    configuration,
    ...(await Promise.all(others.map(({ customer, number }) => configurationOf(database, customer, number)))),
  ];
}

/** Which parts of the managed forest are whose. */
export function territories(served: readonly Configuration[]): readonly Territory[] {
  return served.flatMap(({ customer, managed, join }) => territoriesOf(customer, managed.ou, join));
}

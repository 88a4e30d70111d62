import { CHECKS, linesAbout, standingOf, type CheckLine, type CheckReport } from '../../rules/preflight.ts';
import { durationLine, smtpDomainLines, type Population } from '../../rules/preflight-population.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { currentConfiguration } from '../../store/configurations.ts';
import { measuredCycles } from '../../store/measured-cycles.ts';
import { ConfigurationMissing, type Dependencies } from '../dependencies.ts';
import { lookAtForest } from './customer-forest.ts';
import { lookAtManaged } from './managed-forest.ts';

/**
 * Looks whether a customer can be synchronized by its configuration in force: at every domain controller, the accounts and their
 * rights, and all that the configuration names. Reads only; what can not be asked leaves what depends on it unchecked.
 */
export async function checkCustomerOf(
  dependencies: Dependencies,
  customer: string,
  signal: AbortSignal,
): Promise<CheckReport> {
  const { database } = dependencies;
  const current = await currentConfiguration(database, customer);
  if (current === null)
    throw new ConfigurationMissing(`The customer ${customer} has no configuration. Apply one first.`);
  const { configuration, number } = current;
  const lines: CheckLine[] = [];
  const populations: Population[] = [];
  let complete = true;
  for (const forest of configuration.forests) {
    const found = await lookAtForest(dependencies, configuration, forest, signal);
    lines.push(...found.lines);
    populations.push(...found.populations);
    complete &&= found.complete;
  }
  lines.push(...(await lookAtManaged(dependencies, configuration)));
  lines.push(...(complete ? await wholeLines(dependencies, configuration, populations) : unknownWhole(customer)));
  const inOrder = lines.toSorted((one, other) => CHECKS.indexOf(one.check) - CHECKS.indexOf(other.check));
  return { customer, configuration: number, standing: standingOf(inOrder), lines: inOrder };
}

/** What all forests of the customer say together. */
async function wholeLines(
  { database }: Dependencies,
  { customer, domains }: Configuration,
  populations: readonly Population[],
): Promise<readonly CheckLine[]> {
  const seen = new Map<string, number>();
  let objects = 0;
  for (const population of populations) {
    const { user, contact, group } = population.kinds;
    objects += user + contact + group;
    for (const [domain, count] of population.domains) seen.set(domain, (seen.get(domain) ?? 0) + count);
  }
  return [...smtpDomainLines(customer, domains, seen), durationLine(customer, objects, await measuredCycles(database))];
}

function unknownWhole(customer: string): readonly CheckLine[] {
  const { notChecked } = linesAbout(customer);
  return (['SMTP domains', 'duration'] as const).map((check) => notChecked(check, 'not every domain could be read'));
}

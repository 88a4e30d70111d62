import { isWithin } from '../../rules/dn.ts';
import type { Configuration } from '../../rules/configuration.ts';

/** What is said in place of a name that the customer must not see. */
export const ELSEWHERE = "(an object outside the customer's own)";

/** A distinguished name within a text, as far as its last DC. */
const NAME = /(?:CN|OU)=.*?,DC=[^,\s);"]+(?:,DC=[^,\s);"]+)*/gis;

/**
 * A text without the names of objects that may be another customer's: what lies neither in the customer's forests nor in its
 * own organizational unit of the Managed Forest.
 */
export function withoutOthers(text: string, { forests, managed }: Pick<Configuration, 'forests' | 'managed'>): string {
  const own = [managed.ou, ...forests.flatMap(({ domains }) => domains.map(({ namingContext }) => namingContext))];
  return text.replace(NAME, (dn) => (own.some((place) => isWithin(dn, place)) ? dn : ELSEWHERE));
}

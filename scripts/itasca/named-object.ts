import { customers } from '../../store/configurations.ts';
import { sourceOf } from '../../store/identities.ts';
import { identitiesNamed, sourcesNamed, type FoundObject } from '../../store/look-up-objects.ts';
import { Mistake } from './mistake.ts';
import type { Session } from './session.ts';

/**
 * The staged object that an operator means by its name in either forest.
 *
 * @throws Mistake where nothing, or several objects, are meant
 */
export async function theObject(
  { database }: Session,
  name: string,
  customer: string | undefined,
): Promise<{ readonly customer: string; readonly found: FoundObject }> {
  const known = await customers(database);
  if (customer !== undefined && !known.includes(customer))
    throw new Mistake(`There is no customer "${customer}": ${known.join(', ')}.`);
  const searched = customer === undefined ? known : [customer];
  const all: { readonly customer: string; readonly found: FoundObject }[] = [];
  for (const one of searched) {
    const direct = await sourcesNamed(database, one, name);
    const managed = direct.length > 0 ? [] : await identitiesNamed(database, one, name);
    const through = await Promise.all(managed.map(({ identityId }) => sourceOf(database, identityId)));
    all.push(...[...direct, ...through.filter((found) => found !== null)].map((found) => ({ customer: one, found })));
  }
  // One that is gone is only meant where none is there.
  const there = all.filter(({ found }) => !found.gone);
  const [only, second] = there.length > 0 ? there : all;
  if (only === undefined)
    throw new Mistake(
      `Nothing is staged under "${name}". An object is named by objectGUID, SID, DN, mail address or userPrincipalName; what was never in a read is not known here.`,
    );
  if (second === undefined) return only;
  const names = (there.length > 0 ? there : all).map((one) => `${one.customer}/${one.found.forest} ${one.found.guid}`);
  throw new Mistake(`"${name}" means several objects: name one by its objectGUID.\n  ${names.join('\n  ')}`);
}

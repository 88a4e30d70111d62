import type { Configuration } from '../rules/configuration.ts';
import { keyAttributes, residentsOf } from '../rules/join.ts';
import type { Transaction } from '../store/database.ts';
import type { ForestId } from '../store/forests.ts';
import { indexManaged } from '../store/join-index.ts';
import { territories } from './served.ts';

/** What staging keeps of managed objects, so that joining finds them. */
export interface JoinIndex {
  /** Attributes whose values are looked up by the rules of any customer. */
  readonly attributes: readonly string[];
  /** Another text than before means that what is kept is not what is needed: the naming context is read whole. */
  readonly asked: string;
  readonly keep: (
    transaction: Transaction,
    forest: ForestId,
    objects: readonly { readonly guid: string; readonly dn: string }[],
  ) => Promise<void>;
}

/** What all customers of a managed forest need. */
export function joinIndex(served: readonly Configuration[]): JoinIndex {
  const attributes = [...new Set(served.flatMap(({ join }) => keyAttributes(join.rules)))].sort();
  const parts = territories(served);
  const places = parts.map(({ customer, key }) => `${customer} ${key}`).sort();
  return {
    attributes,
    asked: `joined by ${attributes.join(' ')} in ${places.join(' and ')}`,
    keep: (transaction, forest, objects) =>
      indexManaged(
        transaction,
        forest,
        objects.map(({ guid, dn }) => ({ guid, residents: residentsOf(dn, parts) })),
        attributes,
      ),
  };
}

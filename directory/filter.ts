import {
  AndFilter,
  EqualityFilter,
  type Filter,
  GreaterThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
} from 'ldapts';

import { attribute } from '../rules/attributes.ts';
import { encodeValue } from './values.ts';

/** A search filter. Values are taken as they are: nothing needs escaping. */
export type DirectoryFilter = Filter;

/** The attribute has a value. */
export function present(name: string): DirectoryFilter {
  return new PresenceFilter({ attribute: name });
}

/**
 * The attribute has this value, given as an image (a GUID as dashed text, for instance).
 * @throws {TypeError} when the value does not fit the attribute's syntax: it could match nothing.
 */
export function equal(name: string, image: string): DirectoryFilter {
  const definition = attribute(name);
  const value = definition === undefined ? image : encodeValue(definition, image);
  if (value === undefined) throw new TypeError(`${image} is not a value of ${name}`);
  return new EqualityFilter({ attribute: name, value });
}

/** The attribute has a value that is the number or greater, `uSNChanged` for instance. */
export function atLeast(name: string, value: bigint): DirectoryFilter {
  return new GreaterThanEqualsFilter({ attribute: name, value: value.toString() });
}

export function and(...filters: readonly DirectoryFilter[]): DirectoryFilter {
  return new AndFilter({ filters: [...filters] });
}

export function or(...filters: readonly DirectoryFilter[]): DirectoryFilter {
  return new OrFilter({ filters: [...filters] });
}

export function not(filter: DirectoryFilter): DirectoryFilter {
  return new NotFilter({ filter });
}

import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
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

/** All these bits are set in the attribute (LDAP_MATCHING_RULE_BIT_AND, MS-ADTS 3.1.1.3.4.4.1). */
export function hasBits(name: string, bits: number): DirectoryFilter {
  return new ExtensibleFilter({ matchType: name, rule: '1.2.840.113556.1.4.803', value: bits.toString() });
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

/**
 * Reads a filter in the text form of RFC 4515. Undefined when it is malformed, or when it escapes bytes that are not
 * UTF-8 text: the parser would send other bytes. Use {@link equal} for binary values.
 */
export function parseFilter(text: string): DirectoryFilter | undefined {
  try {
    const plain = text.replace(/(?:\\[89a-f][0-9a-f])+/gi, (bytes) => decodeURIComponent(bytes.replaceAll('\\', '%')));
    return FilterParser.parseString(plain);
  } catch {
    return undefined;
  }
}

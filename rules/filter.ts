/**
 * LDAP search filters as text (RFC 4515), read without a directory. White space is allowed around the parentheses of
 * and-, or- and not-lists, as Active Directory's own client does (MS-ADTS leaves it to the client), so that a filter can
 * be written on several lines.
 */

/** An assertion value: text where its octets are UTF-8, the octets themselves where they are not (a GUID's, say). */
export type FilterValue = string | readonly number[];

/** A filter that asks about one attribute. */
export type FilterItem =
  | { readonly type: 'present'; readonly attribute: string }
  | {
      readonly type: 'equal' | 'approximate' | 'atLeast' | 'atMost';
      readonly attribute: string;
      readonly value: FilterValue;
    }
  | {
      readonly type: 'substrings';
      readonly attribute: string;
      readonly initial: FilterValue | null;
      readonly any: readonly FilterValue[];
      readonly final: FilterValue | null;
    }
  /** An extensible match; `rule` is the OID of the matching rule. */
  | { readonly type: 'extensible'; readonly attribute: string; readonly rule: string; readonly value: FilterValue };

export type Filter =
  | FilterItem
  | { readonly type: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly type: 'not'; readonly filter: Filter };

/** Why a text is no usable filter, and where. */
export interface FilterFault {
  /** Index of the character, from 0. */
  readonly at: number;
  readonly message: string;
}

export type ParsedFilter =
  | {
      readonly ok: true;
      readonly filter: Filter;
      /** Where each item begins in the text. */
      readonly places: ReadonlyMap<FilterItem, number>;
    }
  | { readonly ok: false; readonly fault: FilterFault };

/** The longest filter, in UTF-16 units. */
export const MAX_FILTER_LENGTH = 8192;
/** How deep lists may be nested. */
export const MAX_FILTER_DEPTH = 32;

const ATTRIBUTE = /[A-Za-z][A-Za-z0-9-]*/y;
const WHITE = /[ \t\r\n]*/y;
const LISTS: Readonly<Record<string, 'and' | 'or'>> = { '&': 'and', '|': 'or' };
const OPERATORS = { equal: '=', approximate: '~=', atLeast: '>=', atMost: '<=' } as const;
const COMPARISONS = ['approximate', 'atLeast', 'atMost'] as const;

/** Reads a filter. Attribute names and matching rules are not looked up: that is the work of `compileFilter`. */
export function parseFilter(text: string): ParsedFilter {
  try {
    const parser = new Parser(text);
    return { ok: true, filter: parser.whole(), places: parser.places };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, fault: { at: error.at, message: error.message } };
    throw error;
  }
}

/** Writes a filter as text; {@link parseFilter} reads the same filter from it. */
export function formatFilter(filter: Filter): string {
  switch (filter.type) {
    case 'and':
    case 'or':
      return `(${filter.type === 'and' ? '&' : '|'}${filter.filters.map(formatFilter).join('')})`;
    case 'not':
      return `(!${formatFilter(filter.filter)})`;
    case 'present':
      return `(${filter.attribute}=*)`;
    case 'substrings': {
      const parts = [filter.initial ?? '', ...filter.any, filter.final ?? ''];
      return `(${filter.attribute}=${parts.map(escaped).join('*')})`;
    }
    case 'extensible':
      return `(${filter.attribute}:${filter.rule}:=${escaped(filter.value)})`;
    case 'equal':
    case 'approximate':
    case 'atLeast':
    case 'atMost':
      return `(${filter.attribute}${OPERATORS[filter.type]}${escaped(filter.value)})`;
  }
}

function escaped(value: FilterValue): string {
  if (typeof value !== 'string') return value.map(octet).join('');
  return value.replace(/[()*\\\p{Cc}]/gu, (character) => filterOctets(character).map(octet).join(''));
}

function octet(code: number): string {
  return `\\${code.toString(16).padStart(2, '0')}`;
}

/** Ends the reading of a filter; never leaves this file. */
class Refusal extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

class Parser {
  readonly places = new Map<FilterItem, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Filter {
    if (this.#text.length > MAX_FILTER_LENGTH)
      throw new Refusal(MAX_FILTER_LENGTH, `a filter has at most ${MAX_FILTER_LENGTH} characters`);
    if (!this.#text.isWellFormed()) throw new Refusal(0, 'the text holds half of a surrogate pair');
    const filter = this.#filter(1);
    this.#white();
    if (this.#at < this.#text.length) throw new Refusal(this.#at, 'nothing may follow the closing parenthesis');
    return filter;
  }

  #filter(depth: number): Filter {
    this.#white();
    const start = this.#at;
    if (depth > MAX_FILTER_DEPTH) throw new Refusal(start, `lists are nested more than ${MAX_FILTER_DEPTH} deep`);
    this.#take('(');
    this.#white();
    const operator = this.#text[this.#at] ?? '';
    const list = LISTS[operator];
    let filter: Filter;
    if (list !== undefined || operator === '!') {
      this.#at += 1;
      const filters = this.#filters(depth + 1);
      const [first] = filters;
      if (first === undefined) throw new Refusal(this.#at, `"${operator}" needs a filter in parentheses`);
      if (list === undefined && filters.length > 1) throw new Refusal(start, '"!" takes one filter');
      filter = list === undefined ? { type: 'not', filter: first } : { type: list, filters };
    } else filter = this.#item();
    this.#take(')');
    return filter;
  }

  #filters(depth: number): Filter[] {
    const filters: Filter[] = [];
    for (;;) {
      this.#white();
      if (this.#text[this.#at] !== '(') return filters;
      filters.push(this.#filter(depth));
    }
  }

  #item(): FilterItem {
    const start = this.#at;
    const attribute = this.#match(ATTRIBUTE);
    if (attribute === '') throw new Refusal(start, 'the name of an attribute is expected');
    const item = this.#assertion(attribute);
    this.places.set(item, start);
    return item;
  }

  #assertion(attribute: string): FilterItem {
    const next = this.#text[this.#at];
    if (next === '=') {
      this.#at += 1;
      return this.#equality(attribute);
    }
    if (next === ':') return this.#extensible(attribute);
    const comparison = COMPARISONS.find((type) => this.#text.startsWith(OPERATORS[type], this.#at));
    if (comparison === undefined)
      throw new Refusal(
        this.#at,
        next === ';' ? 'options of attributes are not supported' : `"=", ">=", "<=" or ":" is expected`,
      );
    this.#at += 2;
    return { type: comparison, attribute, value: this.#single() };
  }

  #extensible(attribute: string): FilterItem {
    const start = this.#at;
    const end = this.#text.indexOf(':=', start);
    const rule = this.#text.slice(start + 1, end);
    if (end <= start || !/^\d+(?:\.\d+)+$/.test(rule))
      throw new Refusal(start, 'a matching rule is expected, as in :1.2.840.113556.1.4.803:=');
    this.#at = end + 2;
    return { type: 'extensible', attribute, rule, value: this.#single() };
  }

  #equality(attribute: string): FilterItem {
    const start = this.#at;
    const parts = this.#values();
    const [initial = '', ...rest] = parts;
    const final = rest.pop();
    if (final === undefined) return { type: 'equal', attribute, value: this.#given(initial, start) };
    if (rest.length === 0 && initial === '' && final === '') return { type: 'present', attribute };
    if (rest.includes('')) throw new Refusal(start, 'two asterisks stand side by side');
    return {
      type: 'substrings',
      attribute,
      initial: initial === '' ? null : initial,
      any: rest,
      final: final === '' ? null : final,
    };
  }

  #single(): FilterValue {
    const start = this.#at;
    const [value = '', ...more] = this.#values();
    if (more.length > 0)
      throw new Refusal(start, 'an asterisk is a wildcard after "=" only; as a character it is \\2a');
    return this.#given(value, start);
  }

  #given(value: FilterValue, at: number): FilterValue {
    if (value === '') throw new Refusal(at, 'a value is expected; no attribute is ever empty (=* asks for any value)');
    return value;
  }

  /** What stands up to the closing parenthesis, split at the asterisks. */
  #values(): FilterValue[] {
    const values: FilterValue[] = [];
    let encoded = '';
    for (;;) {
      const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
      if (this.#at >= this.#text.length || character === ')') {
        values.push(decoded(encoded));
        return values;
      }
      if (character === '(' || character === '\0')
        throw new Refusal(
          this.#at,
          `${character === '(' ? '"("' : 'NUL'} in a value is written \\${character === '(' ? '28' : '00'}`,
        );
      if (character === '*') {
        values.push(decoded(encoded));
        encoded = '';
      } else if (character === '\\') {
        const pair = this.#text.slice(this.#at + 1, this.#at + 3);
        if (!/^[0-9A-Fa-f]{2}$/.test(pair))
          throw new Refusal(this.#at, 'a backslash needs two hexadecimal digits; as a character it is \\5c');
        encoded += `%${pair}`;
        this.#at += 2;
      } else encoded += encodeURIComponent(character);
      this.#at += character.length;
    }
  }

  #white(): void {
    this.#match(WHITE);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #take(character: '(' | ')'): void {
    this.#white();
    if (this.#text[this.#at] !== character)
      throw new Refusal(
        this.#at,
        `"${character}" is expected${this.#at >= this.#text.length ? ', but the filter ends' : ''}`,
      );
    this.#at += 1;
  }
}

/** The value that percent-encoded octets stand for. */
function decoded(encoded: string): FilterValue {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return octetsOf(encoded);
  }
}

function octetsOf(encoded: string): number[] {
  return Array.from(encoded.matchAll(/%(..)|(.)/g), ([, pair, bare]) =>
    pair === undefined ? (bare ?? '').charCodeAt(0) : Number.parseInt(pair, 16),
  );
}

/** The octets of a value, as they would go over the wire. */
export function filterOctets(value: FilterValue): readonly number[] {
  return typeof value === 'string' ? octetsOf(encodeURIComponent(value)) : value;
}

import { attribute, type AttributeDefinition } from './attributes.ts';
import { parseFilter, type Filter, type FilterFault, type FilterItem } from './filter.ts';
import { valueTest } from './filter-values.ts';
import { backLinks, referenceAttributes } from './flow-references.ts';

/** True, false, or undefined where it can not be told (RFC 4511 4.5.1.7). */
export type Truth = boolean | undefined;

/** The values of an attribute of one object, none when it is absent; null where they could not be read. */
export type Values = (attribute: string) => readonly string[] | null;

/** A filter that can be asked of objects. */
export interface CompiledFilter {
  readonly matches: (values: Values) => Truth;
  /** The attributes that it looks at, by their canonical names. */
  readonly attributes: readonly string[];
}

export type FilterCompilation =
  { readonly ok: true; readonly compiled: CompiledFilter } | { readonly ok: false; readonly fault: FilterFault };

/**
 * Known attributes whose values a read does not bring: not replicated, constructed by the controller, or secret. A filter
 * that names one would see it absent from every object.
 */
const NEVER_READ: ReadonlySet<string> = new Set([
  'uSNChanged',
  'uSNCreated',
  'whenChanged',
  'parentGUID',
  'unicodePwd',
  'nTSecurityDescriptor',
  'replPropertyMetaData',
  'msExchMailboxSecurityDescriptor',
  'isDeleted',
  'isRecycled',
  'lastKnownParent',
  'instanceType',
]);

/** Reads a filter and checks it against what is known of attributes. The fault says what is wrong, and where. */
export function compileFilter(text: string): FilterCompilation {
  const parsed = parseFilter(text);
  return parsed.ok ? compileParsed(parsed.filter, parsed.places) : parsed;
}

/**
 * Checks a filter against what is known of attributes: an attribute that is not known or not read, a value that does not
 * fit its attribute, a matching rule that is not supported are refused, for in a directory they would match nothing
 * without a word.
 *
 * @param places where each item begins in its text; a fault of others is at 0
 */
export function compileParsed(filter: Filter, places?: ReadonlyMap<FilterItem, number>): FilterCompilation {
  const attributes = new Set<string>();
  for (const item of itemsOf(filter)) {
    const definition = filterAttribute(item.attribute);
    const test =
      typeof definition === 'string' ? definition : item.type === 'present' ? null : valueTest(item, definition);
    if (typeof test === 'string') return { ok: false, fault: { at: places?.get(item) ?? 0, message: test } };
    if (typeof definition !== 'string') attributes.add(definition.name);
  }
  return { ok: true, compiled: { matches: matcher(filter), attributes: [...attributes] } };
}

function itemsOf(filter: Filter): readonly FilterItem[] {
  if ('filters' in filter) return filter.filters.flatMap(itemsOf);
  return 'filter' in filter ? itemsOf(filter.filter) : [filter];
}

/** What is known of an attribute that a filter may name; else, as text, why it may not. */
export function filterAttribute(name: string): AttributeDefinition | string {
  const definition = attribute(name);
  if (definition === undefined) return `the attribute ${name} is not known`;
  if (NEVER_READ.has(definition.name)) return `${definition.name} is not among what a domain controller replicates`;
  if (referenceAttributes.has(definition.name) || Object.hasOwn(backLinks, definition.name))
    return `${definition.name} refers to other objects; a filter sees only what an object itself holds`;
  if (definition.link && definition.multi) return `${definition.name} is not read`;
  return definition;
}

/** The test that a checked filter stands for; an item that was not checked can not be told. */
function matcher(filter: Filter): CompiledFilter['matches'] {
  if ('filter' in filter) {
    const part = matcher(filter.filter);
    return (values) => {
      const truth = part(values);
      return truth === undefined ? undefined : !truth;
    };
  }
  if (!('filters' in filter)) return itemMatcher(filter);
  const parts = filter.filters.map(matcher);
  // A false part decides an "and" whatever can not be told, a true part an "or".
  const decisive = filter.type === 'or';
  return (values) => {
    let truth: Truth = !decisive;
    for (const part of parts) {
      const one = part(values);
      if (one === decisive) return decisive;
      if (one === undefined) truth = undefined;
    }
    return truth;
  };
}

function itemMatcher(item: FilterItem): CompiledFilter['matches'] {
  const definition = filterAttribute(item.attribute);
  if (typeof definition === 'string') return () => undefined;
  const { name } = definition;
  if (item.type === 'present')
    return (values) => {
      const have = values(name);
      return have === null ? undefined : have.length > 0;
    };
  const test = valueTest(item, definition);
  if (typeof test === 'string') return () => undefined;
  return (values) => values(name)?.some(test);
}

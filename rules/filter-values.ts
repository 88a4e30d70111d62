import type { AttributeDefinition } from './attributes.ts';
import { dnKey, rdnValue } from './dn.ts';
import { filterOctets, type FilterItem, type FilterValue } from './filter.ts';

/** Whether one value image matches; or, as text, why the item can not be asked of the attribute. */
export type ValueTest = ((image: string) => boolean) | string;

/** LDAP_MATCHING_RULE_BIT_AND and LDAP_MATCHING_RULE_BIT_OR (MS-ADTS 3.1.1.3.4.4). */
const BIT_RULES: Readonly<Record<string, (value: bigint, bits: bigint) => boolean>> = {
  '1.2.840.113556.1.4.803': (value, bits) => (value & bits) === bits,
  '1.2.840.113556.1.4.804': (value, bits) => (value & bits) !== 0n,
};

/** The objectCategory that objects of a class have (defaultObjectCategory of the class in the base schema). */
const CATEGORY_OF_CLASS: Readonly<Record<string, string>> = {
  person: 'person',
  user: 'person',
  contact: 'person',
  inetorgperson: 'person',
  organizationalperson: 'person',
  group: 'group',
  computer: 'computer',
};

type Comparable = string | bigint;

/**
 * How an item's value is compared with value images: the attribute's syntax decides (MS-ADTS 3.1.1.2.2.4). Text is
 * compared as Active Directory does, without regard to case, accents and width (KB 938447).
 */
export function valueTest(item: Exclude<FilterItem, { type: 'present' }>, definition: AttributeDefinition): ValueTest {
  if (item.type === 'extensible') return bitTest(item.rule, item.value, definition);
  if (item.type === 'substrings') return substringTest(item, definition);
  const key = comparableOf(definition);
  if (key === null) return `${definition.name} can only be asked for with =*`;
  const wanted = key.read(item.value);
  if (wanted === undefined) return `${key.form} is expected, for that is what ${definition.name} holds`;
  if (item.type === 'equal' || item.type === 'approximate') return (image) => key.of(image) === wanted;
  if (!key.ordered) return `values of ${definition.name} have no order`;
  return (image) => {
    const have = key.of(image);
    return have !== undefined && (item.type === 'atLeast' ? have >= wanted : have <= wanted);
  };
}

/** What two values of a syntax are compared by. */
interface Key {
  /** Of an assertion value; undefined when it does not fit the syntax. */
  read(value: FilterValue): Comparable | undefined;
  /** Of a value image. */
  of(image: string): Comparable | undefined;
  readonly form: string;
  readonly ordered: boolean;
}

function comparableOf(definition: AttributeDefinition): Key | null {
  if (definition.name === 'objectCategory') return category;
  switch (definition.syntax) {
    case 'text':
      return { ...textual(foldText), form: 'text', ordered: definition.name !== 'objectClass' };
    case 'integer':
      return { read: (value) => wrapped(integer(value)), of: integer, form: 'a whole number', ordered: true };
    case 'int64':
      return { read: integer, of: integer, form: 'a whole number', ordered: true };
    case 'boolean':
      return { ...textual(truth), form: 'TRUE or FALSE', ordered: false };
    case 'dn':
      return { ...textual(dnKey), form: 'a distinguished name', ordered: false };
    case 'time':
      return { ...textual(time), form: 'a time such as 20260801120000.0Z', ordered: true };
    case 'guid':
      return { read: guid, of: (image) => image, form: 'a GUID or its 16 octets', ordered: false };
    case 'sid':
      return {
        read: sid,
        of: (image) => image,
        form: 'a SID such as S-1-5-21-1-2-3-500 or its octets',
        ordered: false,
      };
    case 'binary':
    case 'descriptor':
      return null;
  }
}

function textual(of: (text: string) => string | undefined): Pick<Key, 'read' | 'of'> {
  return { read: (value) => (typeof value === 'string' ? of(value) : undefined), of };
}

/** Class names are taken for the category that objects of the class have (MS-ADTS 3.1.1.3.1.3.5). */
const category: Key = {
  ...textual((text) =>
    dnKey(text) === undefined ? CATEGORY_OF_CLASS[text.toLowerCase()] : rdnValue(text)?.toLowerCase(),
  ),
  form: 'the name of a class or a distinguished name',
  ordered: false,
};

/** Text as two values are compared: equal texts differ at most in case, accents and width. */
export function foldText(text: string): string {
  // Most values are ASCII, and normalizing costs ten times the rest.
  return /^[\0-\x7f]*$/.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(/\p{Mn}/gu, '')
        .toLowerCase();
}

function substringTest(
  { initial, any, final }: Extract<FilterItem, { type: 'substrings' }>,
  { name, syntax }: AttributeDefinition,
): ValueTest {
  if (syntax !== 'text' || name === 'objectClass') return `${name} takes no wildcards but =*`;
  const texts = [initial ?? '', ...any, final ?? ''].map((part) => (typeof part === 'string' ? foldText(part) : null));
  if (texts.includes(null)) return 'a part of the value is not UTF-8 text';
  const [begin = '', ...middle] = texts as string[];
  const end = middle.pop() ?? '';
  return (image) => {
    const value = foldText(image);
    if (!value.startsWith(begin)) return false;
    let at = begin.length;
    for (const part of middle) {
      const found = value.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return value.length - at >= end.length && value.endsWith(end);
  };
}

function bitTest(rule: string, value: FilterValue, { name, syntax }: AttributeDefinition): ValueTest {
  const test = BIT_RULES[rule];
  if (test === undefined)
    return `the matching rule ${rule} is not supported; ${Object.keys(BIT_RULES).join(' and ')} are`;
  if (syntax !== 'integer' && syntax !== 'int64') return `${name} holds no numbers, so it has no bits`;
  const bits = integer(value);
  if (bits === undefined) return 'a whole number is expected';
  return (image) => test(integer(image) ?? 0n, bits);
}

function integer(value: FilterValue): bigint | undefined {
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return undefined;
  const number = BigInt(value);
  return BigInt.asIntN(64, number) === number ? number : undefined;
}

/** 32-bit numbers are often written without their sign, 2147483656 for -2147483640. */
function wrapped(value: bigint | undefined): bigint | undefined {
  return value !== undefined && BigInt.asUintN(32, value) === value ? BigInt.asIntN(32, value) : value;
}

function truth(text: string): string | undefined {
  const word = text.toUpperCase();
  return word === 'TRUE' || word === 'FALSE' ? word : undefined;
}

/** A generalized time in UTC (X.680 46) as text that sorts; fractions of a second are always .0 in Active Directory. */
function time(text: string): string | undefined {
  return /^\d{14}(?=(?:\.\d+)?Z$)/.exec(text)?.[0];
}

function guid(value: FilterValue): string | undefined {
  const [, dashed] =
    (typeof value === 'string' ? /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i.exec(value) : null) ?? [];
  if (dashed !== undefined) return dashed.toLowerCase();
  const octets = filterOctets(value);
  if (octets.length !== 16) return undefined;
  // The first three groups are little-endian (MS-DTYP 2.3.4.2).
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = order.map((at) => (octets[at] ?? 0).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function sid(value: FilterValue): string | undefined {
  if (typeof value === 'string' && /^S-1(?:-\d{1,10}){2,16}$/i.test(value)) return value.toUpperCase();
  const octets = filterOctets(value);
  const count = octets[1] ?? 0;
  if (octets[0] !== 1 || count < 1 || count > 15 || octets.length !== 8 + 4 * count) return undefined;
  const number = (from: number, to: number): number =>
    octets.slice(from, to).reduce((sum, part) => sum * 256 + part, 0);
  const authority = number(2, 8);
  if (authority >= 2 ** 32) return undefined;
  const parts = Array.from({ length: count }, (_, index) => {
    const start = 8 + 4 * index;
    return octets.slice(start, start + 4).reduceRight((sum, part) => sum * 256 + part, 0);
  });
  return ['S-1', authority, ...parts].join('-');
}

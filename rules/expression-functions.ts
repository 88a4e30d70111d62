/**
 * The greatest size that a part of an expression can have, whatever the object: what the limits of the input and the
 * expression itself allow. Lengths are UTF-16 units.
 */
export type Size =
  | { readonly list: false; readonly chars: number }
  /** `chars` of all elements together; `of` is the greatest element. */
  | { readonly list: true; readonly items: number; readonly chars: number; readonly of: Size };

/** The greatest length of a text that replace() makes. */
const MAX_RESULT = 65_536;

/** A function that expressions may use. */
export interface OfferedFunction {
  /** How it is written, for the operator. */
  readonly form: string;
  readonly does: string;
  /** Overloads that the expression language does not bring along, by their signature. */
  readonly overloads?: Readonly<Record<string, (...values: never[]) => unknown>>;
  /** Size of the result; of a method the receiver comes first. */
  readonly size: (...sizes: readonly Size[]) => Size;
}

export function text(chars: number): Size {
  return { list: false, chars };
}

function list(items: number, chars: number, of: Size): Size {
  return { list: true, items, chars, of };
}

const SCALAR = (): Size => text(20);
const SAME = (size: Size = text(0)): Size => size;
/** Of one element; a text stands for itself. */
export const elementOf = (size: Size): Size => (size.list ? size.of : size);
const itemsOf = (size: Size): number => (size.list ? size.items : 1);

/** A change of case can make three units of one: ΐ becomes Ϊ́. */
function grown(size: Size = text(0)): Size {
  return size.list ? list(size.items, size.chars * 3, grown(size.of)) : text(size.chars * 3);
}

function replaced(value: string, from: string, to: string): string {
  if (from === '') return value;
  const parts = value.split(from);
  if (value.length + (parts.length - 1) * (to.length - from.length) > MAX_RESULT)
    throw new RangeError(`replace() makes a text of more than ${MAX_RESULT} characters`);
  return parts.join(to);
}

/** The first characters, no surrogate pair split. */
function firstCharacters(value: string, count: bigint): string {
  if (count < 0n) throw new RangeError('cut() needs a length that is not negative');
  const length = Number(count);
  const last = value.charCodeAt(length - 1);
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** The functions, by name. Regular expressions are not among them: some never end. */
export const offeredFunctions: Readonly<Record<string, OfferedFunction>> = {
  lower: {
    form: 'text.lower(), list.lower()',
    does: 'in lower case',
    overloads: {
      'string.lower(): string': (value: string) => value.toLowerCase(),
      'list<string>.lower(): list<string>': (values: readonly string[]) => values.map((value) => value.toLowerCase()),
    },
    size: grown,
  },
  upper: {
    form: 'text.upper(), list.upper()',
    does: 'in capitals',
    overloads: {
      'string.upper(): string': (value: string) => value.toUpperCase(),
      'list<string>.upper(): list<string>': (values: readonly string[]) => values.map((value) => value.toUpperCase()),
    },
    size: grown,
  },
  trim: { form: 'text.trim()', does: 'without white space at its ends', size: SAME },
  cut: {
    form: 'text.cut(64)',
    does: 'its first characters, at most so many',
    overloads: { 'string.cut(int): string': firstCharacters },
    size: SAME,
  },
  substring: {
    form: 'text.substring(2), text.substring(2, 4)',
    does: 'the part from one position to before another, counted from 0; fails outside the text',
    size: SAME,
  },
  replace: {
    form: 'text.replace("a", "b")',
    does: 'with each `a` replaced by `b`',
    overloads: { 'string.replace(string, string): string': replaced },
    size: (receiver = text(0), _from = text(0), to = text(0)) => text(receiver.chars * Math.max(1, to.chars)),
  },
  split: {
    form: 'text.split("@")',
    does: 'the list of the parts between separators',
    size: (receiver = text(0)) => list(receiver.list ? 1 : receiver.chars + 1, receiver.chars, text(receiver.chars)),
  },
  join: {
    form: 'list.join(" ")',
    does: 'one text of all values, with a separator between them',
    size: (receiver = text(0), separator = text(0)) => text(receiver.chars + itemsOf(receiver) * separator.chars),
  },
  present: {
    form: 'list.present()',
    does: 'without empty texts',
    overloads: {
      'list<string>.present(): list<string>': (values: readonly string[]) => values.filter((value) => value !== ''),
    },
    size: SAME,
  },
  startsWith: { form: 'text.startsWith("a")', does: 'whether it begins so', size: SCALAR },
  endsWith: { form: 'text.endsWith("a")', does: 'whether it ends so', size: SCALAR },
  contains: { form: 'text.contains("a")', does: 'whether it has this somewhere', size: SCALAR },
  indexOf: {
    form: 'text.indexOf("@")',
    does: 'the position of the first, counted from 0; -1 without one',
    size: SCALAR,
  },
  lastIndexOf: { form: 'text.lastIndexOf("@")', does: 'the position of the last; -1 without one', size: SCALAR },
  size: { form: 'text.size(), list.size()', does: 'how many characters or values', size: SCALAR },
  string: { form: 'string(1)', does: 'a number as text', size: SCALAR },
  int: { form: 'int("1")', does: 'a text as number; fails for any other text', size: SCALAR },
};

/** Functions that look at each value of a list; written `list.filter(v, v != '')`. */
export const offeredMacros: Readonly<Record<string, { readonly form: string; readonly does: string }>> = {
  filter: { form: 'list.filter(v, v.startsWith("a"))', does: 'the values for which something holds' },
  map: { form: 'list.map(v, v.lower())', does: 'the list of what is made of each value' },
  exists: { form: 'list.exists(v, v == "a")', does: 'whether it holds for a value' },
  all: { form: 'list.all(v, v != "a")', does: 'whether it holds for all values' },
};

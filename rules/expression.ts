import {
  Environment,
  EvaluationError,
  ParseError,
  TypeError as TypeFault,
  type ParseResult,
} from '@marcbachmann/cel-js';
import { attribute, isReadable } from './attributes.ts';
import { parseDn } from './dn.ts';
import { checkExpression, ExpressionRefused, type ExpressionInput } from './expression-check.ts';
import { offeredFunctions, text, type Size } from './expression-functions.ts';
import { all, first, type SourceObject } from './objects.ts';
import { quoted } from './quote.ts';

/** Characters of an expression's text. */
export const MAX_EXPRESSION = 1_000;
/** What an attribute may have for an expression to look at it: values, characters of one, characters of all. */
export const INPUT_LIMITS = { values: 1_000, characters: 4_096, total: 65_536 } as const;

/** What an expression gives, as far as its target must be able to hold it. */
export type ExpressionType = 'text' | 'texts' | 'integer' | 'boolean';

export type ExpressionResult =
  | { readonly ok: true; readonly values: readonly string[] }
  /** Why it gives nothing for this object; may hold the object's values. */
  | { readonly ok: false; readonly reason: string };

/** An expression that was found sound. */
export interface Expression {
  /** The source attributes that it looks at. */
  readonly attributes: readonly string[];
  readonly type: ExpressionType;
  /** Evaluates it. Empty texts, and texts that equal another without regard to case, are no values of the result. */
  readonly evaluate: (object: SourceObject, customer: string) => ExpressionResult;
}

export type CompiledExpression =
  | { readonly ok: true; readonly expression: Expression }
  /** What is wrong with the text, and where in it. */
  | { readonly ok: false; readonly fault: string };

/** The variables of expressions beside attributes, for the operator. */
export const expressionVariables = {
  kind: '`user`, `contact` or `group`',
  customer: 'the name of the customer',
  guid: 'the objectGUID of the source object',
  dn: 'its distinguished name',
  ou: 'the names of the organizational units that it is in, the nearest first',
  domain: 'the DNS name of its domain',
} as const;

const environment = new Environment({
  limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 50, maxMapEntries: 0, maxCallArguments: 8 },
})
  .registerVariable('value', 'map<string, string>')
  .registerVariable('values', 'map<string, list<string>>')
  .registerVariable('kind', 'string')
  .registerVariable('customer', 'string')
  .registerVariable('guid', 'string')
  .registerVariable('dn', 'string')
  .registerVariable('ou', 'list<string>')
  .registerVariable('domain', 'string');
for (const { overloads } of Object.values(offeredFunctions))
  for (const [signature, overload] of Object.entries(overloads ?? {}))
    environment.registerFunction(signature, overload);

const OF_AN_ATTRIBUTE: Size = text(INPUT_LIMITS.characters);
const OF_ALL_VALUES: Size = { list: true, items: INPUT_LIMITS.values, chars: INPUT_LIMITS.total, of: OF_AN_ATTRIBUTE };

const input: ExpressionInput = {
  variables: {
    kind: text(10),
    customer: text(40),
    guid: text(36),
    dn: OF_AN_ATTRIBUTE,
    ou: { list: true, items: INPUT_LIMITS.values, chars: INPUT_LIMITS.characters, of: OF_AN_ATTRIBUTE },
    domain: text(255),
  },
  attributes: {
    value: (name) =>
      attributeFault(name) ??
      (attribute(name)?.multi === true
        ? `${name} can have several values, in no certain order: write values.${name}`
        : OF_AN_ATTRIBUTE),
    values: (name) => attributeFault(name) ?? OF_ALL_VALUES,
  },
};

const TYPES: Readonly<Record<string, ExpressionType>> = {
  string: 'text',
  'list<string>': 'texts',
  int: 'integer',
  bool: 'boolean',
};

/** Why an expression can not look at an attribute; null when it can. */
function attributeFault(name: string): string | null {
  const known = attribute(name);
  if (known === undefined) return `the attribute ${name} is not known`;
  if (known.name !== name) return `the attribute ${name} is spelled ${known.name}`;
  if (known.link || known.syntax === 'dn') return `${name} refers to other objects, and an expression sees texts only`;
  if (known.syntax === 'binary' || known.syntax === 'descriptor')
    return `${name} is binary, and an expression sees texts only`;
  return isReadable(name) ? null : `${name} can not be looked at`;
}

/**
 * Reads an expression of the Common Expression Language. It can not loop for ever: it has neither recursion nor regular
 * expressions, its size and its worst case are bounded, and so is what it looks at ({@link INPUT_LIMITS}).
 */
export function compileExpression(source: string): CompiledExpression {
  if (source.length > MAX_EXPRESSION) return { ok: false, fault: `is longer than ${MAX_EXPRESSION} characters` };
  try {
    const parsed = environment.parse(source);
    const { taken } = checkExpression(parsed.ast, input);
    const checked = parsed.check();
    if (!checked.valid) return { ok: false, fault: faultOf(checked.error) };
    const type = TYPES[checked.type ?? ''];
    if (type === undefined)
      return {
        ok: false,
        fault: `gives ${checked.type ?? 'nothing'}; it must give a text, a list of texts, a whole number, true or false`,
      };
    const value = [...(taken.get('value') ?? [])];
    const values = [...(taken.get('values') ?? [])];
    return {
      ok: true,
      expression: {
        attributes: [...new Set([...value, ...values])],
        type,
        evaluate: (object, customer) => evaluated(parsed, object, customer, value, values),
      },
    };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

function faultOf(error: unknown): string {
  if (error instanceof ExpressionRefused) return placed(error.message, error.position);
  if (error instanceof ParseError || error instanceof TypeFault) return placed(error.summary, error.range?.start);
  throw error;
}

function placed(message: string, position: number | undefined): string {
  return position === undefined ? message : `character ${position + 1}: ${message}`;
}

function evaluated(
  parsed: ParseResult,
  object: SourceObject,
  customer: string,
  value: readonly string[],
  values: readonly string[],
): ExpressionResult {
  if (object.dn.length > INPUT_LIMITS.characters) return { ok: false, reason: 'its distinguished name is too long' };
  for (const name of [...value, ...values]) {
    const fault = inputFault(all(object.attributes, name));
    if (fault !== null) return { ok: false, reason: `${name} has ${fault}` };
  }
  try {
    return results(parsed(new Variables(object, customer, value, values)));
  } catch (error) {
    return { ok: false, reason: quoted(error instanceof EvaluationError ? error.summary : String(error)) };
  }
}

function inputFault(values: readonly string[]): string | null {
  if (values.length > INPUT_LIMITS.values) return `more than ${INPUT_LIMITS.values} values`;
  let total = 0;
  for (const { length } of values) {
    if (length > INPUT_LIMITS.characters) return `a value of more than ${INPUT_LIMITS.characters} characters`;
    total += length;
  }
  return total > INPUT_LIMITS.total ? `values of more than ${INPUT_LIMITS.total} characters together` : null;
}

/** What an expression sees of one object. The parts of the DN are made only where they are asked for. */
class Variables {
  readonly value: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly kind: string;
  readonly guid: string;
  readonly customer: string;
  readonly dn: string;

  constructor(object: SourceObject, customer: string, value: readonly string[], values: readonly string[]) {
    const { attributes } = object;
    this.value = Object.fromEntries(value.map((name) => [name, first(attributes, name) ?? '']));
    // The order of values is no certain one, and must not decide.
    this.values = Object.fromEntries(values.map((name) => [name, [...all(attributes, name)].sort()]));
    this.kind = object.kind;
    this.guid = object.guid;
    this.customer = customer;
    this.dn = object.dn;
  }

  get ou(): readonly string[] {
    return this.#parts('OU');
  }

  get domain(): string {
    return this.#parts('DC').join('.');
  }

  #parts(of: string): readonly string[] {
    return (parseDn(this.dn) ?? []).flatMap(([part]) => (part.attribute.toUpperCase() === of ? [part.value] : []));
  }
}

function results(result: unknown): ExpressionResult {
  const list: readonly unknown[] = Array.isArray(result) ? result : [result];
  if (list.length > INPUT_LIMITS.values)
    return { ok: false, reason: `it gives more than ${INPUT_LIMITS.values} values` };
  const values = new Map<string, string>();
  for (const item of list) {
    const value = typeof item === 'boolean' ? String(item).toUpperCase() : String(item);
    if (!value.isWellFormed() || value.includes('\0'))
      return { ok: false, reason: `it gives ${quoted(value)}, of which a character is no text` };
    const key = value.toLowerCase();
    if (value !== '' && !values.has(key)) values.set(key, value);
  }
  return { ok: true, values: [...values.values()] };
}

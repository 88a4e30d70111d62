import type { ASTNode } from '@marcbachmann/cel-js';
import { elementOf, offeredFunctions, offeredMacros, text, type Size } from './expression-functions.ts';

/** Something that an expression may not have, with the position in its text. */
export class ExpressionRefused extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/** What the variables of an expression can be, at most. */
export interface ExpressionInput {
  readonly variables: Readonly<Record<string, Size>>;
  /** The variables of which attributes are taken: `value.sn`; they give the size of one, or refuse it by a message. */
  readonly attributes: Readonly<Record<string, (attribute: string) => Size | string>>;
}

/** Steps of the worst case: comparing or copying 64 characters is one. Half a second or so. */
const MAX_STEPS = 25_000_000;
/** Characters that a part of an expression can be, together. */
const MAX_CHARS = 10_000_000;

interface Measured {
  readonly size: Size;
  readonly steps: number;
}

/** What an expression takes and can cost at most. */
export interface WorstCase extends Measured {
  /** The attributes that it takes, by the variable that it takes them of. */
  readonly taken: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Checks that an expression is made of what is offered only, and that its worst case, for the largest object that it is
 * evaluated for, is bounded: nested loops over long lists are refused before they can hold up a cycle.
 *
 * @throws ExpressionRefused
 */
export function checkExpression(ast: ASTNode, input: ExpressionInput): WorstCase {
  const taken = new Map<string, Set<string>>();
  const { size, steps } = measure(ast, new Map(Object.entries(input.variables)));
  return { taken, size, steps };

  function measure(node: ASTNode, variables: ReadonlyMap<string, Size>): Measured {
    const measured = measuredNode(node, variables);
    if (measured.steps > MAX_STEPS || measured.size.chars > MAX_CHARS)
      throw new ExpressionRefused(
        'takes too long, or grows too large, for an object with many long values',
        node.start,
      );
    return measured;
  }

  function measuredNode(node: ASTNode, variables: ReadonlyMap<string, Size>): Measured {
    switch (node.op) {
      case 'value':
        if (!['string', 'bigint', 'boolean'].includes(typeof node.args))
          throw new ExpressionRefused('only texts, whole numbers, true and false can be written here', node.start);
        return { size: text(typeof node.args === 'string' ? node.args.length : 20), steps: 1 };
      case 'id': {
        const size = variables.get(node.args);
        if (size !== undefined) return { size, steps: 1 };
        if (Object.hasOwn(input.attributes, node.args))
          throw new ExpressionRefused(`${node.args} needs the name of an attribute, as in ${node.args}.sn`, node.start);
        throw new ExpressionRefused(`unknown variable ${node.args}`, node.start);
      }
      case '.':
        return attributeOf(node, node.args[0], node.args[1], variables);
      case '[]': {
        const [from, key] = node.args;
        if (from.op === 'id' && !variables.has(from.args) && key.op === 'value' && typeof key.args === 'string')
          return attributeOf(node, from, key.args, variables);
        const [whole, index] = parts(node.args, variables);
        return { size: elementOf(whole.size), steps: whole.steps + index.steps + 1 };
      }
      case 'list': {
        const items = node.args.map((item) => measure(item, variables));
        const chars = sum(items.map((item) => item.size.chars));
        return { size: { list: true, items: items.length, chars, of: greatest(items) }, steps: 1 + stepsOf(items) };
      }
      case 'call':
      case 'rcall':
        return called(node, variables);
      case '?:': {
        const [condition, ...branches] = node.args;
        const sizes = branches.map((branch) => measure(branch, variables));
        return { size: greatest(sizes), steps: 1 + measure(condition, variables).steps + stepsOf(sizes) };
      }
      case '+': {
        const [left, right] = parts(node.args, variables);
        const size = added(left.size, right.size);
        return { size, steps: left.steps + right.steps + weight(size) };
      }
      case '!_':
      case '-_':
        return { size: text(20), steps: 1 + measure(node.args, variables).steps };
      case '.?':
      case '[?]':
      case 'map':
        throw new ExpressionRefused('is not offered here', node.start);
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
      case 'in':
      case '&&':
      case '||':
      case '-':
      case '*':
      case '/':
      case '%': {
        const [left, right] = parts(node.args, variables);
        return { size: text(20), steps: left.steps + right.steps + weight(left.size) + weight(right.size) };
      }
    }
  }

  function parts(
    [left, right]: readonly [ASTNode, ASTNode],
    variables: ReadonlyMap<string, Size>,
  ): readonly [Measured, Measured] {
    return [measure(left, variables), measure(right, variables)];
  }

  function attributeOf(node: ASTNode, from: ASTNode, name: string, variables: ReadonlyMap<string, Size>): Measured {
    const of = from.op === 'id' && !variables.has(from.args) ? input.attributes[from.args] : undefined;
    if (of === undefined || from.op !== 'id') {
      measure(from, variables);
      throw new ExpressionRefused(`${name} can not be taken of this`, node.start);
    }
    const size = of(name);
    if (typeof size === 'string') throw new ExpressionRefused(size, node.start);
    taken.set(from.args, (taken.get(from.args) ?? new Set()).add(name));
    return { size, steps: 2 };
  }

  function called(node: ASTNode & { readonly op: 'call' | 'rcall' }, variables: ReadonlyMap<string, Size>): Measured {
    const [name, receiver, args] = node.op === 'rcall' ? node.args : [node.args[0], null, node.args[1]];
    const [variable, ...bodies] = args;
    if (receiver !== null && Object.hasOwn(offeredMacros, name) && variable?.op === 'id')
      return looped(node, name, measure(receiver, variables), variable.args, bodies, variables);
    const offered = Object.hasOwn(offeredFunctions, name) ? offeredFunctions[name] : undefined;
    if (offered === undefined) throw new ExpressionRefused(`the function ${name} is not offered`, node.start);
    const all = [...(receiver === null ? [] : [receiver]), ...args].map((part) => measure(part, variables));
    const size = offered.size(...all.map((part) => part.size));
    return { size, steps: stepsOf(all) + weight(size) + sum(all.map((part) => weight(part.size))) };
  }

  function looped(
    node: ASTNode,
    name: string,
    receiver: Measured,
    variable: string,
    bodies: readonly ASTNode[],
    variables: ReadonlyMap<string, Size>,
  ): Measured {
    if (variables.has(variable) || Object.hasOwn(input.attributes, variable))
      throw new ExpressionRefused(`the name ${variable} has a meaning already`, node.start);
    const { large, largest, items } = elementsOf(receiver.size);
    const bodyOf = (element: Size): { readonly each: Size; readonly steps: number } => {
      const body = bodies.map((part) => measure(part, new Map(variables).set(variable, element)));
      return { each: greatest(body), steps: 2 + stepsOf(body) };
    };
    const most = bodyOf(largest);
    const least = bodyOf(EMPTY);
    const small = largest.list ? 0 : items - large;
    const steps = receiver.steps + large * most.steps + small * least.steps;
    if (name === 'filter') return { size: receiver.size, steps };
    if (name !== 'map') return { size: text(20), steps };
    const chars = large * most.each.chars + small * least.each.chars;
    return { size: { list: true, items, chars, of: larger(most.each, least.each) }, steps };
  }
}

const EMPTY = text(0);

/**
 * How many elements a list has, and how many of these can be as long as the longest, given their length together. The
 * worst case is that so many are and the others are empty: no function does less work, or makes less, for one long text
 * than for two of half its length.
 */
function elementsOf(size: Size): { readonly items: number; readonly large: number; readonly largest: Size } {
  if (!size.list) return { items: 1, large: 1, largest: size };
  const { items, chars, of } = size;
  const large = of.list || of.chars === 0 ? items : Math.min(items, Math.ceil(chars / of.chars));
  return { items, large, largest: of };
}

function weight(size: Size): number {
  return (size.list ? size.items : 1) + size.chars / 64;
}

function added(left: Size, right: Size): Size {
  if (!left.list || !right.list) return text(left.chars + right.chars);
  return {
    list: true,
    items: left.items + right.items,
    chars: left.chars + right.chars,
    of: larger(left.of, right.of),
  };
}

/** A size that neither exceeds. */
function larger(one: Size, other: Size): Size {
  const chars = Math.max(one.chars, other.chars);
  if (!one.list) return other.list ? { ...other, chars } : text(chars);
  if (!other.list) return { ...one, chars };
  return { list: true, items: Math.max(one.items, other.items), chars, of: larger(one.of, other.of) };
}

function greatest(parts: readonly Measured[]): Size {
  return parts.reduce<Size>((most, part) => larger(most, part.size), text(0));
}

function stepsOf(parts: readonly Measured[]): number {
  return sum(parts.map((part) => part.steps));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

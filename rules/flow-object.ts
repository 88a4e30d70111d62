import { wantedProxyAddresses } from './addresses.ts';
import { attribute, type AttributeImage } from './attributes.ts';
import type { ObjectError } from './error-catalogue.ts';
import { flowTarget } from './flow-targets.ts';
import type { Flow, FlowRule } from './flow.ts';
import { first, type SourceObject } from './objects.ts';
import { quoted } from './quote.ts';

/** What flow makes of one source object. */
export interface Flowed {
  /**
   * What the managed object shall hold. Covers exactly the attributes that `flowOwned` names for the kind; an
   * attribute without values is absent here, and is cleared where the managed object has it.
   */
  readonly wanted: AttributeImage;
  /** The source object with its attributes as they flow: what validation and claims must look at. */
  readonly object: SourceObject;
  readonly errors: readonly ObjectError[];
}

/** groupType of a universal distribution group and of a universal security group (MS-ADTS 2.2.12). */
const UNIVERSAL = { distribution: '8', security: '-2147483640' } as const;

/** What flow wants the managed object to hold, from the source object alone. */
export function flowObject(flow: Flow, source: SourceObject): Flowed {
  const wanted: Record<string, readonly string[]> = {};
  const errors: ObjectError[] = [];
  let transformed: Record<string, readonly string[]> | null = null;
  for (const target of flow.kinds[source.kind].targets) {
    if (target.rules === null) {
      const values = source.attributes[target.attribute];
      if (values !== undefined && values.length > 0) wanted[target.attribute] = values;
    } else {
      const values = ruledValues(flow, target.attribute, target.rules, source, errors);
      transformed ??= { ...source.attributes };
      if (values.length > 0) transformed[target.attribute] = wanted[target.attribute] = values;
      else Reflect.deleteProperty(transformed, target.attribute);
    }
  }
  const object = transformed === null ? source : { ...source, attributes: transformed };
  const proxyAddresses = wantedProxyAddresses(object);
  if (proxyAddresses.length > 0) wanted['proxyAddresses'] = proxyAddresses;
  if (source.kind === 'user') wanted['userAccountControl'] = ['514'];
  if (source.kind === 'group')
    wanted['groupType'] = [isSecurityGroup(source) ? UNIVERSAL.security : UNIVERSAL.distribution];
  return { wanted, object, errors };
}

/** The values of the first rule that gives some; none, and an error, where one fails or its values do not fit. */
function ruledValues(
  flow: Flow,
  target: string,
  rules: readonly FlowRule[],
  object: SourceObject,
  errors: ObjectError[],
): readonly string[] {
  for (const { place, give } of rules) {
    const result = give(object, flow.customer);
    if (!result.ok) {
      errors.push({ code: 'SE701', attribute: target, details: `${place}: ${result.reason}` });
      return [];
    }
    if (result.values.length === 0) continue;
    const fault = misfit(target, result.values);
    if (fault === null) return result.values;
    errors.push({ code: 'SE702', attribute: target, details: `${place}: ${fault}` });
    return [];
  }
  return [];
}

/** Why values can not be written to a target; null when they can. */
export function misfit(target: string, values: readonly string[]): string | null {
  const limit = flowTarget(target)?.limit ?? null;
  const syntax = attribute(target)?.syntax;
  if (syntax === 'integer') {
    const [lowest, highest] = limit === null ? [-(2 ** 31), 2 ** 31 - 1] : [0, limit];
    const outside = values.find((value) => Number(value) < lowest || Number(value) > highest);
    return outside === undefined ? null : `${outside} is not between ${lowest} and ${highest}`;
  }
  if (limit === null) return null;
  if (syntax === 'binary') {
    const tooLong = values.some((value) => octets(value) > limit);
    return tooLong ? `a value is longer than the ${limit} octets that ${target} can hold` : null;
  }
  const tooLong = values.find((value) => value.length > limit);
  return tooLong === undefined
    ? null
    : `${quoted(tooLong)} is longer than the ${limit} characters that ${target} can hold`;
}

/** Of a binary value, in base64 with padding. */
function octets(value: string): number {
  return (value.length / 4) * 3 - (value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0);
}

function isSecurityGroup(object: SourceObject): boolean {
  return Number(first(object.attributes, 'groupType') ?? '0') < 0;
}

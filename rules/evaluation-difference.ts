import type { AttributeImage } from './attributes.ts';
import { sameValues } from './change.ts';
import type { ErrorCode } from './error-catalogue.ts';
import type { Evaluation } from './evaluate.ts';

/** What two configurations decide otherwise about the same source object. */
export interface EvaluationDifference {
  readonly guid: string;
  /** Null where it is in scope by both or by neither. */
  readonly scope: 'enters' | 'leaves' | null;
  /** The rule that decides of its scope by the second one. */
  readonly scopeRule: string;
  /** Attributes that flow would want otherwise, with both values; none where it enters or leaves. */
  readonly attributes: readonly AttributeDifference[];
  /** Services that would be wanted otherwise. */
  readonly services: readonly string[];
  /** Why its services would end, where they did not before. */
  readonly ending: string | null;
  readonly newErrors: readonly ErrorCode[];
  readonly solvedErrors: readonly ErrorCode[];
}

export interface AttributeDifference {
  readonly attribute: string;
  readonly before: readonly string[];
  /** Null where it would not flow any more: the managed object keeps what it has. */
  readonly after: readonly string[] | null;
}

/**
 * Compares two evaluations of one staged object.
 *
 * @param owned attributes that flow owns by the second one
 * @returns null when they decide the same
 */
export function evaluationDifference(
  before: Evaluation,
  after: Evaluation,
  owned: readonly string[],
): EvaluationDifference | null {
  const scope = before.inScope === after.inScope ? null : after.inScope ? 'enters' : 'leaves';
  const attributes = scope === null ? attributesOf(before.wanted, after.wanted, new Set(owned)) : [];
  const services = scope === null ? servicesOf(before.service, after.service) : [];
  const ending = after.ending !== undefined && after.ending !== before.ending ? after.ending : null;
  const newErrors = codesBeyond(after, before);
  const solvedErrors = codesBeyond(before, after);
  const same =
    scope === null &&
    ending === null &&
    [attributes, services, newErrors, solvedErrors].every((list) => list.length === 0);
  if (same) return null;
  const { guid, scopeRule } = after;
  return { guid, scope, scopeRule, attributes, services, ending, newErrors, solvedErrors };
}

function attributesOf(
  before: AttributeImage,
  after: AttributeImage,
  owned: ReadonlySet<string>,
): readonly AttributeDifference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((attribute) => {
    const had = before[attribute] ?? [];
    const wanted = after[attribute] ?? [];
    if (sameValues(had, wanted)) return [];
    return [{ attribute, before: had, after: owned.has(attribute) ? wanted : null }];
  });
}

/** Both were made by the same rules, so that equal wishes are written alike. */
function servicesOf(before: Evaluation['service'], after: Evaluation['service']): readonly string[] {
  const one = new Map(Object.entries(before).map(([service, wish]) => [service, JSON.stringify(wish)]));
  const other = new Map(Object.entries(after).map(([service, wish]) => [service, JSON.stringify(wish)]));
  return [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name)).sort();
}

function codesBeyond(one: Evaluation, other: Evaluation): readonly ErrorCode[] {
  const known = new Set(other.errors.map((error) => error.code));
  return [...new Set(one.errors.map((error) => error.code))].filter((code) => !known.has(code)).sort();
}

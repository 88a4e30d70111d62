import { isPrimarySmtp } from './addresses.ts';
import type { AttributeImage } from './attributes.ts';
import { flowOwned, valueOwned, type Flow } from './flow.ts';
import type { ObjectKind } from './objects.ts';

/** What one planned change does to the attributes of a managed object: only those that differ. [] stands for absent. */
export interface AttributeChange {
  readonly before: AttributeImage;
  readonly after: AttributeImage;
}

/**
 * Compares what flow wants with what the managed object was last confirmed to hold, in the attributes that flow owns.
 *
 * @param ours values of value-owned attributes that we wrote before; others are never removed
 * @param recipient what else is wanted of it as a recipient
 * @returns null when nothing differs
 */
export function attributeChange(
  flow: Flow,
  kind: ObjectKind,
  wanted: AttributeImage,
  managed: AttributeImage,
  ours: AttributeImage,
  recipient: AttributeImage = {},
): AttributeChange | null {
  const before: Record<string, readonly string[]> = {};
  const after: Record<string, readonly string[]> = {};
  for (const attribute of [...flowOwned(flow, kind), ...Object.keys(recipient)]) {
    const have = managed[attribute] ?? [];
    const values = recipient[attribute] ?? wanted[attribute] ?? [];
    const want = valueOwned.has(attribute) ? merged(values, have, ours[attribute] ?? []) : values;
    if (!sameValues(have, want)) {
      before[attribute] = have;
      after[attribute] = want;
    }
  }
  return Object.keys(after).length === 0 ? null : { before, after };
}

/**
 * What flow wants of each attribute that it owns, on top of what an object holds.
 *
 * @param ours as of {@link attributeChange}
 */
export function flowImage(
  flow: Flow,
  kind: ObjectKind,
  wanted: AttributeImage,
  held: AttributeImage,
  ours: AttributeImage,
): AttributeImage {
  const after = attributeChange(flow, kind, wanted, held, ours)?.after ?? {};
  return Object.fromEntries(flowOwned(flow, kind).map((name) => [name, after[name] ?? held[name] ?? []]));
}

/** Whether two lists hold the same values, in any order. */
export function sameValues(left: readonly string[], right: readonly string[]): boolean {
  const one = new Set(left);
  const other = new Set(right);
  return one.size === other.size && left.every((value) => other.has(value));
}

/** The wanted values, and of the present ones those that neither are ours nor equal a wanted one without regard to case. */
function merged(want: readonly string[], have: readonly string[], ours: readonly string[]): readonly string[] {
  const wantedKeys = new Set(want.map((value) => value.toLowerCase()));
  const ourKeys = new Set(ours.map((value) => value.toLowerCase()));
  const foreign = have.filter((value) => !wantedKeys.has(value.toLowerCase()) && !ourKeys.has(value.toLowerCase()));
  return [...want, ...foreign.map((value) => secondary(value, want))].sort();
}

/** A foreign primary SMTP address beside a wanted one becomes a secondary one: Exchange allows a single primary. */
function secondary(value: string, want: readonly string[]): string {
  return isPrimarySmtp(value) && want.some(isPrimarySmtp) ? `smtp:${value.slice(5)}` : value;
}

import type { DirectoryEntry, LinkTarget } from '../directory/entries.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { foreignSid } from '../rules/foreign-principals.ts';
import { referenceAttributes } from '../rules/flow-references.ts';
import type { LinkStep, StagedLink } from '../store/read-links.ts';

/** Values of each reference that are asked for with an object: a page of large groups stays small. */
export const LINKS_WITH_ENTRY = 100;

/** Values of a list that are asked for at once. Active Directory sends 1,500 at most; Samba goes through all its list each time. */
const RANGE = 5000;

/** Whether the server told only the beginning of one of an entry's references. */
export function hasLongLinks(entry: DirectoryEntry): boolean {
  return Object.keys(entry.incompleteRanges).some((attribute) => referenceAttributes.has(attribute));
}

/**
 * All references of an entry that has a long list of some, bit by bit. A list that changes while it is read starts again.
 * Says so when
 * the entry is gone by now.
 */
export async function* longLinks(
  reader: DirectoryReader,
  entry: DirectoryEntry,
  signal: AbortSignal,
): AsyncGenerator<LinkStep> {
  for (const attribute of referenceAttributes) {
    if (!(attribute in entry.incompleteRanges)) {
      yield { kind: 'values', values: (entry.links[attribute] ?? []).map((target) => stagedLink(attribute, target)) };
      continue;
    }
    for await (const step of reader.ranges(entry.guid, attribute, { size: RANGE, signal }))
      if (step.kind === 'values')
        yield { kind: 'values', values: step.values.map((target) => stagedLink(attribute, target)) };
      else if (step.kind === 'restart') yield { kind: 'restart', attribute };
      else {
        yield { kind: 'gone' };
        return;
      }
  }
}

/** All targets of one attribute of an entry, also where the server told only the beginning. For lists of moderate length. */
export async function allTargets(
  reader: DirectoryReader,
  entry: DirectoryEntry,
  attribute: string,
  signal: AbortSignal,
): Promise<readonly LinkTarget[]> {
  if (!(attribute in entry.incompleteRanges)) return entry.links[attribute] ?? [];
  let targets: LinkTarget[] = [];
  for await (const step of reader.ranges(entry.guid, attribute, { signal }))
    targets = step.kind === 'values' ? [...targets, ...step.values] : [];
  return targets;
}

/** A link value as a connector space keeps it. */
export function stagedLink(attribute: string, target: LinkTarget): StagedLink {
  return { attribute, target: target.guid, targetDn: target.dn, foreignSid: foreignSid(target.dn) };
}

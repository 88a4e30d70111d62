/** One line of a migration map as it was given. */
export interface MapLine {
  /** Number of the line in the file, from 1. */
  readonly line: number;
  readonly old: string;
  readonly new: string;
}

export type ParsedMap =
  | { readonly ok: true; readonly lines: readonly MapLine[] }
  | { readonly ok: false; readonly faults: readonly string[] };

/** More lines than these are several maps. */
const MOST_LINES = 20_000;
const LONGEST = 1024;

/**
 * Reads a migration map: comma-separated values (RFC 4180) with an old and a new source object on each line, named by
 * objectGUID, SID or DN; a DN, which has commas, in quotation marks. A first line `old,new` is a heading; empty lines count
 * for nothing.
 */
export function parseMap(text: string): ParsedMap {
  const lines: MapLine[] = [];
  const faults: string[] = [];
  for (const [index, { line, fields }] of [...records(text.replace(/^\uFEFF/, ''))].entries()) {
    const isFirst = index === 0;
    if (fields === null) {
      faults.push(`line ${String(line)}: a quotation mark is not closed, or stands within a value`);
      continue;
    }
    const [old = '', next = '', ...more] = fields.map((field) => field.trim());
    if (more.length > 0 || old === '' || next === '')
      faults.push(
        `line ${String(line)}: not two values, the old and the new source object${more.length > 0 ? '; a DN stands in quotation marks' : ''}`,
      );
    else if (old.length > LONGEST || next.length > LONGEST) faults.push(`line ${String(line)}: a value is too long`);
    else if (!(isFirst && old.toLowerCase() === 'old' && next.toLowerCase() === 'new'))
      lines.push({ line, old, new: next });
  }
  if (faults.length === 0 && lines.length === 0) faults.push('the map has no lines');
  if (lines.length > MOST_LINES) faults.push(`the map has more than ${String(MOST_LINES)} lines`);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, lines };
}

/** The records of CSV, each with the number of its first line; null where its quotation marks do not match. */
function* records(text: string): Generator<{ readonly line: number; readonly fields: readonly string[] | null }> {
  for (const [index, content] of text.split(/\r\n|\n|\r/).entries()) {
    if (content.trim() === '') continue;
    const fields: string[] = [];
    let rest = content;
    let closed = true;
    for (;;) {
      const quoted = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest);
      const plain = quoted === null ? /^([^",]*)(,|$)/.exec(rest) : null;
      const found = quoted ?? plain;
      if (found === null) {
        closed = false;
        break;
      }
      fields.push((found[1] ?? '').replaceAll('""', '"'));
      rest = rest.slice(found[0].length);
      if (found[2] === '') break;
    }
    yield { line: index + 1, fields: closed ? fields : null };
  }
}

/** What is known of the two of a line. */
export interface MapFacts {
  readonly line: number;
  /** How many source objects of the customer have the name. */
  readonly oldFound: number;
  readonly newFound: number;
  readonly sameObject: boolean;
  /** The identity of the old one, or null where it has no services. */
  readonly identityId: string | null;
  readonly hasManaged: boolean;
  readonly kinds: { readonly old: string; readonly new: string } | null;
  readonly newGone: boolean;
  /** The new one has a managed object of its own already. */
  readonly newHasManaged: boolean;
  /** The identity has the new one already, by a reconnection from the old one. */
  readonly done: boolean;
  /** Other lines name the same identity, or the same new one. */
  readonly oldTwice: boolean;
  readonly newTwice: boolean;
}

/** What is wrong with a line of a map; null when nothing is. Names no person. */
export function lineFault(facts: MapFacts): string | null {
  if (facts.done) return null;
  if (facts.oldFound === 0) return 'there is no such old source object';
  if (facts.oldFound > 1) return 'several source objects have the name of the old one';
  if (facts.newFound === 0) return 'there is no such new source object, or it has not been read yet';
  if (facts.newFound > 1) return 'several source objects have the name of the new one';
  if (facts.sameObject) return 'the old and the new one are the same object';
  if (facts.newGone) return 'the new one has been deleted';
  if (facts.identityId === null || !facts.hasManaged) return 'the old one has no services that could be reconnected';
  if (facts.kinds !== null && facts.kinds.old !== facts.kinds.new)
    return `the old one is a ${facts.kinds.old}, the new one a ${facts.kinds.new}`;
  if (facts.newHasManaged) return 'the new one has a managed object of its own; have that removed first';
  if (facts.oldTwice) return 'another line names the same old one';
  return facts.newTwice ? 'another line names the same new one' : null;
}

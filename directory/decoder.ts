import type { Attribute, SearchEntry } from 'ldapts';

import { attribute, type AttributeDefinition } from '../rules/attributes.ts';
import type { DirectoryEntry, LinkTarget } from './entries.ts';
import { DirectoryRefused } from './errors.ts';
import { decodeValue } from './values.ts';

/** A DN as the extended-DN control writes it: `<GUID=...>;<SID=...>;<dn>`. */
const EXTENDED = /^<GUID=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>(?:;<SID=(S-[0-9-]+)>)?(?:;(.*))?$/is;

/** Reads a DN with or without what the extended-DN control adds to it. */
export function linkTarget(text: string): LinkTarget {
  const [match, guid, sid, dn] = EXTENDED.exec(text) ?? [];
  if (match === undefined || guid === undefined) return { guid: null, sid: null, dn: text };
  return { guid: guid.toLowerCase(), sid: sid ?? null, dn: dn ?? '' };
}

/** What an attribute description of an answer names, `member;range=0-1499` for instance. */
export interface Column {
  /** Undefined for an attribute that the product does not know. */
  readonly definition: AttributeDefinition | undefined;
  /** The range option: first and last index, last null for "to the end" (MS-ADTS 3.1.1.3.1.3.3). */
  readonly range: { readonly from: number; readonly to: number | null } | null;
}

const RANGE = /^range=(\d+)-(\d+|\*)$/i;

/** Reads an attribute description (RFC 4512 2.5). */
export function column(description: string): Column {
  const [name = '', ...options] = description.split(';');
  const [, from, to] = options.map((option) => RANGE.exec(option)).find((match) => match !== null) ?? [];
  return {
    definition: attribute(name),
    range: from === undefined ? null : { from: Number(from), to: to === '*' ? null : Number(to) },
  };
}

/**
 * The canonical names of the attributes to ask for.
 * @throws {DirectoryRefused} (`configuration`) for one that is not in the catalogue: its syntax would be a guess.
 */
export function requested(names: readonly string[], controller: string): readonly string[] {
  return names.map((name) => {
    const definition = attribute(name);
    if (definition !== undefined) return definition.name;
    throw new DirectoryRefused(
      controller,
      'configuration',
      `the attribute "${name}" is not known, so its values could not be read aright. Check the spelling.`,
    );
  });
}

/** The images of an attribute's values, sorted; undefined when one does not fit the syntax. */
export function images(definition: AttributeDefinition, source: Attribute): readonly string[] | undefined {
  const values: string[] = [];
  for (const bytes of source.parsedBuffers) {
    const image = decodeValue(definition, bytes);
    if (image === undefined) return undefined;
    values.push(image);
  }
  return values.length > 1 ? values.sort() : values;
}

/** The targets of a DN-valued attribute in the server's order; undefined when one is not text. */
export function targets(definition: AttributeDefinition, source: Attribute): readonly LinkTarget[] | undefined {
  const values: LinkTarget[] = [];
  for (const bytes of source.parsedBuffers) {
    const image = decodeValue(definition, bytes);
    if (image === undefined) return undefined;
    values.push(linkTarget(image));
  }
  return values;
}

/** Makes entries of what searches return; remembers attribute descriptions, which are the same in each entry. */
export class EntryDecoder {
  readonly #columns = new Map<string, Column>();

  column(description: string): Column {
    let known = this.#columns.get(description);
    if (known === undefined) {
      known = column(description);
      // Ranges differ from entry to entry: a long run must not collect them.
      if (known.range === null) this.#columns.set(description, known);
    }
    return known;
  }

  /** Undefined for an entry without an objectGUID, which only the rootDSE is. */
  entry(source: SearchEntry): DirectoryEntry | undefined {
    const { guid, dn } = linkTarget(source.name);
    if (guid === null) return undefined;
    const attributes: Record<string, readonly string[]> = {};
    const links: Record<string, readonly LinkTarget[]> = {};
    const incompleteRanges: Record<string, number> = {};
    const malformed: string[] = [];
    for (const part of source.attributes) {
      const { definition, range } = this.column(part.type);
      // Without values: a long attribute whose values come under a range option.
      if (definition === undefined || part.parsedBuffers.length === 0) continue;
      if (definition.syntax === 'dn') {
        const values = targets(definition, part);
        if (values === undefined) malformed.push(definition.name);
        else links[definition.name] = values.length > 1 ? sortedByDn(values) : values;
        if (range !== null && range.to !== null) incompleteRanges[definition.name] = range.to + 1;
      } else {
        const values = images(definition, part);
        if (values === undefined) malformed.push(definition.name);
        else attributes[definition.name] = values;
      }
    }
    return { dn, guid, attributes, links, incompleteRanges, malformed };
  }
}

function sortedByDn(values: readonly LinkTarget[]): readonly LinkTarget[] {
  return [...values].sort((one, other) => (one.dn < other.dn ? -1 : one.dn > other.dn ? 1 : 0));
}

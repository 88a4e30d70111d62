/**
 * Distinguished names as RFC 4514 writes them, with what Active Directory and Samba do differently: both escape more
 * than they must, Samba in hexadecimal (`\3B` for `\;`), and deleted and conflicting objects carry a line feed in their
 * name (`\0ADEL:`, `\0ACNF:`). The quoted form of RFC 1779 is refused: no server answers with it.
 */

/** One attribute and value of an RDN; the value is plain text, without escapes. */
export interface NamePart {
  readonly attribute: string;
  readonly value: string;
}

/** A relative distinguished name: nearly always one part, more when written with `+`. */
export type Rdn = readonly [NamePart, ...NamePart[]];

/** From the object up to the root. The empty list is the root DSE's empty name. */
export type DistinguishedName = readonly Rdn[];

/** What a name that the directory has mangled says (MS-ADTS 3.1.1.5.5, 3.1.1.5.1.5). */
export interface MangledName {
  readonly kind: 'deleted' | 'conflict';
  /** The name before it was mangled; Active Directory cuts long ones. */
  readonly name: string;
  /** objectGUID of the object, lower-case dashed text. */
  readonly guid: string;
}

const ATTRIBUTE_TYPE = /(?:[A-Za-z][A-Za-z0-9-]*|(?:[Oo][Ii][Dd]\.)?\d+(?:\.\d+)+) *= */y;
const ESCAPABLE = ' "#+,;<=>\\';
const NOT_BARE = '"+,;<>\\\0';
const HEX_PAIR = /[0-9A-Fa-f]{2}/y;
const MANGLED = /^(.*)\n(DEL|CNF):([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$/s;

/** Reads a DN; undefined when it is malformed (then nothing must be done with it). */
export function parseDn(text: string): DistinguishedName | undefined {
  if (!text.isWellFormed()) return undefined;
  if (/^ *$/.test(text)) return [];
  const rdns: Rdn[] = [];
  let at = 0;
  for (;;) {
    const parts: NamePart[] = [];
    let separator: string | undefined;
    do {
      const part = readPart(text, at);
      if (part === undefined) return undefined;
      parts.push({ attribute: part.attribute, value: part.value });
      separator = text[part.end];
      at = part.end + 1;
    } while (separator === '+');
    const [first, ...others] = parts;
    if (first === undefined) return undefined;
    rdns.push([first, ...others]);
    if (separator === undefined) return rdns;
  }
}

/**
 * Writes a DN with the fewest escapes: `\,` for special characters, `\0A` for control characters.
 * With `hexadecimal`, every escape is a hexadecimal pair, for readers that split at commas without parsing.
 */
export function formatDn(dn: DistinguishedName, style: 'characters' | 'hexadecimal' = 'characters'): string {
  return dn.map((rdn) => formatRdn(rdn, style)).join(',');
}

/** Writes one RDN; see {@link formatDn}. */
export function formatRdn(rdn: Rdn, style: 'characters' | 'hexadecimal' = 'characters'): string {
  return rdn.map(({ attribute, value }) => `${attribute}=${escapeValue(value, style)}`).join('+');
}

/**
 * A text that is equal for two DNs that name the same object: upper and lower case, escapes, spaces around separators
 * and the order of a multi-valued RDN make no difference. Undefined for a malformed DN. Case is folded by Unicode's
 * simple mapping; Active Directory's own collation also ignores accents and width, so use GUIDs where there are some.
 */
export function dnKey(dn: string): string | undefined {
  const parsed = parseDn(dn);
  return parsed && keyOf(parsed);
}

/** True when both are well-formed and name the same object. */
export function sameDn(one: string, other: string): boolean {
  const key = dnKey(one);
  return key !== undefined && key === dnKey(other);
}

/** True when the DN is the ancestor or below it; false when one of them is malformed. */
export function isWithin(dn: string, ancestor: string): boolean {
  const inner = parseDn(dn);
  const outer = parseDn(ancestor);
  if (inner === undefined || outer === undefined || inner.length < outer.length) return false;
  return keyOf(inner.slice(inner.length - outer.length)) === keyOf(outer);
}

/**
 * As {@link isWithin}, and in the same domain: what is below a domain's head by name alone, in a child domain, is not in it.
 */
export function isWithinDomain(dn: string, ancestor: string): boolean {
  return isWithin(dn, ancestor) && domainDepth(dn) === domainDepth(ancestor);
}

function domainDepth(dn: string): number {
  const rdns = parseDn(dn) ?? [];
  return rdns.length - rdns.findLastIndex(([part]) => part.attribute.toUpperCase() !== 'DC');
}

/** The DN of the container; undefined for a malformed DN and for the empty name, which have none. */
export function parentOf(dn: string): string | undefined {
  const parsed = parseDn(dn);
  return parsed === undefined || parsed.length === 0 ? undefined : formatDn(parsed.slice(1));
}

/** The first part of the leftmost RDN, `{ attribute: 'CN', value: 'Doe, John' }`. */
export function rdnOf(dn: string): NamePart | undefined {
  return parseDn(dn)?.[0]?.[0];
}

/** The value of the leftmost RDN without escapes, `Doe, John`. */
export function rdnValue(dn: string): string | undefined {
  return rdnOf(dn)?.value;
}

/**
 * The DN of a child of a container. Undefined when the container's DN is malformed, the attribute is no attribute type,
 * or the value is empty or holds half a surrogate pair, which no directory can store.
 */
export function childDn(rdnAttribute: string, value: string, parentDn: string): string | undefined {
  const parent = parseDn(parentDn);
  if (parent === undefined || value === '' || !value.isWellFormed()) return undefined;
  const dn = formatDn([[{ attribute: rdnAttribute, value }], ...parent]);
  return rdnOf(dn)?.attribute === rdnAttribute ? dn : undefined;
}

/** What the name of a deleted object (`Ann\0ADEL:<guid>`) or a replication conflict's loser (`\0ACNF:`) says. */
export function mangledName(dn: string): MangledName | undefined {
  const [, name, mark, guid] = MANGLED.exec(rdnValue(dn) ?? '') ?? [];
  if (name === undefined || guid === undefined) return undefined;
  return { kind: mark === 'DEL' ? 'deleted' : 'conflict', name, guid: guid.toLowerCase() };
}

interface ReadPart extends NamePart {
  /** Index of the separator (`,` or `+`), or the text's length. */
  readonly end: number;
}

function readPart(text: string, start: number): ReadPart | undefined {
  let at = start;
  while (text[at] === ' ') at += 1;
  ATTRIBUTE_TYPE.lastIndex = at;
  const type = ATTRIBUTE_TYPE.exec(text)?.[0];
  if (type === undefined) return undefined;
  const attribute = type.slice(0, type.indexOf('=')).trimEnd();
  const value = readValue(text, at + type.length);
  return value && { attribute, ...value };
}

function readValue(text: string, start: number): { value: string; end: number } | undefined {
  // `#` begins a BER value (RFC 4514 2.4). Neither server answers with one, and no string syntax needs it.
  if (text[start] === '#') return undefined;
  let value = '';
  let at = start;
  /** Length of the value up to its last character that is not a bare space. */
  let kept = 0;
  for (;;) {
    const character = text[at];
    if (character === undefined || character === ',' || character === '+') break;
    if (character === '\\') {
      const escaped = readEscape(text, at);
      if (escaped === undefined) return undefined;
      value += escaped.value;
      at = escaped.end;
      kept = value.length;
      continue;
    }
    if (NOT_BARE.includes(character)) return undefined;
    value += character;
    at += 1;
    if (character !== ' ') kept = value.length;
  }
  return { value: value.slice(0, kept), end: at };
}

/** Reads `\,` or a run of `\C3\BC`: the bytes of one character may not be split between forms. */
function readEscape(text: string, start: number): { value: string; end: number } | undefined {
  let encoded = '';
  let at = start;
  while (text[at] === '\\') {
    HEX_PAIR.lastIndex = at + 1;
    const pair = HEX_PAIR.exec(text)?.[0];
    if (pair === undefined) break;
    encoded += `%${pair}`;
    at += 3;
  }
  if (encoded !== '') {
    try {
      return { value: decodeURIComponent(encoded), end: at };
    } catch {
      return undefined; // not UTF-8
    }
  }
  const character = text[start + 1];
  if (character === undefined || !ESCAPABLE.includes(character)) return undefined;
  return { value: character, end: start + 2 };
}

function escapeValue(value: string, style: 'characters' | 'hexadecimal'): string {
  let escaped = '';
  for (let at = 0; at < value.length; at += 1) {
    const character = value.charAt(at);
    const code = value.charCodeAt(at);
    const atEdge = at === 0 || at === value.length - 1;
    if (code < 0x20 || code === 0x7f) escaped += hexadecimal(code);
    else if ('"+,;<=>\\'.includes(character) || (character === ' ' && atEdge) || (character === '#' && at === 0))
      escaped += style === 'characters' ? `\\${character}` : hexadecimal(code);
    else escaped += character;
  }
  return escaped;
}

function hexadecimal(code: number): string {
  return `\\${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

function keyOf(dn: DistinguishedName): string {
  return dn
    .map((rdn) =>
      rdn
        .map(
          ({ attribute, value }) =>
            `${attribute.toLowerCase().replace(/^oid\./, '')}=${escapeValue(value.toLowerCase(), 'hexadecimal')}`,
        )
        .sort()
        .join('+'),
    )
    .join(',');
}

import type { AttributeDefinition } from '../rules/attributes.ts';

/**
 * Between what LDAP carries and value images (see rules/attributes.ts). A function answers undefined for input that
 * does not fit the syntax: nothing is guessed.
 */

const GUID = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;
const SID = /^S-1-(\d{1,10}|0x[0-9a-f]{12})((?:-\d{1,10}){1,15})$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DECIMAL = /^(?:0|-?[1-9]\d{0,18})$/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A GUID's 16 bytes (the first three groups little-endian, MS-DTYP 2.3.4.2) as lower-case dashed text. */
export function guidText(bytes: Buffer): string | undefined {
  if (bytes.length !== 16) return undefined;
  const hex = bytes.toString('hex');
  const group = (...pairs: readonly number[]): string =>
    pairs.map((pair) => hex.slice(2 * pair, 2 * pair + 2)).join('');
  return `${group(3, 2, 1, 0)}-${group(5, 4)}-${group(7, 6)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 16 bytes of a GUID written as dashed text, in any case. */
export function guidBytes(text: string): Buffer | undefined {
  if (!GUID.test(text)) return undefined;
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** A SID (MS-DTYP 2.4.2.2) as `S-1-...`; an authority of 2^32 or more is written in hexadecimal (2.4.2.1). */
export function sidText(bytes: Buffer): string | undefined {
  const count = bytes[1];
  if (bytes[0] !== 1 || count === undefined || count < 1 || count > 15 || bytes.length !== 8 + 4 * count) {
    return undefined;
  }
  const authority = bytes.readUIntBE(2, 6);
  let text = `S-1-${authority < 2 ** 32 ? authority : `0x${authority.toString(16).padStart(12, '0')}`}`;
  for (let at = 8; at < bytes.length; at += 4) text += `-${bytes.readUInt32LE(at)}`;
  return text;
}

/** The bytes of a SID written as `S-1-...`. */
export function sidBytes(text: string): Buffer | undefined {
  const [, authority, rest] = SID.exec(text) ?? [];
  if (authority === undefined || rest === undefined) return undefined;
  const parts = rest.slice(1).split('-').map(Number);
  const authorityNumber = Number(authority);
  if (parts.some((part) => part > 0xffffffff)) return undefined;
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes[0] = 1;
  bytes[1] = parts.length;
  bytes.writeUIntBE(authorityNumber, 2, 6);
  parts.forEach((part, index) => bytes.writeUInt32LE(part, 8 + 4 * index));
  // One SID has one text only, so that images can be compared.
  return sidText(bytes) ===
    text
      .toUpperCase()
      .replace('0X', '0x')
      .replace(/0x[0-9A-F]+/, (hex) => hex.toLowerCase())
    ? bytes
    : undefined;
}

/** The image of a value as it came over the wire. */
export function decodeValue(definition: AttributeDefinition, bytes: Buffer): string | undefined {
  switch (definition.syntax) {
    case 'binary':
    case 'descriptor':
      return bytes.toString('base64');
    case 'guid':
      return guidText(bytes);
    case 'sid':
      return sidText(bytes);
    case 'boolean':
    case 'integer':
    case 'int64': {
      const text = bytes.toString('latin1');
      return fits(definition, text) ? text : undefined;
    }
    case 'text':
    case 'dn':
    case 'time':
      // PostgreSQL can not keep a NUL, and no attribute that we know means one.
      if (bytes.includes(0)) return undefined;
      try {
        return utf8.decode(bytes);
      } catch {
        return undefined;
      }
  }
}

/** What goes over the wire for an image: bytes, or text that is sent as UTF-8. */
export function encodeValue(definition: AttributeDefinition, image: string): Buffer | string | undefined {
  switch (definition.syntax) {
    case 'binary':
    case 'descriptor':
      return BASE64.test(image) ? Buffer.from(image, 'base64') : undefined;
    case 'guid':
      return guidBytes(image);
    case 'sid':
      return sidBytes(image);
    case 'boolean':
    case 'integer':
    case 'int64':
    case 'text':
    case 'dn':
    case 'time':
      return fits(definition, image) ? image : undefined;
  }
}

function fits({ syntax }: AttributeDefinition, text: string): boolean {
  if (syntax === 'boolean') return text === 'TRUE' || text === 'FALSE';
  if (syntax === 'integer') return DECIMAL.test(text) && BigInt.asIntN(32, BigInt(text)) === BigInt(text);
  if (syntax === 'int64') return DECIMAL.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  return text.isWellFormed();
}

/** A moment as LDAP writes it, to the second: `20261122225959.0Z` (generalized time, RFC 4517 3.3.13). */
export function generalizedTime(moment: Date): string {
  return `${moment.toISOString().replace(/[-:T]/g, '').slice(0, 14)}.0Z`;
}

/** The moment of a value of syntax `time`, such as 20260801120000.0Z; null for anything else. */
export function parseGeneralizedTime(text: string): Date | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text);
  if (parts === null) return null;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = parts;
  const moment = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

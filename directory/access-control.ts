import { guidText, sidText } from './values.ts';

/** Directory rights of an access mask (MS-ADTS 5.1.3.2). */
export const ACCESS = { writeProperty: 0x20, controlAccess: 0x100 } as const;

/** Extended rights (MS-ADTS 5.1.3.2.1). */
export const EXTENDED_RIGHT = {
  replicatingDirectoryChangesAll: '1131f6ad-9c07-11d1-f79f-00c04fc2dcd2',
  reanimateTombstones: '45ec5156-db7e-47bb-b53f-dbeb2d03c40f',
} as const;

const INHERIT_ONLY = 0x08;
/** Access allowed, access denied, and the same for one attribute, property set or extended right (MS-DTYP 2.4.4). */
const ALLOWED = new Set([0x00, 0x05]);
const DENIED = new Set([0x01, 0x06]);
const OF_OBJECT = new Set([0x05, 0x06]);

/**
 * Whether an access control list gives a right to who is in these groups: the first entry that speaks of it decides
 * (MS-ADTS 5.1.3.3.2).
 *
 * @param descriptor self-relative security descriptor with a DACL (MS-DTYP 2.4.6)
 * @param sids of the account and its groups
 * @param right a bit of the access mask
 * @param about GUIDs by which entries may name what the right is to: an extended right, or an attribute and its property set
 */
export function grants(
  descriptor: Buffer,
  sids: ReadonlySet<string>,
  right: number,
  about: readonly string[],
): boolean {
  const start = descriptor.readUInt32LE(16);
  // No list at all gives everything to everybody.
  if (start === 0) return true;
  let at = start + 8;
  for (let left = descriptor.readUInt16LE(start + 4); left > 0; left -= 1) {
    const size = descriptor.readUInt16LE(at + 2);
    const entry = entryOf(descriptor.subarray(at, at + size));
    at += size;
    if (entry === null || (entry.mask & right) === 0 || !sids.has(entry.sid)) continue;
    if (entry.about === null || about.includes(entry.about)) return entry.allowed;
  }
  return false;
}

interface Entry {
  readonly allowed: boolean;
  readonly mask: number;
  /** What the entry is limited to; null for everything. */
  readonly about: string | null;
  readonly sid: string;
}

/** Null for an entry that does not hold for the object itself, or is of another kind. */
function entryOf(bytes: Buffer): Entry | null {
  const type = bytes.readUInt8(0);
  if ((bytes.readUInt8(1) & INHERIT_ONLY) !== 0 || !(ALLOWED.has(type) || DENIED.has(type))) return null;
  let about: string | null = null;
  let at = 8;
  if (OF_OBJECT.has(type)) {
    const flags = bytes.readUInt32LE(at);
    at += 4;
    if ((flags & 1) !== 0) {
      about = guidText(bytes.subarray(at, at + 16)) ?? '';
      at += 16;
    }
    if ((flags & 2) !== 0) at += 16;
  }
  const sid = sidText(bytes.subarray(at, at + 8 + 4 * bytes.readUInt8(at + 1))) ?? '';
  return { allowed: ALLOWED.has(type), mask: bytes.readUInt32LE(4), about, sid };
}

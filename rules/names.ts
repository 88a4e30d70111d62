import type { ObjectKind } from './objects.ts';
import { wholeCharacters } from './quote.ts';

/** Characters that Active Directory refuses in a sAMAccountName (MS-ADTS 3.1.1.6; KB 909264), and control characters. */
const NOT_IN_SAM = /["/\\[\]:;|=,+*?<>@\p{Cc}]/gu;

const SAM_LENGTH = { user: 20, group: 256 } as const;
const CN_LENGTH = 64;

/**
 * The names to try for a new managed user's or group's sAMAccountName, best first. The first is the source's own; the
 * others carry digits of the objectGUID, so that the choice is the same however often it is made.
 * Contacts have none.
 */
export function samCandidates(kind: ObjectKind, source: string | undefined, guid: string): readonly string[] {
  if (kind === 'contact') return [];
  const limit = SAM_LENGTH[kind];
  const digits = guid.replaceAll('-', '');
  const fallback = `u${digits.slice(0, 12)}`;
  const base = trimmed((source ?? '').replace(NOT_IN_SAM, '')) || fallback;
  const whole = trimmed(cut(base, limit)) || fallback;
  return [whole, ...[4, 8, 16].map((count) => `${cut(base, limit - count - 1)}-${digits.slice(0, count)}`)];
}

/** The names to try for a new managed object's CN within its container, best first (rangeUpper of cn is 64). */
export function cnCandidates(source: string, guid: string): readonly string[] {
  const digits = guid.replaceAll('-', '');
  const base = source.replace(/\n.*$/s, '').trim() || digits;
  return [
    cut(base, CN_LENGTH),
    ...[8, 32].map((count) => `${cut(base, CN_LENGTH - count - 3)} (${digits.slice(0, count)})`),
  ];
}

/** Cuts to a number of UTF-16 units, as Active Directory counts, and leaves no space at the end. */
function cut(text: string, units: number): string {
  return text.length <= units ? text : wholeCharacters(text, units).trimEnd();
}

/** Without spaces at the ends and without periods at the end, where Active Directory refuses them. */
function trimmed(text: string): string {
  return text.trim().replace(/[.\s]+$/, '');
}

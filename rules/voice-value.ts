import { quoted } from './quote.ts';

/** The features of Lync / Skype for Business that a bit of the bitmap attribute can stand for. */
export const VOICE_FEATURES = [
  'publicIm',
  'remoteCallControl',
  'anonymousMeetings',
  'enterpriseVoice',
  'enhancedPresence',
  'dualMode',
  'federation',
  'remoteAccess',
  'archiveInternal',
  'archiveFederated',
] as const;
export type VoiceFeature = (typeof VOICE_FEATURES)[number];

/** What the string attribute says beside the bitmap (KB 3103746: `Type=LRS`). */
export interface VoiceRequest {
  /** `room`: a Lync Room System. */
  readonly account: 'user' | 'room';
  /** Region of the pool, in capitals. */
  readonly region: string | null;
  /** Value for msRTCSIP-Line, `tel:+4989123` or `tel:+4989123;ext=12`. */
  readonly line: string | null;
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly details: string };

/** Bit 31 would be the sign of a 32-bit number. */
const MAX_BITMAP = 2 ** 31 - 1;

/**
 * Reads the bitmap attribute: a decimal number whose bits are features. An absent or empty one and 0 mean no features. A
 * bit that stands for no feature is refused, for nobody can say what was meant.
 *
 * @param bits what the bits stand for; each a power of two
 */
export function parseBitmap(
  text: string | undefined,
  bits: ReadonlyMap<number, VoiceFeature>,
): Read<readonly VoiceFeature[]> {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return { ok: true, value: [] };
  const number = /^\d{1,10}$/.test(trimmed) ? Number(trimmed) : NaN;
  if (!(number <= MAX_BITMAP))
    return { ok: false, details: `${quoted(trimmed)} is not a number from 0 to ${String(MAX_BITMAP)}` };
  const unknown = [...bits.keys()].reduce((rest, bit) => rest & ~bit, number);
  if (unknown !== 0)
    return { ok: false, details: `${quoted(trimmed)}: no feature is configured for ${setBits(unknown).join(' + ')}` };
  return {
    ok: true,
    value: VOICE_FEATURES.filter((feature) =>
      [...bits].some(([bit, name]) => name === feature && (number & bit) !== 0),
    ),
  };
}

function setBits(number: number): readonly number[] {
  return Array.from({ length: 31 }, (_, index) => 2 ** index).filter((bit) => (number & bit) !== 0);
}

const KEYS = ['TYPE', 'REG', 'LINE', 'EXT'] as const;
type Key = (typeof KEYS)[number];

/** A key of the value with the place it was found at, as written. */
interface Pair {
  readonly value: string;
  readonly place: string;
}

/**
 * Reads the string attribute: `KEY=VALUE` pairs in any order and case, separated by semicolons, such as
 * `Type=LRS;REG=EU` or `LINE=+4989123;EXT=12`. Unknown and repeated keys and bad values are refused with the place quoted.
 */
export function parseVoiceString(text: string | undefined): Read<VoiceRequest> {
  const pairs = new Map<Key, Pair>();
  const refuse = (place: string, why: string): { ok: false; details: string } => ({
    ok: false,
    details: `${quoted(text ?? '')}: at ${quoted(place)} ${why}`,
  });
  for (const place of (text ?? '').split(';').map((part) => part.trim())) {
    if (place === '') continue;
    const equals = place.indexOf('=');
    const name = (equals < 0 ? place : place.slice(0, equals)).trim().toUpperCase();
    const key = KEYS.find((known) => known === name);
    if (key === undefined) return refuse(place, 'the key is unknown');
    if (equals < 0) return refuse(place, 'the key has no value');
    if (pairs.has(key)) return refuse(place, `${key} is given twice`);
    pairs.set(key, { value: place.slice(equals + 1).trim(), place });
  }
  const [type, region, line, extension] = KEYS.map((key) => pairs.get(key));
  const account = { LRS: 'room', USER: 'user' }[type?.value.toUpperCase() ?? 'USER'] as 'room' | 'user' | undefined;
  if (type !== undefined && account === undefined) return refuse(type.place, 'the type is neither USER nor LRS');
  if (region !== undefined && !/^[A-Z]{2,8}$/i.test(region.value))
    return refuse(region.place, 'the region is not a word of 2 to 8 letters');
  if (extension !== undefined && line === undefined) return refuse(extension.place, 'LINE= is missing');
  if (extension !== undefined && !/^\d{1,15}$/.test(extension.value))
    return refuse(extension.place, 'the extension is not 1 to 15 digits');
  const number = line === undefined ? null : lineOf(line.value);
  if (line !== undefined && number === null)
    return refuse(line.place, 'the number is not one of E.164: + and 3 to 15 digits');
  return {
    ok: true,
    value: {
      account: account ?? 'user',
      region: region?.value.toUpperCase() ?? null,
      line: number === null ? null : extension === undefined ? number : `${number};ext=${extension.value}`,
    },
  };
}

/** Writes a request as a value of the string attribute that reads the same. */
export function formatVoiceString({ account, region, line }: VoiceRequest): string {
  const [number = '', extension] = (line ?? '').replace(/^tel:/, '').split(';ext=');
  return [
    ...(account === 'room' ? ['TYPE=LRS'] : []),
    ...(region === null ? [] : [`REG=${region}`]),
    ...(line === null ? [] : [`LINE=${number}`]),
    ...(extension === undefined ? [] : [`EXT=${extension}`]),
  ].join(';');
}

/**
 * The `tel:` URI of a telephone number in its international form (E.164, RFC 3966), visual separators taken out; null when
 * it is in no such form.
 */
export function lineOf(text: string): string | null {
  const digits = text.replace(/^tel:/i, '').replaceAll(/[ ().\-/]/g, '');
  return /^\+[1-9]\d{2,14}$/.test(digits) ? `tel:${digits}` : null;
}

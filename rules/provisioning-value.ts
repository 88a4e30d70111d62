import type { RecipientKind } from './recipients.ts';
import { quoted } from './quote.ts';

/** What a provisioning value asks for (KB 2655364, KB 2830599). */
export type MailboxRequest =
  | { readonly ask: 'nothing' }
  | { readonly ask: 'remove' }
  | {
      readonly ask: 'mailbox';
      readonly recipient: RecipientKind;
      /** The mailbox plan, where TYPE= names one. */
      readonly plan: MailboxPlan | null;
      readonly quotaBytes: bigint | null;
      readonly region: string | null;
      /** People that a room holds. */
      readonly capacity: number | null;
    };

export type MailboxPlan = (typeof PLANS)[number];

export type ProvisioningValue =
  { readonly ok: true; readonly request: MailboxRequest } | { readonly ok: false; readonly details: string };

const REMOVE = 'REMOVEMSOMBX';
const SHARED = 'SHAREDMBX';
const KEYS = ['MBX', 'TYPE', 'REG', 'RESMBX'];
const PLANS = ['KIOSK', 'EP1D', 'EP2D'] as const;
const GIB = 1024n ** 3n;
const MIB = 1024n ** 2n;
/** The quota attributes are 32-bit numbers of KiB. */
const MAX_GIB = 2047n;

/** A key of the value with the place it was found at, as written. */
interface Pair {
  readonly value: string;
  readonly place: string;
}

/**
 * Reads a provisioning value: `KEY=VALUE` pairs and flags in any order and case, separated by semicolons, such as
 * `MBX=50GB;Type=EP2D;REG=EU;`, or the removal value `RemoveMSOMbx`. Unknown, repeated and contradicting keys and bad
 * values are refused with the place quoted.
 */
export function parseProvisioningValue(text: string | undefined): ProvisioningValue {
  if (text === undefined || text.trim() === '') return { ok: true, request: { ask: 'nothing' } };
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 1 && parts[0]?.toUpperCase() === REMOVE) return { ok: true, request: { ask: 'remove' } };
  if (parts.length === 0) return refuse(text, text, 'there is no key');
  const pairs = new Map<string, Pair>();
  for (const place of parts) {
    const equals = place.indexOf('=');
    const key = (equals < 0 ? place : place.slice(0, equals)).trim().toUpperCase();
    if (pairs.has(key)) return refuse(text, place, `${key} is given twice`);
    if (key === REMOVE) return refuse(text, place, 'the removal value stands beside other keys');
    if (equals < 0 && KEYS.includes(key)) return refuse(text, place, 'the key has no value');
    if (equals < 0 ? key !== SHARED : !KEYS.includes(key)) return refuse(text, place, 'the key is unknown');
    pairs.set(key, { value: equals < 0 ? '' : place.slice(equals + 1).trim(), place });
  }
  return request(text, pairs);
}

function request(text: string, pairs: ReadonlyMap<string, Pair>): ProvisioningValue {
  const [size, type, reg, resmbx] = KEYS.map((key) => pairs.get(key));
  const kind = type?.value.toUpperCase();
  const plan = PLANS.find((name) => name === kind) ?? null;
  if (type !== undefined && kind !== 'RESOURCE' && kind !== 'SHARED' && plan === null)
    return refuse(text, type.place, 'the type is unknown');
  const quota = size && sizeInBytes(size.value);
  if (size !== undefined && quota === undefined)
    return refuse(text, size.place, `the size is not a number with MB or GB, up to ${MAX_GIB}GB`);
  const region = reg?.value.toUpperCase();
  if (reg !== undefined && !/^[A-Z]{2,8}$/.test(region ?? ''))
    return refuse(text, reg.place, 'the region is not a word of 2 to 8 letters');
  const resource = resmbx && resourceOf(resmbx.value);
  if (resmbx !== undefined && resource === undefined)
    return refuse(text, resmbx.place, 'the resource is neither ROOMRBA, EQUIPRBA nor LRSRoom');
  const contradiction = contradicting(pairs, kind);
  if (contradiction !== null) return refuse(text, contradiction.place, contradiction.why);
  const recipient =
    resource?.recipient ?? (kind === 'SHARED' ? 'shared' : pairs.has(SHARED) ? 'sharedLinked' : 'linked');
  const capacity = resource?.capacity ?? null;
  return {
    ok: true,
    request: { ask: 'mailbox', recipient, plan, quotaBytes: quota ?? null, region: region ?? null, capacity },
  };
}

/** Keys that ask for two kinds of mailbox at once: what is made first stays, so nothing is guessed (KB 2830599). */
function contradicting(
  pairs: ReadonlyMap<string, Pair>,
  type: string | undefined,
): { readonly place: string; readonly why: string } | null {
  const shared = pairs.get(SHARED);
  const resource = pairs.get('RESMBX');
  if (type === 'RESOURCE' && resource === undefined)
    return { place: pairs.get('TYPE')?.place ?? '', why: 'RESMBX= is missing' };
  if (resource !== undefined && type !== undefined && type !== 'RESOURCE')
    return { place: resource.place, why: `a resource has no TYPE=${type}` };
  if (shared !== undefined && (type === 'SHARED' || resource !== undefined))
    return { place: shared.place, why: 'the flag is for a mailbox with a plan only' };
  return null;
}

/** The bytes of a size such as 500MB or 50GB; undefined for what is none, or none that a quota can hold. */
export function sizeInBytes(size: string): bigint | undefined {
  const [, digits, unit] = /^([1-9]\d{0,6})(MB|GB)$/i.exec(size) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const bytes = BigInt(digits) * (unit.toUpperCase() === 'GB' ? GIB : MIB);
  return bytes <= MAX_GIB * GIB ? bytes : undefined;
}

interface Resource {
  readonly recipient: RecipientKind;
  readonly capacity: number | null;
}

function resourceOf(value: string): Resource | undefined {
  const [room, , digits] = /^roomrba(\(CAP=(\d{1,5})\))?$/i.exec(value) ?? [];
  if (room !== undefined) return { recipient: 'room', capacity: digits === undefined ? null : Number(digits) };
  if (/^equiprba$/i.test(value)) return { recipient: 'equipment', capacity: null };
  if (/^lrsroom$/i.test(value)) return { recipient: 'lyncRoom', capacity: null };
  return undefined;
}

/**
 * The provisioning value that asks for this, in the order of Microsoft's examples: what {@link parseProvisioningValue} reads
 * from it is the same again. A linked mailbox of which nothing is said can not be asked for.
 */
export function formatProvisioningValue(request: MailboxRequest): string {
  if (request.ask === 'nothing') return '';
  if (request.ask === 'remove') return 'RemoveMSOMbx';
  const { recipient, plan, quotaBytes, region, capacity } = request;
  const keys = [
    ...(quotaBytes === null ? [] : [`MBX=${sizeOf(quotaBytes)}`]),
    ...(plan === null ? [] : [`TYPE=${plan}`]),
    ...(recipient === 'shared' ? ['TYPE=SHARED'] : isResource(recipient) ? ['TYPE=RESOURCE'] : []),
    ...(region === null ? [] : [`REG=${region}`]),
    ...(recipient === 'room' ? [`RESMBX=roomrba${capacity === null ? '' : `(CAP=${String(capacity)})`}`] : []),
    ...(recipient === 'equipment' ? ['RESMBX=EQUIPRBA'] : recipient === 'lyncRoom' ? ['RESMBX=LRSRoom'] : []),
    ...(recipient === 'sharedLinked' ? ['SharedMbx'] : []),
  ];
  return `${keys.join(';')};`;
}

function isResource(recipient: RecipientKind): boolean {
  return recipient === 'room' || recipient === 'equipment' || recipient === 'lyncRoom';
}

function sizeOf(bytes: bigint): string {
  return bytes % GIB === 0n ? `${String(bytes / GIB)}GB` : `${String(bytes / MIB)}MB`;
}

function refuse(text: string, place: string, why: string): ProvisioningValue {
  return { ok: false, details: `${quoted(text)}: at ${quoted(place)} ${why}` };
}

/** The part of a value that has this key, as it is written. */
export function placeOf(text: string, key: string): string {
  const parts = text.split(';').map((part) => part.trim());
  return parts.find((part) => part.split('=')[0]?.trim().toUpperCase() === key) ?? text;
}

/** What a provisioning value asks for (KB 2655364, KB 2830599; grammar in docs of the service section). */
export type MailboxRequest =
  | { readonly ask: 'nothing' }
  | { readonly ask: 'remove' }
  | {
      readonly ask: 'mailbox';
      readonly recipient: RecipientRequest;
      readonly quotaBytes: bigint | null;
      readonly region: string | null;
    };

export type RecipientRequest = 'linked' | 'sharedLinked' | 'shared' | 'room' | 'equipment' | 'lyncRoom';

export type ProvisioningValue =
  { readonly ok: true; readonly request: MailboxRequest } | { readonly ok: false; readonly details: string };

const REMOVE = 'removemsombx';
const PLANS = new Set(['KIOSK', 'EP1D', 'EP2D']);
const GIB = 1024n ** 3n;
const MIB = 1024n ** 2n;

/**
 * Reads a provisioning value: `KEY=VALUE` pairs and flags in any order and case, separated by semicolons, such as
 * `MBX=50GB;Type=EP2D;REG=EU;`, or the removal value `RemoveMSOMbx`. Unknown or repeated keys and bad values are
 * refused with the place quoted.
 */
export function parseProvisioningValue(text: string | undefined): ProvisioningValue {
  if (text === undefined || text.trim() === '') return { ok: true, request: { ask: 'nothing' } };
  if (text.trim().toLowerCase() === REMOVE) return { ok: true, request: { ask: 'remove' } };
  const pairs = new Map<string, string>();
  for (const part of text.split(';').map((piece) => piece.trim())) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = (equals < 0 ? part : part.slice(0, equals)).trim().toUpperCase();
    if (pairs.has(key)) return refuse(text, part, `${key} is given twice`);
    if (!(equals < 0 ? ['SHAREDMBX'] : ['MBX', 'TYPE', 'REG', 'RESMBX']).includes(key))
      return refuse(text, part, 'the key is unknown');
    pairs.set(key, equals < 0 ? '' : part.slice(equals + 1).trim());
  }
  return request(text, pairs);
}

function request(text: string, pairs: ReadonlyMap<string, string>): ProvisioningValue {
  const type = pairs.get('TYPE')?.toUpperCase();
  if (type !== undefined && !PLANS.has(type) && type !== 'RESOURCE' && type !== 'SHARED')
    return refuse(text, `TYPE=${type}`, 'the type is unknown');
  const quota = quotaOf(pairs.get('MBX'));
  if (quota === undefined)
    return refuse(text, `MBX=${pairs.get('MBX') ?? ''}`, 'the size is not a number with MB or GB');
  const region = pairs.get('REG')?.toUpperCase() ?? null;
  if (region !== null && !/^[A-Z]{2,8}$/.test(region))
    return refuse(text, `REG=${region}`, 'the region is not a word of letters');
  const resource = resourceOf(pairs.get('RESMBX'));
  if (resource === undefined)
    return refuse(text, `RESMBX=${pairs.get('RESMBX') ?? ''}`, 'the resource is neither ROOMRBA, EQUIPRBA nor LRSRoom');
  if (type === 'RESOURCE' && resource === null) return refuse(text, 'TYPE=RESOURCE', 'RESMBX= is missing');
  const recipient = resource ?? (type === 'SHARED' ? 'shared' : pairs.has('SHAREDMBX') ? 'sharedLinked' : 'linked');
  return { ok: true, request: { ask: 'mailbox', recipient, quotaBytes: quota, region } };
}

function quotaOf(size: string | undefined): bigint | null | undefined {
  if (size === undefined) return null;
  const [, digits, unit] = /^([1-9]\d{0,5})(MB|GB)$/i.exec(size) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return BigInt(digits) * (unit.toUpperCase() === 'GB' ? GIB : MIB);
}

function resourceOf(value: string | undefined): RecipientRequest | null | undefined {
  if (value === undefined) return null;
  if (/^roomrba(?:\(CAP=\d{1,5}\))?$/i.test(value)) return 'room';
  if (/^equiprba$/i.test(value)) return 'equipment';
  if (/^lrsroom$/i.test(value)) return 'lyncRoom';
  return undefined;
}

function refuse(text: string, place: string, why: string): ProvisioningValue {
  return { ok: false, details: `"${text}": at "${place}" ${why}` };
}

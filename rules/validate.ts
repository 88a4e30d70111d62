import { parseProxyAddress, smtpDomain } from './addresses.ts';
import type { ErrorCode, ObjectError } from './error-catalogue.ts';
import { all, first, type SourceObject } from './objects.ts';

/** White space as .NET and Active Directory see it, which JavaScript's \s is not quite (IdFix, Character). */
const WHITE = '[\\t-\\r\\u0085\\p{Z}]';
const ANY_WHITE = new RegExp(WHITE, 'u');
const WHITE_AT_AN_END = new RegExp(`^${WHITE}|${WHITE}$`, 'u');
const NOT_IN_NICKNAME = new RegExp(`${WHITE}|[\\\\!#$%&*+/=?^\`{}|~<>()';:,[\\]"@]`, 'u');

const MAX_ADDRESS = 256;
const MAX_NICKNAME = 64;
const MAX_DISPLAY_NAME = 256;

/**
 * The attribute rules of the Dedicated mode of IdFix and of KB 2615447 that one object can break by itself.
 * Uniqueness is decided over all objects, by claims.
 *
 * @param ownDomains the customer's SMTP domains, in lower case
 */
export function validate(object: SourceObject, ownDomains: ReadonlySet<string>): readonly ObjectError[] {
  return [
    ...storable(object),
    ...mail(object, ownDomains),
    ...nickname(object),
    ...proxyAddresses(object, ownDomains),
    ...displayName(object),
    ...targetAddress(object),
  ];
}

function error(code: ErrorCode, attribute: string, details: string): ObjectError {
  return { code, attribute, details };
}

function* storable(object: SourceObject): Generator<ObjectError> {
  for (const [name, values] of Object.entries(object.attributes))
    if (values.some((value) => value.includes('\u0000'))) yield error('SE601', name, `${name} holds a NUL character`);
}

function* mail(object: SourceObject, ownDomains: ReadonlySet<string>): Generator<ObjectError> {
  const value = first(object.attributes, 'mail');
  if (value === undefined) return;
  const domain = value.length > MAX_ADDRESS ? null : smtpDomain(value);
  if (domain === null) yield error('SE101', 'mail', `mail is "${value}"`);
  else if (object.kind !== 'contact' && !ownDomains.has(domain))
    yield error('SE102', 'mail', `mail is "${value}"; ${domain} is not the customer's`);
}

function* nickname(object: SourceObject): Generator<ObjectError> {
  const value = first(object.attributes, 'mailNickname');
  if (value === undefined) {
    if (object.kind !== 'group') yield error('SE201', 'mailNickname', 'mailNickname is absent');
  } else if (value.length > MAX_NICKNAME || NOT_IN_NICKNAME.test(value) || /^\.|\.$/.test(value)) {
    yield error('SE202', 'mailNickname', `mailNickname is "${value}"`);
  }
}

function* proxyAddresses(object: SourceObject, ownDomains: ReadonlySet<string>): Generator<ObjectError> {
  const values = all(object.attributes, 'proxyAddresses');
  for (const value of values) {
    const parsed = parseProxyAddress(value);
    const domain = parsed?.type === 'smtp' ? smtpDomain(parsed.address) : null;
    if (parsed === null || value.length > MAX_ADDRESS || (parsed.type === 'smtp' && domain === null))
      yield error('SE301', 'proxyAddresses', `"${value}" is no valid proxy address`);
    else if (domain !== null && object.kind !== 'contact' && !ownDomains.has(domain))
      yield error('SE102', 'proxyAddresses', `"${value}" is in ${domain}, which is not the customer's`);
  }
  const primaries = values.filter((value) => value.startsWith('SMTP:'));
  if (primaries.length > 1)
    yield error('SE302', 'proxyAddresses', `primaries are ${primaries.map((value) => `"${value}"`).join(' and ')}`);
}

function* displayName(object: SourceObject): Generator<ObjectError> {
  const value = first(object.attributes, 'displayName');
  if (value === undefined) {
    if (object.kind === 'group') yield error('SE402', 'displayName', 'displayName is absent');
  } else if (value.length > MAX_DISPLAY_NAME || WHITE_AT_AN_END.test(value)) {
    yield error(
      'SE401',
      'displayName',
      `displayName is "${value.length > MAX_DISPLAY_NAME ? `${value.slice(0, 40)}…" with ${String(value.length)} characters` : `${value}"`}`,
    );
  }
}

function* targetAddress(object: SourceObject): Generator<ObjectError> {
  const value = first(object.attributes, 'targetAddress');
  if (value === undefined) {
    if (object.kind === 'contact') yield error('SE501', 'targetAddress', 'targetAddress is absent');
    return;
  }
  const parsed = parseProxyAddress(value);
  const malformed = parsed === null || ANY_WHITE.test(value) || value.length > MAX_ADDRESS;
  if (malformed || (parsed.type === 'smtp' && smtpDomain(parsed.address) === null))
    yield error('SE501', 'targetAddress', `targetAddress is "${value}"`);
}

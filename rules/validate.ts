import { addressFault, isPrimarySmtp, parseProxyAddress, smtpDomain } from './addresses.ts';
import type { ErrorCode, ObjectError } from './error-catalogue.ts';
import { all, first, type SourceObject } from './objects.ts';
import { quoted, quotedList } from './quote.ts';

/** White space as .NET and Active Directory see it, which JavaScript's \s is not quite (IdFix, Character). */
const WHITE = '[\\t-\\r\\u0085\\p{Z}]';
const WHITE_AT_AN_END = new RegExp(`^${WHITE}|${WHITE}$`, 'u');
const NOT_IN_NICKNAME = new RegExp(`${WHITE}|[\\\\!#$%&*+/=?^\`{}|~<>()';:,[\\]"@]`, 'u');

const MAX_ADDRESS = 256;
const MAX_NICKNAME = 64;
const MAX_DISPLAY_NAME = 256;

/**
 * The attribute rules of the Dedicated mode of IdFix and of KB 2615447 that one object can break by itself.
 * Uniqueness is decided over all objects, by claims. A code is found at most once for an attribute.
 *
 * @param ownDomains the customer's SMTP domains, in lower case
 */
export function validate(object: SourceObject, ownDomains: ReadonlySet<string>): readonly ObjectError[] {
  return [
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

function* mail(object: SourceObject, ownDomains: ReadonlySet<string>): Generator<ObjectError> {
  const value = first(object.attributes, 'mail');
  if (value === undefined) return;
  const domain = value.length > MAX_ADDRESS ? null : smtpDomain(value);
  if (domain === null) yield error('SE101', 'mail', `mail is ${quoted(value)}`);
  else if (object.kind !== 'contact' && !ownDomains.has(domain))
    yield error('SE102', 'mail', `mail is ${quoted(value)}, but ${domain} is not a domain of the customer`);
}

function* nickname(object: SourceObject): Generator<ObjectError> {
  const value = first(object.attributes, 'mailNickname');
  if (value === undefined) {
    if (object.kind !== 'group') yield error('SE201', 'mailNickname', 'mailNickname is absent');
    return;
  }
  const fault = nicknameFault(value);
  if (fault !== null) yield error('SE202', 'mailNickname', `mailNickname is ${quoted(value)}: it ${fault}`);
}

function nicknameFault(value: string): string | null {
  if (value.length > MAX_NICKNAME) return `is longer than ${MAX_NICKNAME} characters`;
  const [character] = NOT_IN_NICKNAME.exec(value) ?? [];
  if (character !== undefined) return `holds ${quoted(character)}`;
  if (/^\.|\.$/.test(value)) return 'begins or ends with a period';
  return value.includes('..') ? 'has two periods in a row' : null;
}

function* proxyAddresses(object: SourceObject, ownDomains: ReadonlySet<string>): Generator<ObjectError> {
  const values = all(object.attributes, 'proxyAddresses');
  const malformed: string[] = [];
  const foreign: string[] = [];
  for (const value of values) {
    const fault = value.length > MAX_ADDRESS ? 'malformed' : addressFault(value, object.kind, ownDomains);
    if (fault === 'malformed') malformed.push(value);
    if (fault === 'foreign') foreign.push(value);
  }
  if (malformed.length > 0)
    yield error('SE301', 'proxyAddresses', `not a valid proxy address: ${quotedList(malformed)}`);
  if (foreign.length > 0)
    yield error('SE102', 'proxyAddresses', `not in a domain of the customer: ${quotedList(foreign)}`);
  const primaries = values.filter(isPrimarySmtp);
  if (primaries.length > 1) yield error('SE302', 'proxyAddresses', `the primaries are ${quotedList(primaries)}`);
}

function* displayName(object: SourceObject): Generator<ObjectError> {
  const value = first(object.attributes, 'displayName');
  if (value === undefined) {
    if (object.kind === 'group') yield error('SE402', 'displayName', 'displayName is absent');
  } else if (value.length > MAX_DISPLAY_NAME || WHITE_AT_AN_END.test(value)) {
    yield error('SE401', 'displayName', `displayName is ${quoted(value)}`);
  }
}

/** White space is no fault by itself: an X.400 address has it (`a= ;`), and SMTP addresses have a syntax of their own. */
function* targetAddress(object: SourceObject): Generator<ObjectError> {
  const value = first(object.attributes, 'targetAddress');
  if (value === undefined) {
    if (object.kind === 'contact') yield error('SE501', 'targetAddress', 'targetAddress is absent');
    return;
  }
  const parsed = value.length > MAX_ADDRESS ? null : parseProxyAddress(value);
  if (parsed === null || (parsed.type === 'smtp' && smtpDomain(parsed.address) === null))
    yield error('SE501', 'targetAddress', `targetAddress is ${quoted(value)}`);
}

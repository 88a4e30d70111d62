import {
  addressFault,
  isPrimarySmtp,
  legacyDnFault,
  MAX_PROXY_ADDRESS,
  parseProxyAddress,
  smtpDomain,
} from './addresses.ts';
import type { ErrorCode, ObjectError } from './error-catalogue.ts';
import { misfit } from './flow-object.ts';
import { flowTargets } from './flow-targets.ts';
import { routingErrors, type RoutingSettings } from './mail-routing.ts';
import { all, first, type SourceObject } from './objects.ts';
import { quoted, quotedList } from './quote.ts';

export interface ValidationSettings extends RoutingSettings {
  /** The customer's SMTP domains, in lower case. */
  readonly ownDomains: ReadonlySet<string>;
}

/** White space as .NET and Active Directory see it, which JavaScript's \s is not quite (IdFix, Character). */
const WHITE = '[\\t-\\r\\u0085\\p{Z}]';
const WHITE_AT_AN_END = new RegExp(`^${WHITE}|${WHITE}$`, 'u');
const NOT_IN_NICKNAME = new RegExp(`${WHITE}|[\\\\!#$%&*+/=?^\`{}|~<>()';:,[\\]"@]`, 'u');

const MAX_NICKNAME = 64;
const MAX_DISPLAY_NAME = 256;

/**
 * The attribute rules of the Dedicated mode of IdFix and of KB 2615447 that one object can break by itself.
 * Uniqueness is decided over all objects, by claims. A code is found at most once for an attribute.
 */
export function validate(object: SourceObject, settings: ValidationSettings): readonly ObjectError[] {
  return [
    ...mail(object, settings),
    ...nickname(object),
    ...proxyAddresses(object, settings.ownDomains),
    ...legacyDn(object),
    ...displayName(object),
    ...country(object),
    ...targetAddress(object, settings),
    ...routingErrors(object, settings),
    ...lengths(object),
  ];
}

function error(code: ErrorCode, attribute: string, details: string): ObjectError {
  return { code, attribute, details };
}

function* mail(object: SourceObject, { ownDomains, validation }: ValidationSettings): Generator<ObjectError> {
  const value = first(object.attributes, 'mail');
  if (value === undefined) return;
  const domain = value.length > MAX_PROXY_ADDRESS ? null : smtpDomain(value);
  if (domain === null) yield error('SE101', 'mail', `mail is ${quoted(value)}`);
  else if (object.kind !== 'contact' && !ownDomains.has(domain))
    yield error('SE102', 'mail', `mail is ${quoted(value)}, but ${domain} is not a domain of the customer`);
  const primary = all(object.attributes, 'proxyAddresses').find(isPrimarySmtp);
  if (validation.mailIsPrimary && primary !== undefined && !sameText(primary.slice('SMTP:'.length), value))
    yield error('SE103', 'mail', `mail is ${quoted(value)}, the primary address is ${quoted(primary)}`);
}

function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
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
    const fault = value.length > MAX_PROXY_ADDRESS ? 'malformed' : addressFault(value, object.kind, ownDomains);
    if (fault === 'malformed') malformed.push(value);
    if (fault === 'foreign') foreign.push(value);
  }
  if (malformed.length > 0)
    yield error('SE301', 'proxyAddresses', `not a valid proxy address: ${quotedList(malformed)}`);
  if (foreign.length > 0)
    yield error('SE102', 'proxyAddresses', `not in a domain of the customer: ${quotedList(foreign)}`);
  const primaries = different(values.filter(isPrimarySmtp));
  if (primaries.length > 1) yield error('SE302', 'proxyAddresses', `the primaries are ${quotedList(primaries)}`);
  const secondary = values.find((value) => parseProxyAddress(value)?.type === 'smtp');
  if (primaries.length === 0 && secondary !== undefined && first(object.attributes, 'mail') === undefined)
    yield error('SE305', 'proxyAddresses', `there is ${quoted(secondary)}, but no value with SMTP: and no mail`);
  const sip = different(values.filter((value) => value.startsWith('SIP:')));
  if (sip.length > 1) yield error('SE306', 'proxyAddresses', `the primaries are ${quotedList(sip)}`);
}

/** Without those that another one equals but for case: an address is written once. */
function different(values: readonly string[]): readonly string[] {
  return [...new Map(values.map((value) => [value.toLowerCase(), value])).values()];
}

function* legacyDn(object: SourceObject): Generator<ObjectError> {
  const value = first(object.attributes, 'legacyExchangeDN');
  const fault = value === undefined ? null : legacyDnFault(value);
  if (value !== undefined && fault !== null)
    yield error('SE307', 'legacyExchangeDN', `legacyExchangeDN is ${quoted(value)}: it ${fault}`);
}

function* displayName(object: SourceObject): Generator<ObjectError> {
  const value = first(object.attributes, 'displayName');
  if (value === undefined) {
    if (object.kind === 'group') yield error('SE402', 'displayName', 'displayName is absent');
  } else if (value.length > MAX_DISPLAY_NAME || WHITE_AT_AN_END.test(value)) {
    yield error('SE401', 'displayName', `displayName is ${quoted(value)}`);
  }
}

/** ISO 3166: two letters in `c`, up to three digits in `countryCode`; 0 is Active Directory's default. */
function* country(object: SourceObject): Generator<ObjectError> {
  if (object.kind === 'group') return;
  const letters = first(object.attributes, 'c');
  if (letters !== undefined && !/^[A-Za-z]{2}$/.test(letters)) yield error('SE403', 'c', `c is ${quoted(letters)}`);
  const digits = first(object.attributes, 'countryCode');
  if (digits !== undefined && !/^\d{1,3}$/.test(digits))
    yield error('SE403', 'countryCode', `countryCode is ${quoted(digits)}`);
}

/** White space is no fault by itself: an X.400 address has it (`a= ;`), and SMTP addresses have a syntax of their own. */
function* targetAddress(object: SourceObject, { validation }: ValidationSettings): Generator<ObjectError> {
  const value = first(object.attributes, 'targetAddress');
  if (value === undefined) {
    if (object.kind === 'contact') yield error('SE501', 'targetAddress', 'targetAddress is absent');
    return;
  }
  const parsed = value.length > MAX_PROXY_ADDRESS ? null : parseProxyAddress(value);
  if (parsed === null || (parsed.type === 'smtp' && smtpDomain(parsed.address) === null)) {
    yield error('SE501', 'targetAddress', `targetAddress is ${quoted(value)}`);
    return;
  }
  const address = first(object.attributes, 'mail');
  const hasMailbox = first(object.attributes, 'homeMDB') !== undefined;
  if (!validation.targetIsMail || object.kind === 'group' || hasMailbox || address === undefined) return;
  if (parsed.type !== 'smtp' || !sameText(parsed.address, address))
    yield error('SE502', 'targetAddress', `targetAddress is ${quoted(value)}, mail is ${quoted(address)}`);
}

/** Attributes whose lengths the rules above know. */
const OWN_RULE = new Set([
  'mail',
  'mailNickname',
  'displayName',
  'proxyAddresses',
  'targetAddress',
  'countryCode',
  'c',
]);
const LIMITED = flowTargets.filter(({ name, limit }) => limit !== null && !OWN_RULE.has(name));

/** What the Customer Forest's schema may allow and the Managed Forest's does not. */
function* lengths(object: SourceObject): Generator<ObjectError> {
  for (const { name, kinds } of LIMITED) {
    const values = object.attributes[name];
    const fault = values === undefined || !kinds.includes(object.kind) ? null : misfit(name, values);
    if (fault !== null) yield error('SE601', name, `${name}: ${fault}`);
  }
}

import { all, first, type ObjectKind, type SourceObject } from './objects.ts';

/** A value of proxyAddresses taken apart. The prefix in capitals marks the primary address of its type. */
export interface ProxyAddress {
  /** Type in lower case: smtp, sip, x500, eum ... */
  readonly type: string;
  readonly primary: boolean;
  readonly address: string;
}

/** Takes a value of proxyAddresses apart; null when it has no type prefix. */
export function parseProxyAddress(value: string): ProxyAddress | null {
  const [, type, address] = /^([A-Za-z][A-Za-z0-9.]*):(.+)$/s.exec(value) ?? [];
  if (type === undefined || address === undefined) return null;
  return { type: type.toLowerCase(), primary: type === type.toUpperCase(), address };
}

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const TOP_LEVEL = '(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,58}[A-Za-z0-9])';
const SMTP = new RegExp(`^${ATOM}(?:\\.${ATOM})*@((?:${LABEL}\\.)+${TOP_LEVEL})$`);

/**
 * The domain of an SMTP address, in lower case, or null when the address is malformed: a dot-atom, one @, labels of
 * letters, digits and inner hyphens, a top-level domain of letters (IdFix, "rfc2822" check) or in its `xn--` form.
 */
export function smtpDomain(address: string): string | null {
  return SMTP.exec(address)?.[1]?.toLowerCase() ?? null;
}

/** Characters that end or change a line wherever an address is listed. */
const CONTROL = /\p{Cc}/u;

/** The longest value of proxyAddresses (IdFix, Length). */
export const MAX_PROXY_ADDRESS = 256;

/** Why a legacyExchangeDN can not be an X500 address, in words that follow "it"; null when it can. */
export function legacyDnFault(value: string): string | null {
  if (!value.startsWith('/')) return 'does not begin with a slash';
  if (CONTROL.test(value)) return 'holds a control character';
  return value.length + 'X500:'.length > MAX_PROXY_ADDRESS ? 'is too long for an X500 address' : null;
}

/**
 * Why an object may not hold a proxy address: it has no type, holds a control character, an SMTP or SIP one is malformed,
 * an X500 one does not begin with a slash, or its domain is not the customer's. Contacts stand for people elsewhere, so theirs may have any domain. Null when nothing is wrong.
 *
 * @param ownDomains the customer's domains, in lower case
 */
export function addressFault(
  value: string,
  kind: ObjectKind,
  ownDomains: ReadonlySet<string>,
): 'malformed' | 'foreign' | null {
  const parsed = parseProxyAddress(value);
  if (parsed === null || CONTROL.test(value)) return 'malformed';
  if (parsed.type === 'x500') return parsed.address.startsWith('/') ? null : 'malformed';
  if (parsed.type !== 'smtp' && parsed.type !== 'sip') return null;
  const domain = smtpDomain(parsed.address);
  if (domain === null) return 'malformed';
  return kind === 'contact' || ownDomains.has(domain) ? null : 'foreign';
}

/**
 * The proxyAddresses values that the Managed Forest must hold for an object: the source's own; its `mail`, as primary
 * SMTP address where the source has none and else as a secondary one, so that the address that the address book shows is
 * delivered; and its legacyExchangeDN as X500 address, so that replies to messages of the old organization are too.
 * Sorted; no two values are equal without regard to case.
 */
export function wantedProxyAddresses(object: SourceObject): readonly string[] {
  const values = new Map<string, string>();
  const keep = (value: string): void => {
    const key = value.toLowerCase();
    if (!values.has(key)) values.set(key, value);
  };
  // Active Directory answers in no certain order. Sorted, a primary address comes before a secondary one that equals it.
  const own = [...all(object.attributes, 'proxyAddresses')].sort();
  const mail = first(object.attributes, 'mail');
  if (mail !== undefined && !own.some(isPrimarySmtp)) keep(`SMTP:${mail}`);
  for (const value of own) keep(value);
  if (mail !== undefined) keep(`smtp:${mail}`);
  const legacyDn = first(object.attributes, 'legacyExchangeDN');
  if (legacyDn !== undefined) keep(`X500:${legacyDn}`);
  return [...values.values()].sort();
}

/** Whether a value of proxyAddresses is a primary SMTP address, of which an object has one. */
export function isPrimarySmtp(value: string): boolean {
  return value.startsWith('SMTP:');
}

/** A name or address that one object of a Managed Forest may hold. */
export interface Claim {
  readonly kind: 'address' | 'nickname' | 'line';
  /**
   * In lower case; addresses with their type, `smtp:a@b`, nicknames with the customer among whose they are unique,
   * `contoso/ann`, lines as msRTCSIP-Line has them, `tel:+4989123;ext=12`.
   */
  readonly value: string;
  /** Source attribute it comes from. */
  readonly attribute: string;
}

/** Everything an object in scope claims: its addresses of every type, its mail, its mail nickname. */
export function claimsOf(object: SourceObject, proxyAddresses: readonly string[], customer: string): readonly Claim[] {
  const claims = new Map<string, Claim>();
  for (const value of proxyAddresses)
    claims.set(value.toLowerCase(), { kind: 'address', value: value.toLowerCase(), attribute: 'proxyAddresses' });
  const mail = first(object.attributes, 'mail');
  if (mail !== undefined)
    claims.set(`smtp:${mail.toLowerCase()}`, {
      kind: 'address',
      value: `smtp:${mail.toLowerCase()}`,
      attribute: 'mail',
    });
  const nickname = first(object.attributes, 'mailNickname');
  if (nickname !== undefined)
    claims.set(`nickname ${nickname}`, {
      kind: 'nickname',
      value: `${customer}/${nickname.toLowerCase()}`,
      attribute: 'mailNickname',
    });
  return [...claims.values()];
}

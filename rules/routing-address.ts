import { parseProxyAddress } from './addresses.ts';
import type { AttributeImage } from './attributes.ts';
import { first } from './objects.ts';

/** Letters of U+00A1 to U+00FF that are no ASCII letter with a mark. */
const BEST_FIT: Readonly<Record<string, string>> = {
  ...{ Æ: 'A', æ: 'a', Ð: 'D', ð: 'd', Ø: 'O', ø: 'o', Þ: 'T', þ: 't', ß: 's' },
};

/**
 * The address by which mail for a hosted mailbox is routed to it, a secondary one: what targetAddress says where it leads
 * here, and else mailNickname in the routing domain. Null where there is no domain, or no character that an address can hold.
 *
 * @param leadsHere targetAddress ends in the routing domain
 */
export function routingAddress(source: AttributeImage, domain: string | undefined, leadsHere: boolean): string | null {
  if (domain === undefined) return null;
  if (leadsHere) return `smtp:${parseProxyAddress(first(source, 'targetAddress') ?? '')?.address ?? ''}`;
  const name = localPart(first(source, 'mailNickname') ?? '');
  return name === '' ? null : `smtp:${name}@${domain}`;
}

/** A mail nickname in ASCII: characters up to U+00FF become the one that fits best (KB 2615447). */
function localPart(nickname: string): string {
  return nickname
    .replace(/[^\x00-\x7f]/gu, (character) => BEST_FIT[character] ?? character.normalize('NFD').slice(0, 1))
    .replace(/[^A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]/g, '')
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '');
}

/** Addresses with one more, unless it is among them already. */
export function withRouting(addresses: readonly string[], routing: string): readonly string[] {
  const isThere = addresses.some((value) => value.toLowerCase() === routing.toLowerCase());
  return isThere ? addresses : [...addresses, routing].sort();
}

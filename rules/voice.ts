import { parseProxyAddress, smtpDomain } from './addresses.ts';
import type { AttributeImage } from './attributes.ts';
import type { ObjectError } from './error-catalogue.ts';
import { all, first, type SourceObject } from './objects.ts';
import { quoted, quotedList } from './quote.ts';
import type { VoiceConfiguration } from './voice-settings.ts';
import { lineOf, parseBitmap, parseVoiceString, type VoiceFeature } from './voice-value.ts';

/** Voice as the source object's attributes ask for it. */
export interface VoiceWish {
  /** `room`: a Lync Room System. */
  readonly account: 'user' | 'room';
  /** SIP address with its scheme, in lower case. */
  readonly sipAddress: string;
  readonly features: readonly VoiceFeature[];
  readonly region: string;
  /** A `tel:` URI; null for none. */
  readonly line: string | null;
  /** objectSid of the source account, for single sign-on. */
  readonly sourceSid: string;
}

export interface VoiceSettings {
  readonly voice: VoiceConfiguration;
  /** The customer's domains, in lower case. */
  readonly ownDomains: ReadonlySet<string>;
}

export type VoiceDecision =
  | { readonly ask: 'voice'; readonly wish: VoiceWish }
  | { readonly ask: 'nothing' }
  /** What is asked for can not be told, so that whatever there is stays as it is. */
  | { readonly ask: 'unclear'; readonly errors: readonly ObjectError[] };

/** What the decision about mail means for voice. */
export interface MailBeside {
  /** Whether a mailbox is asked for; null when that can not be told. */
  readonly mailbox: boolean | null;
  readonly isLyncRoom: boolean;
}

/** Features that a telephone number goes with. */
const WITH_LINE: readonly VoiceFeature[] = ['enterpriseVoice', 'remoteCallControl'];

/**
 * Decides whether a user has voice, by the bitmap attribute and the string attribute (KB 3103746).
 *
 * @param flowing `mail` and `proxyAddresses` as they flow
 */
export function wantedVoice(
  object: SourceObject,
  flowing: AttributeImage,
  settings: VoiceSettings,
  mail: MailBeside,
): VoiceDecision {
  const { voice } = settings;
  if (object.kind !== 'user') return { ask: 'nothing' };
  const features = parseBitmap(first(object.attributes, voice.bitmapAttribute), bitsOf(voice));
  if (!features.ok) return unclear('PE201', voice.bitmapAttribute, features.details);
  if (features.value.length === 0) return { ask: 'nothing' };
  if (voice.withoutMailbox === 'end') {
    if (mail.mailbox === null) return { ask: 'unclear', errors: [] };
    if (!mail.mailbox) return { ask: 'nothing' };
  }
  const stringAttribute = voice.stringAttribute ?? '';
  const request = parseVoiceString(first(object.attributes, stringAttribute));
  if (!request.ok) return unclear('PE202', stringAttribute, request.details);
  const region = request.value.region ?? voice.defaultRegion;
  if (!Object.hasOwn(voice.pools, region)) return unclear('PE203', stringAttribute, `the region ${region} has no pool`);
  const { account } = request.value;
  if (account === 'room' && mail.mailbox !== null && !mail.isLyncRoom)
    return unclear(
      'PE204',
      stringAttribute,
      'the string attribute says TYPE=LRS, and the provisioning value is not RESMBX=LRSRoom',
    );
  if (account === 'user' && mail.isLyncRoom)
    return unclear(
      'PE204',
      stringAttribute,
      'the provisioning value is RESMBX=LRSRoom, and the string attribute does not say TYPE=LRS',
    );
  const takesLine = features.value.some((feature) => WITH_LINE.includes(feature));
  if (request.value.line !== null && !takesLine)
    return unclear(
      'PE202',
      stringAttribute,
      'LINE= is given, but the bitmap has neither Enterprise Voice nor remote call control',
    );
  const sip = sipAddressOf(flowing, settings.ownDomains);
  if (!sip.ok) return { ask: 'unclear', errors: [sip.error] };
  const sourceSid = first(object.attributes, 'objectSid');
  if (sourceSid === undefined) return unclear('PE206', 'objectSid', 'objectSid was not readable');
  const line = takesLine
    ? (request.value.line ?? lineOf(first(object.attributes, voice.lineAttribute ?? '') ?? ''))
    : null;
  return {
    ask: 'voice',
    wish: { account, sipAddress: sip.address, features: features.value, region, line, sourceSid },
  };
}

function unclear(code: ObjectError['code'], attribute: string, details: string): VoiceDecision {
  return { ask: 'unclear', errors: [{ code, attribute, details }] };
}

const bitsOfConfiguration = new WeakMap<VoiceConfiguration, ReadonlyMap<number, VoiceFeature>>();

function bitsOf(voice: VoiceConfiguration): ReadonlyMap<number, VoiceFeature> {
  const known =
    bitsOfConfiguration.get(voice) ??
    new Map(Object.entries(voice.bits).map(([bit, feature]): [number, VoiceFeature] => [Number(bit), feature]));
  bitsOfConfiguration.set(voice, known);
  return known;
}

type SipAddress = { readonly ok: true; readonly address: string } | { readonly ok: false; readonly error: ObjectError };

/** The SIP address of a user: the one that proxyAddresses has, of several the primary one (`SIP:`), and else mail. */
function sipAddressOf(flowing: AttributeImage, ownDomains: ReadonlySet<string>): SipAddress {
  const given = all(flowing, 'proxyAddresses').flatMap((value) => {
    const parsed = parseProxyAddress(value);
    return parsed?.type === 'sip' ? [parsed] : [];
  });
  const primary = given.filter((one) => one.primary);
  const chosen = primary.length > 0 ? primary : given;
  const attribute = given.length === 0 ? 'mail' : 'proxyAddresses';
  const refuse = (details: string): SipAddress => ({ ok: false, error: { code: 'PE205', attribute, details } });
  if (chosen.length > 1)
    return refuse(`${quotedList(chosen.map((one) => `sip:${one.address}`).sort())} can each be meant`);
  const address = chosen[0]?.address ?? first(flowing, 'mail');
  if (address === undefined) return refuse('there is neither a SIP address nor mail');
  const domain = smtpDomain(address);
  if (domain === null) return refuse(`${quoted(address)} is malformed`);
  if (!ownDomains.has(domain)) return refuse(`the domain of ${quoted(address)} is not the customer's`);
  return { ok: true, address: `sip:${address.toLowerCase()}` };
}

/**
 * The values of proxyAddresses with the user's SIP address among them: it is held as an address like any other, so that no
 * other object of the Managed Forest can have it.
 */
export function withSipAddress(proxyAddresses: readonly string[], sipAddress: string): readonly string[] {
  if (proxyAddresses.some((value) => value.toLowerCase() === sipAddress)) return proxyAddresses;
  return [...proxyAddresses, sipAddress].sort();
}

/** What a user's voice is given once and keeps. */
export interface VoiceFacts {
  /** DN of the pool: a user's data lie there, so that another one is a move and not a change of attributes. */
  readonly pool: string;
}

const OPTION_FLAGS: Partial<Record<VoiceFeature, number>> = {
  publicIm: 1,
  remoteCallControl: 16,
  anonymousMeetings: 64,
  enterpriseVoice: 128,
  enhancedPresence: 256,
  dualMode: 512,
};
const ARCHIVING: Partial<Record<VoiceFeature, number>> = { archiveInternal: 4, archiveFederated: 8 };

/**
 * The attributes of a user or room that is enabled for Lync / Skype for Business in a resource forest. An attribute with no
 * values here must be absent.
 */
export function enabledVoice(facts: VoiceFacts, wish: VoiceWish, deploymentLocator: string): AttributeImage {
  const sum = (values: Partial<Record<VoiceFeature, number>>): string =>
    String(wish.features.reduce((total, feature) => total + (values[feature] ?? 0), 0));
  const flag = (feature: VoiceFeature): string => (wish.features.includes(feature) ? 'TRUE' : 'FALSE');
  return {
    'msRTCSIP-UserEnabled': ['TRUE'],
    'msRTCSIP-PrimaryUserAddress': [wish.sipAddress],
    'msRTCSIP-PrimaryHomeServer': [facts.pool],
    'msRTCSIP-OriginatorSid': [wish.sourceSid],
    'msRTCSIP-OptionFlags': [sum(OPTION_FLAGS)],
    'msRTCSIP-ArchivingEnabled': [sum(ARCHIVING)],
    'msRTCSIP-FederationEnabled': [flag('federation')],
    'msRTCSIP-InternetAccessEnabled': [flag('remoteAccess')],
    'msRTCSIP-Line': wish.line === null ? [] : [wish.line],
    'msRTCSIP-DeploymentLocator': [deploymentLocator],
  };
}

/**
 * The end of voice, in the order of its steps: first the pool is told to serve the user no more, then nothing of it is left;
 * a FALSE that stays would keep a later service from working. The `sip:` value of proxyAddresses is flow's and goes with the
 * wish.
 */
export const disabledVoice: readonly AttributeImage[] = [
  { 'msRTCSIP-UserEnabled': ['FALSE'] },
  Object.fromEntries(
    `UserEnabled PrimaryUserAddress PrimaryHomeServer TargetHomeServer OriginatorSid OptionFlags ArchivingEnabled
     FederationEnabled InternetAccessEnabled Line LineServer UserExtension UserPolicy DeploymentLocator`
      .split(/\s+/)
      .map((name) => [`msRTCSIP-${name}`, []]),
  ),
];

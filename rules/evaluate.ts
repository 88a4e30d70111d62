import { addressFault, claimsOf, type Claim } from './addresses.ts';
import type { AttributeImage } from './attributes.ts';
import type { Configuration } from './configuration.ts';
import type { ObjectError } from './error-catalogue.ts';
import { flowObject } from './flow-object.ts';
import { flowOf, type Flow } from './flow.ts';
import { isHostedByMail, leadsHere, mailboxErrors } from './mail-routing.ts';
import { misplacementError, misplacementOf } from './misplaced.ts';
import type { ObjectKind, SourceObject } from './objects.ts';
import { LEAVES_RULE } from './offboarding.ts';
import { WAITS_RULE } from './onboarding.ts';
import { recipientImage, recipientLists, targetOf, type RecipientLists } from './recipient-image.ts';
import { routingAddress, withRouting } from './routing-address.ts';
import { compileScope, decideScope, type ScopeSettings } from './scope.ts';
import { identityKeys, type EvidenceKey } from './reconnection.ts';
import type { ReconnectionRule } from './reconnection-settings.ts';
import { wantedServices, type ServiceDecision, type ServiceSettings } from './services.ts';
import { takesOutOfScope, type Ending } from './transitions.ts';
import { validate, type ValidationSettings } from './validate.ts';
import { wantedVoice, withSipAddress, type VoiceSettings, type VoiceWish } from './voice.ts';

/** What the rules decided about one source object. */
export interface Evaluation {
  readonly guid: string;
  readonly inScope: boolean;
  readonly scopeRule: string;
  /** What flow wants the managed object to hold; empty out of scope. */
  readonly wanted: AttributeImage;
  /** What is wanted of each service. Voice is null where it can not be told: what there is stays as it is. */
  readonly service: ServiceDecision['service'] & { readonly voice?: VoiceWish | null };
  /** Why its services are to end, where they are. */
  readonly ending?: Ending;
  readonly claims: readonly Claim[];
  readonly errors: readonly ObjectError[];
  /** What the object is known by, should it come back as a new one. */
  readonly keys: readonly EvidenceKey[];
  /** whenCreated of the source object. */
  readonly createdAt: string;
}

/** A source object together with what its staging knows of it. */
export interface StagedObject extends SourceObject {
  /** Attributes whose value does not fit their syntax. */
  readonly malformed: readonly string[];
  /** Its tombstone was seen, or complete reads no longer hold it. */
  readonly gone: boolean;
  /** Its services are another source object's since a reconnection. */
  readonly retired?: boolean;
  /** No wave of an onboarding has admitted it yet. */
  readonly waits?: boolean;
  /** It leaves by the offboarding of its customer. */
  readonly leaves?: boolean;
  readonly createdAt: string;
}

/** What the evaluation of a source object says whose services are another one's. */
export const RETIRED_RULE = "its services are another source object's since a reconnection";

/** What the rules need of a customer's configuration, for the objects of one forest. */
export interface RuleSettings {
  readonly scope: ScopeSettings;
  readonly validation: ValidationSettings;
  /** Other customers are served in the same managed forest. */
  readonly sharedForest: boolean;
  readonly flow: Flow;
  readonly services: ServiceSettings;
  /** The removal value asks for more than the end of the mailbox: who has it leaves the scope. */
  readonly removalLeaves: boolean;
  readonly lists: RecipientLists;
  /** Null where the customer has no voice. */
  readonly voice: VoiceSettings | null;
  readonly reconnection: readonly ReconnectionRule[];
}

/** The rule settings of one forest of a customer; null when the configuration has no such forest. */
export function ruleSettings(configuration: Configuration, forest: string, sharedForest: boolean): RuleSettings | null {
  const found = configuration.forests.find((item) => item.name === forest);
  if (found === undefined) return null;
  const scope = compileScope(found.scope);
  return {
    scope,
    sharedForest,
    validation: {
      ownDomains: ownDomains(configuration),
      smtp: scope.smtp,
      validation: configuration.validation,
    },
    flow: flowOf(configuration),
    services: {
      attribute: configuration.services.attribute,
      regions: new Set(Object.keys(configuration.exchange.regions)),
      defaultRegion: configuration.exchange.defaultRegion,
      plans: configuration.exchange.plans,
      entitlement: configuration.services.entitlement,
    },
    removalLeaves: takesOutOfScope(configuration.deprovisioning.removalValue),
    lists: recipientLists(configuration.exchange),
    voice:
      configuration.voice === undefined
        ? null
        : { voice: configuration.voice, ownDomains: new Set(configuration.domains) },
    reconnection: configuration.reconnection.rules,
  };
}

/** Decides everything about one source object that can be decided from itself. */
export function evaluate(object: StagedObject, settings: RuleSettings): Evaluation {
  const scope = scopeOf(object, settings);
  const base = { guid: object.guid, inScope: scope.inScope, scopeRule: scope.rule, createdAt: object.createdAt };
  if (!scope.inScope) {
    const misplaced = object.gone ? null : misplacementOf(object.dn);
    const errors = misplaced === null ? [] : [misplacementError(misplaced)];
    return { ...base, ...endingAs(scope.ending), wanted: {}, service: {}, claims: [], keys: [], errors };
  }
  const { wanted: flowing, object: flowed, errors: failed } = flowObject(settings.flow, object);
  const flowingHere = settings.sharedForest
    ? withoutForeign(object.kind, flowing, settings.validation.ownDomains)
    : flowing;
  const unreadable = new Set([...object.malformed, ...failed.map((error) => error.attribute)]);
  const errors = [
    ...validate(flowed, settings.validation).filter((error) => !unreadable.has(error.attribute)),
    ...object.malformed.map(malformed),
    ...failed,
  ];
  // In a shared forest a contact holds foreign addresses no more than a user does.
  const holder = settings.sharedForest ? 'user' : object.kind;
  const services = wantedServices(object, flowingHere, settings.services, isHostedByMail(flowed, settings.validation));
  const noMailbox = services.service.mail === undefined ? [] : mailboxErrors(flowed, settings.validation);
  const mailErrors = [...services.errors, ...noMailbox];
  const voice = voiceOf(
    object,
    flowed.attributes,
    settings.voice,
    mailErrors.length > 0,
    services.service.mail?.recipient,
  );
  const found = [...errors, ...mailErrors, ...voice.errors];
  // Nothing ends while the object is in error.
  if (services.removes && settings.removalLeaves && found.length === 0)
    return {
      ...base,
      ...{ inScope: false, scopeRule: `the removal value in ${settings.services.attribute}` },
      ...{ ending: 'removalValue', wanted: {}, service: {}, claims: [], keys: [], errors: [] },
    };
  // What somebody asks for who has errors can not be told: what there is stays.
  const hasMailbox = services.service.mail !== undefined || mailErrors.length > 0;
  const { validation } = settings.validation;
  const isLedHere = leadsHere(flowed, validation);
  const target = object.kind !== 'user' || hasMailbox ? null : targetOf(flowed.attributes, isLedHere);
  const routing =
    object.kind !== 'user' || target !== null
      ? null
      : routingAddress(flowed.attributes, validation.routingDomain, isLedHere);
  const recipient = recipientImage(object.kind, flowingHere, settings.lists, target);
  const voiced = voice.service.voice ? withSip(flowingHere, voice.service.voice) : flowingHere;
  const wanted: AttributeImage = {
    ...voiced,
    ...(routing === null ? {} : { proxyAddresses: withRouting(voiced['proxyAddresses'] ?? [], routing) }),
    ...recipient,
  };
  return {
    ...base,
    ...endingAs(services.removes ? 'removalValue' : undefined),
    wanted,
    service: { ...(noMailbox.length === 0 ? services.service : {}), ...voice.service },
    // What may never be written is not claimed, else a mistake of one customer would take an address from its owner.
    claims: [
      ...claimsOf(flowed, wanted['proxyAddresses'] ?? [], settings.flow.customer).filter(
        ({ kind, value }) => kind !== 'address' || addressFault(value, holder, settings.validation.ownDomains) === null,
      ),
      ...lineClaims(voice.service.voice),
    ],
    keys: identityKeys(object, settings.reconnection),
    errors: found,
  };
}

/** The domains whose addresses the customer's objects may have: its own, and the one in which mail is routed to mailboxes. */
function ownDomains({ domains, validation }: Configuration): ReadonlySet<string> {
  return new Set(validation.routingDomain === undefined ? domains : [...domains, validation.routingDomain]);
}

function scopeOf(
  object: StagedObject,
  settings: RuleSettings,
): { readonly inScope: boolean; readonly rule: string; readonly ending?: Ending | undefined } {
  if (object.gone) return { inScope: false, rule: 'gone from the Customer Forest', ending: 'deleted' };
  if (object.retired === true) return { inScope: false, rule: RETIRED_RULE };
  const decided = decideScope(object, settings.scope, object.malformed);
  if (decided.inScope && object.leaves === true) return { inScope: false, rule: LEAVES_RULE, ending: 'outOfScope' };
  return decided.inScope && object.waits === true ? { inScope: false, rule: WAITS_RULE } : decided;
}

function endingAs(ending: Ending | undefined): { readonly ending?: Ending } {
  return ending === undefined ? {} : { ending };
}

/** What is wanted of voice; nothing is said of it where the customer has none. */
function voiceOf(
  object: SourceObject,
  flowing: AttributeImage,
  settings: VoiceSettings | null,
  mailUnclear: boolean,
  recipient: string | undefined,
): { readonly service: Pick<Evaluation['service'], 'voice'>; readonly errors: readonly ObjectError[] } {
  if (settings === null) return { service: {}, errors: [] };
  const decision = wantedVoice(object, flowing, settings, {
    mailbox: mailUnclear ? null : recipient !== undefined,
    isLyncRoom: recipient === 'lyncRoom',
  });
  if (decision.ask === 'nothing') return { service: {}, errors: [] };
  if (decision.ask === 'unclear') return { service: { voice: null }, errors: decision.errors };
  return { service: { voice: decision.wish }, errors: [] };
}

function lineClaims(wish: VoiceWish | null | undefined): readonly Claim[] {
  const line = wish?.line?.toLowerCase();
  return line === undefined ? [] : [{ kind: 'line', value: line, attribute: 'msRTCSIP-Line' }];
}

function withSip(wanted: AttributeImage, { sipAddress }: VoiceWish): AttributeImage {
  return { ...wanted, proxyAddresses: withSipAddress(wanted['proxyAddresses'] ?? [], sipAddress) };
}

/**
 * What a contact shall hold in a managed forest of several customers: not the addresses that are outside its customer's
 * domains, for a value of proxyAddresses catches the mail of all who are served there. Mail goes by targetAddress.
 */
function withoutForeign(kind: ObjectKind, wanted: AttributeImage, ownDomains: ReadonlySet<string>): AttributeImage {
  const addresses = wanted['proxyAddresses'];
  if (kind !== 'contact' || addresses === undefined) return wanted;
  const { proxyAddresses: _, ...others } = wanted;
  const own = addresses.filter((value) => addressFault(value, 'user', ownDomains) !== 'foreign');
  return own.length === 0 ? others : { ...others, proxyAddresses: own };
}

function malformed(attribute: string): ObjectError {
  return { code: 'SE602', attribute, details: `${attribute} holds a value that does not fit its syntax` };
}

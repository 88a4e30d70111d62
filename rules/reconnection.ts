import { parseProxyAddress } from './addresses.ts';
import type { ErrorCode } from './error-catalogue.ts';
import type { OtherSource } from './join.ts';
import { all, first, type ObjectKind, type SourceObject } from './objects.ts';
import type { ReconnectionRule, ReconnectionSettings } from './reconnection-settings.ts';

/** What an identity is known by, or what a new source object shows: compared as it is. */
export interface EvidenceKey {
  readonly rule: string;
  /** In lower case, cut to what is indexed. */
  readonly value: string;
}

/** Evidence that a new source object shows, with what is to be done about a match. */
export interface ShownEvidence extends EvidenceKey {
  readonly mode: 'auto' | 'review';
  readonly position: number;
}

/** The choice that an operator has made; the objectGUID that the identity had before. Beside them are the configured rules. */
export const CHOSEN_RULE = 'operator';
export const FORMER_RULE = 'former objectGUID';
/** The rule whose evidence is kept with the mailbox, too. */
export const LEGACY_DN_RULE = 'legacyExchangeDN';

type Keyed = Pick<SourceObject, 'guid' | 'attributes'>;

const VALUE = 256;

/** How a rule is named to operators. */
export function evidenceName(rule: ReconnectionRule): string {
  switch (rule.by) {
    case 'sidHistory':
      return 'sIDHistory';
    case 'consistencyGuid':
      return 'mS-DS-ConsistencyGuid';
    case 'attribute':
      return rule.attribute;
    case 'legacyExchangeDn':
      return LEGACY_DN_RULE;
    case 'primarySmtp':
      return 'primary SMTP address';
    case 'userPrincipalName':
      return 'userPrincipalName';
  }
}

/** Attributes of source objects that the rules look at. */
export function evidenceSources(rules: readonly ReconnectionRule[]): readonly string[] {
  const sources = rules.flatMap((rule): string[] => {
    switch (rule.by) {
      case 'sidHistory':
        return ['objectSid', 'sIDHistory'];
      case 'consistencyGuid':
        return ['mS-DS-ConsistencyGuid'];
      case 'attribute':
        return [rule.attribute];
      case 'legacyExchangeDn':
        return ['legacyExchangeDN', 'proxyAddresses'];
      case 'primarySmtp':
        return ['mail', 'proxyAddresses'];
      case 'userPrincipalName':
        return ['userPrincipalName'];
    }
  });
  return [...new Set(sources)];
}

/** What an identity is known by while this is its source object, so that another one can be found to be the same. */
export function identityKeys(object: Keyed, rules: readonly ReconnectionRule[]): readonly EvidenceKey[] {
  return rules.flatMap((rule) => keys(rule, rule.by === 'sidHistory' ? 'objectSid' : 'legacyExchangeDN', object));
}

/** What a new source object shows of who it was. */
export function shownEvidence(object: Keyed, rules: readonly ReconnectionRule[]): readonly ShownEvidence[] {
  return rules.flatMap((rule, position) =>
    keys(rule, rule.by === 'sidHistory' ? 'sIDHistory' : 'X500', object).map((key) => ({
      ...key,
      mode: rule.mode,
      position,
    })),
  );
}

/** @param side where the rule looks whose two objects show the same in different places */
function keys(
  rule: ReconnectionRule,
  side: 'objectSid' | 'sIDHistory' | 'legacyExchangeDN' | 'X500',
  { attributes }: Keyed,
): readonly EvidenceKey[] {
  const values = (): readonly (string | undefined)[] => {
    switch (rule.by) {
      case 'sidHistory':
        return all(attributes, side);
      case 'consistencyGuid':
        return all(attributes, 'mS-DS-ConsistencyGuid');
      case 'attribute':
        return all(attributes, rule.attribute);
      case 'legacyExchangeDn':
        return side === 'X500' ? addresses(attributes, 'x500') : all(attributes, side);
      case 'primarySmtp':
        return [primarySmtp(attributes)];
      case 'userPrincipalName':
        return all(attributes, 'userPrincipalName');
    }
  };
  const name = evidenceName(rule);
  const found = values().flatMap((value) => (value === undefined || value === '' ? [] : [fold(value)]));
  return [...new Set(found)].map((value) => ({ rule: name, value }));
}

function fold(value: string): string {
  return value.toLowerCase().slice(0, VALUE);
}

function addresses(attributes: SourceObject['attributes'], type: string): readonly string[] {
  return all(attributes, 'proxyAddresses').flatMap((value) => {
    const parsed = parseProxyAddress(value);
    return parsed?.type.toLowerCase() === type ? [parsed.address] : [];
  });
}

function primarySmtp(attributes: SourceObject['attributes']): string | undefined {
  const primary = all(attributes, 'proxyAddresses').find((value) => value.startsWith('SMTP:'));
  return primary?.slice('SMTP:'.length) ?? first(attributes, 'mail');
}

/** By what an object may be named in the list of those that are always reviewed. */
export function namesOf({ guid, attributes }: Keyed): readonly string[] {
  const names = ['mail', 'userPrincipalName', 'sAMAccountName'].flatMap((name) => all(attributes, name));
  const primary = primarySmtp(attributes);
  return [guid, ...names, ...(primary === undefined ? [] : [primary])].map((name) => name.toLowerCase());
}

/** An identity with services that evidence finds for a new source object. */
export interface ReconnectionMatch {
  readonly rule: string;
  readonly mode: 'auto' | 'review';
  readonly identityId: string;
  readonly managedGuid: string;
  readonly kind: ObjectKind;
  /** Its source object until now. */
  readonly source: OtherSource;
  /** A tombstone of that was seen, or two complete reads in a row did not hold it. */
  readonly gone: boolean;
  /** By what that may be named, in lower case. */
  readonly names: readonly string[];
  /** Other new source objects that evidence finds the identity for. */
  readonly rivals: readonly OtherSource[];
}

/** A new source object with what evidence finds for it, the weightiest first. */
export interface NewSource {
  readonly guid: string;
  readonly kind: ObjectKind;
  readonly names: readonly string[];
  /** It has errors of its own: nothing flows from it until they are corrected. */
  readonly inError: boolean;
  readonly matches: readonly ReconnectionMatch[];
  /** The identity that an operator has approved, or null. */
  readonly approved: string | null;
}

export type ReconnectionDecision =
  | { readonly outcome: 'none' }
  /** Nothing is said while the object has errors of its own. */
  | { readonly outcome: 'later' }
  | { readonly outcome: 'reconnect'; readonly identityId: string; readonly rule: string; readonly automatic: boolean }
  | {
      readonly outcome: 'case';
      readonly code: ErrorCode;
      readonly details: string;
      readonly other: OtherSource | null;
    };

/**
 * Decides which identity's services a new source object gets: the one that an operator has approved, else the only one that
 * the evidence finds, when the first rule that finds it is `auto`, its old source object is gone, nobody else is found for
 * it and neither of the two is on the list of those that are always reviewed. Everything else is a case for an operator.
 */
export function decideReconnection(
  object: NewSource,
  { alwaysReview }: Pick<ReconnectionSettings, 'alwaysReview'>,
): ReconnectionDecision {
  const matches = object.matches.filter((match) => match.kind === object.kind);
  const found = [...Map.groupBy(matches, (match) => match.identityId).values()];
  const chosen = found.find(([match]) => match?.identityId === object.approved)?.[0];
  if (object.inError) return found.length === 0 ? { outcome: 'none' } : { outcome: 'later' };
  if (chosen !== undefined)
    return { outcome: 'reconnect', identityId: chosen.identityId, rule: chosen.rule, automatic: false };
  const [evidence, ...others] = found;
  const match = evidence?.[0];
  if (evidence === undefined || match === undefined) return { outcome: 'none' };
  const { gone, rivals, source } = match;
  if (others.length > 0 || rivals.length > 0) {
    const rival = rivals.length === 0 ? '' : `; so does ${list(rivals.map(named))}`;
    const details = `${list(found.map((one) => described(one)))} ${found.length > 1 ? 'match' : 'matches'}${rival}`;
    return { outcome: 'case', code: 'SE822', details, other: source };
  }
  const details = described(evidence);
  if (!gone)
    return {
      outcome: 'case',
      code: 'SE823',
      details: `${details} matches, and is still there`,
      other: source,
    };
  const vip = alwaysReview.some((name) => [...object.names, ...match.names].includes(name.toLowerCase()));
  if (vip || match.mode === 'review') {
    const why = vip ? 'matches, and is one that is always reviewed' : 'may be it';
    return { outcome: 'case', code: 'SE821', details: `${details} ${why}`, other: source };
  }
  return { outcome: 'reconnect', identityId: match.identityId, rule: match.rule, automatic: true };
}

/** What a case says that would have been reconnected, had there not been too many of them. */
export function limitPassed(match: ReconnectionMatch, count: number, limit: number): ReconnectionDecision {
  return {
    outcome: 'case',
    code: 'SE824',
    details: `${described([match])} matches; ${String(count)} would be reconnected in this cycle, and reconnection.limit is ${String(limit)}`,
    other: match.source,
  };
}

function described(evidence: readonly ReconnectionMatch[]): string {
  const [match] = evidence;
  if (match === undefined) return '';
  const rules = [...new Set(evidence.map(({ rule }) => rule))];
  return `${named(match.source)} (by ${rules.join(' and ')}; identity ${match.identityId})`;
}

function named(other: OtherSource): string {
  return other.dn ?? other.guid;
}

const NAMED = 10;

function list(names: readonly string[]): string {
  const more = names.length > NAMED ? [`${String(names.length - NAMED)} more`] : [];
  return [...names.slice(0, NAMED), ...more].join(' and ');
}

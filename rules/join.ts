import { formatAnchor, parseAnchor } from './anchor.ts';
import { attribute } from './attributes.ts';
import { parseProxyAddress } from './addresses.ts';
import { dnKey } from './dn.ts';
import type { ErrorCode } from './error-catalogue.ts';
import type { JoinRule, JoinSettings } from './join-settings.ts';
import { all, type ObjectKind, type SourceObject } from './objects.ts';
import { quoted } from './quote.ts';

/** Where a rule finds a source object in the Managed Forest: managed objects that have the value, whatever its case. */
export interface JoinKey {
  readonly rule: string;
  readonly mode: 'auto' | 'review';
  /** Attribute of the managed object. */
  readonly attribute: string;
  readonly value: string;
}

/** The anchor that we have written ourselves; the choice that an operator has made. Beside them are the configured rules. */
export const ANCHOR_RULE = 'anchor';
export const OPERATOR_RULE = 'operator';

/** How a rule is named to operators. */
export function ruleName(rule: JoinRule): string {
  return rule.by === 'attributes' ? `${rule.source} = ${rule.managed}` : rule.by;
}

/** Attributes of managed objects whose values the rules look up. */
export function keyAttributes(rules: readonly JoinRule[]): readonly string[] {
  return [
    ...new Set(
      rules.flatMap((rule) =>
        rule.by === 'attributes'
          ? [rule.managed]
          : rule.by === 'addresses'
            ? ['proxyAddresses', 'mail']
            : ['msExchMasterAccountSid'],
      ),
    ),
  ];
}

/** Attributes of source objects that the rules look at. */
export function joinSources(rules: readonly JoinRule[]): readonly string[] {
  return [
    ...new Set(
      rules.flatMap((rule) =>
        rule.by === 'attributes'
          ? [rule.source]
          : rule.by === 'addresses'
            ? ['proxyAddresses', 'mail']
            : ['objectSid', 'sIDHistory'],
      ),
    ),
  ];
}

/** Where the rules find a source object. */
export function joinKeys(object: Omit<SourceObject, 'dn'>, rules: readonly JoinRule[]): readonly JoinKey[] {
  return rules.flatMap((rule) => {
    const key = { rule: ruleName(rule), mode: rule.mode };
    switch (rule.by) {
      case 'masterAccountSid':
        return object.kind === 'user'
          ? [...all(object.attributes, 'objectSid'), ...all(object.attributes, 'sIDHistory')].map((value) => ({
              ...key,
              attribute: 'msExchMasterAccountSid',
              value,
            }))
          : [];
      case 'attributes':
        return forms(object, rule.source).map((value) => ({ ...key, attribute: rule.managed, value }));
      case 'addresses':
        return smtpAddresses(object).flatMap((value) => [
          { ...key, attribute: 'proxyAddresses', value: `smtp:${value}` },
          { ...key, attribute: 'mail', value },
        ]);
    }
  });
}

/** The texts as which engines keep the values of an attribute: as they are; GUIDs also in hexadecimal and in base64. */
function forms(object: Omit<SourceObject, 'dn'>, name: string): readonly string[] {
  const values = name === 'objectGUID' ? [object.guid] : all(object.attributes, name);
  return attribute(name)?.syntax === 'guid' ? values.flatMap(guidForms) : values;
}

/** A GUID as dashed text, its 16 bytes (the first three groups little-endian, MS-DTYP 2.3.4.2) in hexadecimal and in base64. */
function guidForms(guid: string): readonly string[] {
  const pairs = guid.replaceAll('-', '').match(/../g) ?? [];
  const bytes = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) => pairs[at] ?? '');
  const octets = bytes.map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');
  return [guid, `{${guid}}`, bytes.join(''), btoa(octets)];
}

function smtpAddresses(object: Omit<SourceObject, 'dn'>): readonly string[] {
  const proxies = all(object.attributes, 'proxyAddresses').flatMap((value) => {
    const parsed = parseProxyAddress(value);
    return parsed?.type === 'smtp' ? [parsed.address] : [];
  });
  return [...new Set([...proxies, ...all(object.attributes, 'mail')].map((value) => value.toLowerCase()))];
}

/** A customer's part of the Managed Forest: an organizational unit with all that is below it. */
export interface Territory {
  readonly customer: string;
  /** The DN as {@link dnKey} writes it. */
  readonly key: string;
}

/** The organizational units where a customer's managed objects are, or may be adopted. */
export function territoriesOf(
  customer: string,
  managedOu: string,
  { containers }: Pick<JoinSettings, 'containers'>,
): readonly Territory[] {
  return [managedOu, ...containers].map((dn) => ({ customer, key: dnKey(dn) ?? dn }));
}

/** The customers in whose part of the Managed Forest a DN is: of parts within parts the innermost one counts. */
export function residentsOf(dn: string, territories: readonly Territory[]): readonly string[] {
  const name = dnKey(dn) ?? '';
  const around = territories.filter(({ key }) => name === key || name.endsWith(`,${key}`));
  // Of names that end alike the longest is the innermost.
  const innermost = Math.max(0, ...around.map(({ key }) => key.length));
  return [...new Set(around.filter(({ key }) => key.length === innermost).map(({ customer }) => customer))];
}

/** Another source object that has to do with a managed object. */
export interface OtherSource {
  readonly forest: number;
  readonly guid: string;
  /** Null where it is not staged. */
  readonly dn: string | null;
}

/** A managed object that a rule finds for a source object. */
export interface JoinMatch {
  readonly rule: string;
  readonly mode: 'auto' | 'review';
  readonly managedGuid: string;
  readonly dn: string;
  readonly kind: ObjectKind;
  /** userAccountControl, where it has one. */
  readonly accountControl: string | null;
  /** What its anchor attribute holds. */
  readonly anchor: string | null;
  /** The source object that it is joined to. */
  readonly joined: (OtherSource & { readonly customer: string }) | null;
  /** Other source objects without a managed object that an automatic rule finds it for. */
  readonly rivals: readonly OtherSource[];
}

/** What an operator has answered to the matches of a source object. */
export interface JoinAnswer {
  readonly decision: 'adopt' | 'create' | 'wait';
  /** The managed object to adopt. */
  readonly managedGuid: string | null;
  /** The managed objects that were there to choose from. */
  readonly seen: readonly string[];
}

export type JoinDecision =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'adopt'; readonly managedGuid: string; readonly rule: string }
  | { readonly outcome: 'review'; readonly code: ErrorCode; readonly details: string; readonly other: null }
  | {
      readonly outcome: 'error';
      readonly code: ErrorCode;
      readonly details: string;
      readonly other: OtherSource | null;
    };

export interface JoinContext {
  readonly customer: string;
  /** Name of the Customer Forest. */
  readonly forest: string;
  readonly territories: readonly Territory[];
  /** The anchor attribute is what a rule compares: what it holds is another engine's anchor, which ours takes the place of. */
  readonly anchorIsForeign: boolean;
}

/** The context of a forest's objects. */
export function joinContext(
  customer: string,
  forest: string,
  anchorAttribute: string,
  rules: readonly JoinRule[],
  territories: readonly Territory[],
): JoinContext {
  const anchorIsForeign = rules.some((rule) => rule.by === 'attributes' && rule.managed === anchorAttribute);
  return { customer, forest, territories, anchorIsForeign };
}

/** Whether a managed object is another customer's: by what it is joined to, by its anchor, or by where it is. */
export function isOthers(match: JoinMatch, context: JoinContext): boolean {
  const anchor = match.anchor === null ? null : parseAnchor(match.anchor);
  const residents = residentsOf(match.dn, context.territories);
  return (
    (match.joined !== null && match.joined.customer !== context.customer) ||
    (anchor !== null && anchor.customer !== context.customer) ||
    (match.joined === null && anchor === null && residents.length > 0 && !residents.includes(context.customer))
  );
}

/**
 * Decides which managed object becomes a source object's that has none: one free match by an automatic rule is adopted;
 * several, or one that can not be had, are an error; matches by rules that need a judgement wait for an operator. Managed
 * objects of other customers are never looked at.
 *
 * @param answer what an operator has decided; it counts as long as there is nothing to choose from that was not seen
 */
export function decideJoin(
  object: Pick<SourceObject, 'guid' | 'kind'>,
  matches: readonly JoinMatch[],
  answer: JoinAnswer | null,
  context: JoinContext,
): JoinDecision {
  const own = matches.filter(
    (match) =>
      !isOthers(match, context) &&
      // A copied anchor: the database, which decides while it lives, knows whose object that is.
      (match.rule !== ANCHOR_RULE || match.joined === null),
  );
  const anchored = distinct(own.filter((match) => match.rule === ANCHOR_RULE));
  const [anchor] = anchored;
  if (anchor !== undefined) {
    if (anchored.length > 1) return several(anchored);
    return anchor.kind === object.kind ? adopt(anchor) : unfit(anchor, wrongKind(anchor));
  }
  const chosen = own.find((match) => answer?.decision === 'adopt' && match.managedGuid === answer.managedGuid);
  if (chosen !== undefined) return obstacle(object, chosen, context) ?? adopt({ ...chosen, rule: OPERATOR_RULE });
  const anywhere = own.filter((match) => match.rule !== OPERATOR_RULE);
  // Elsewhere are administrators' accounts with the number of the person, for instance: they count only where nothing else does.
  const near = anywhere.filter((match) => !isAway(match, context));
  const found = near.length > 0 ? near : anywhere;
  if (answer?.decision === 'create' && found.every((match) => answer.seen.includes(match.managedGuid)))
    return { outcome: 'none' };

  if (answer?.decision === 'wait' && found.length > 0) return review(distinct(found));

  const auto = distinct(found.filter((match) => match.mode === 'auto'));
  const [only] = auto;
  if (auto.length > 1) return several(auto);
  if (only !== undefined) {
    const trouble = obstacle(object, only, context) ?? rivalry(only) ?? (isAway(only, context) ? away(only) : null);
    if (trouble !== null) return trouble;
  }
  // What is another source object's is its address's matter, and shows as a conflict of addresses.
  const judged = distinct(found.filter((match) => match.mode === 'review' && match.joined === null));
  const contrary = judged.filter((match) => match.managedGuid !== only?.managedGuid);
  if (contrary.length > 0) return review([...(only === undefined ? [] : [only]), ...contrary]);
  return only === undefined ? { outcome: 'none' } : adopt(only);
}

/** Why a match can not be adopted at all; null when it can. */
function obstacle(
  object: Pick<SourceObject, 'guid' | 'kind'>,
  match: JoinMatch,
  { customer, forest, anchorIsForeign }: JoinContext,
): JoinDecision | null {
  if (match.joined !== null) return taken(match, 'is not free', match.joined);
  if (match.kind !== object.kind) return unfit(match, wrongKind(match));
  if (match.kind === 'user' && (Number(match.accountControl ?? '0') & ACCOUNT_DISABLED) === 0)
    return unfit(match, 'is an enabled account, with which somebody may log on');
  if (match.anchor === null || match.anchor === formatAnchor({ customer, forest, guid: object.guid })) return null;
  const anchor = parseAnchor(match.anchor);
  if (anchor !== null)
    return taken(match, `has the anchor of another source object, ${anchor.forest}/${anchor.guid}`, null);
  return anchorIsForeign
    ? null
    : unfit(match, `holds ${quoted(match.anchor)} where the anchor would be written, which no rule of join knows`);
}

/** ACCOUNTDISABLE of userAccountControl (MS-ADTS 2.2.16). */
const ACCOUNT_DISABLED = 2;

function rivalry(match: JoinMatch): JoinDecision | null {
  const [rival] = match.rivals;
  if (rival === undefined) return null;
  return taken(match, `matches ${list(match.rivals.map(named).sort())} too`, rival);
}

function isAway(match: JoinMatch, { customer, territories }: JoinContext): boolean {
  return !residentsOf(match.dn, territories).includes(customer);
}

function away(match: JoinMatch): JoinDecision {
  return unfit(match, 'is outside managed.ou and join.containers');
}

function adopt({ managedGuid, rule }: JoinMatch): JoinDecision {
  return { outcome: 'adopt', managedGuid, rule };
}

function several(matches: readonly JoinMatch[]): JoinDecision {
  return { outcome: 'error', code: 'SE811', details: `${list(matches.map(evidence).sort())} match`, other: null };
}

function taken(match: JoinMatch, why: string, other: OtherSource | null): JoinDecision {
  return { outcome: 'error', code: 'SE812', details: `${evidence(match)} ${why}`, other };
}

function unfit(match: JoinMatch, why: string): JoinDecision {
  return { outcome: 'error', code: 'SE813', details: `${evidence(match)} ${why}`, other: null };
}

function review(matches: readonly JoinMatch[]): JoinDecision {
  return { outcome: 'review', code: 'SE814', details: `${list(matches.map(evidence).sort())} may be it`, other: null };
}

function wrongKind(match: JoinMatch): string {
  return `is a ${match.kind}`;
}

function evidence(match: JoinMatch): string {
  const joined = match.joined === null ? '' : `, joined to ${named(match.joined)}`;
  return `${match.dn} (by ${match.rule}${joined})`;
}

function named(other: OtherSource): string {
  return other.dn ?? other.guid;
}

/** Names in an error: as many as an operator reads. */
const NAMED = 10;

function list(names: readonly string[]): string {
  const more = names.length > NAMED ? [`${String(names.length - NAMED)} more`] : [];
  return [...names.slice(0, NAMED), ...more].join(' and ');
}

/** One match of each managed object, by the weightiest rule. */
function distinct(matches: readonly JoinMatch[]): readonly JoinMatch[] {
  return [...new Map([...matches].reverse().map((match) => [match.managedGuid, match])).values()].reverse();
}

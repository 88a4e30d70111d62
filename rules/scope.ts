import { isWithinDomain, parseDn, rdnValue } from './dn.ts';
import { compileFilter, type CompiledFilter, type Values } from './filter-match.ts';
import { misplacementOf } from './misplaced.ts';
import { all, first, type SourceObject } from './objects.ts';
import { isListed, type SmtpInclusion } from './smtp-inclusion.ts';
import type { Ending } from './transitions.ts';
import { compileCondition, type AttributeCondition, type CompiledCondition } from './scope-condition.ts';

/** What decides about the scope of a forest's objects: made once for a configuration, used for each object. */
export interface ScopeSettings {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly filter: CompiledFilter | null;
  readonly require: readonly CompiledCondition[];
  readonly reject: readonly CompiledCondition[];
  readonly smtp: SmtpInclusion | null;
}

/** The scope of a forest as its configuration has it. */
export interface ScopeConfiguration {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly filter?: string | undefined;
  readonly require?: readonly AttributeCondition[];
  readonly reject?: readonly AttributeCondition[];
  readonly smtp?: { readonly include: readonly string[]; readonly outside: SmtpInclusion['outside'] } | undefined;
}

/** Whether an object is in scope, and the rule that decided, in the operator's words. */
export interface ScopeDecision {
  readonly inScope: boolean;
  readonly rule: string;
  /** Why it is out of scope, as far as it matters for how its services end. */
  readonly ending?: Ending;
}

/** A source object, with what its scope may hang on beside its attributes. */
export type ScopedObject = SourceObject & { /** whenCreated. */ readonly createdAt?: string };

/** Flags of userAccountControl for trusts between domains, workstations and servers (MS-ADTS 2.2.16). */
const TRUST_OR_COMPUTER = 0x800 | 0x1000 | 0x2000;

/** Names of the accounts that Exchange makes for itself, with mail addresses of the customer's domain (IdFix, skipped). */
const EXCHANGE_SYSTEM =
  /^(?:SystemMailbox\{|DiscoverySearchMailbox |FederatedEmail\.|HealthMailbox|CAS_\{|Exchange Online-ApplicationAccount)/i;

/** sAMAccountNames that Windows, IIS and Exchange give to accounts of their own (IdFix, skipped). */
const SYSTEM_ACCOUNT = /^(?:krbtgt(?:_\d+)?$|IUSR_|IWAM_|SUPPORT_|MSOL_|CAS_)/i;

/**
 * msExchRecipientTypeDetails of mailboxes that belong to Exchange itself (IdFix, skipped): system attendant, system,
 * Exchange's own recipient, arbitration, mailbox plan, discovery.
 */
const SYSTEM_MAILBOX: ReadonlySet<string> = new Set(['4096', '8192', '4194304', '8388608', '16777216', '536870912']);

/** Attributes that tell system objects. */
const SYSTEM_EVIDENCE = [
  'isCriticalSystemObject',
  'userAccountControl',
  'sAMAccountName',
  'msExchRecipientTypeDetails',
];

/** Attributes of a filter that a source object has in a place of its own, or under another name. */
const OWN_PLACE: Readonly<Record<string, (object: ScopedObject) => readonly string[]>> = {
  distinguishedName: (object) => [object.dn],
  objectGUID: (object) => [object.guid],
  // A domain controller does not always tell the RDN attribute; `name` always has its value (MS-ADTS 3.1.1.1.4).
  cn: (object) => all(object.attributes, 'name'),
  whenCreated: (object) => (object.createdAt === undefined ? [] : [object.createdAt]),
};

/**
 * The values of an object as filters look at them.
 *
 * @param unreadable attributes that the object has but whose value could not be read
 */
export function valuesOf(object: ScopedObject, unreadable: readonly string[] = []): Values {
  return (name) => (unreadable.includes(name) ? null : (OWN_PLACE[name]?.(object) ?? all(object.attributes, name)));
}

/** Makes the settings of a scope. @throws {RangeError} when the configuration was not checked before. */
export function compileScope(scope: ScopeConfiguration): ScopeSettings {
  const compilation = scope.filter === undefined ? null : compileFilter(scope.filter);
  if (compilation?.ok === false) throw new RangeError(`the filter is refused: ${compilation.fault.message}`);
  return {
    include: scope.include,
    exclude: scope.exclude,
    filter: compilation?.compiled ?? null,
    require: (scope.require ?? []).map(checked),
    reject: (scope.reject ?? []).map(checked),
    smtp:
      scope.smtp === undefined
        ? null
        : { entries: new Set(scope.smtp.include.map((entry) => entry.toLowerCase())), outside: scope.smtp.outside },
  };
}

function checked(condition: AttributeCondition): CompiledCondition {
  const compiled = compileCondition(condition);
  if (typeof compiled === 'string') throw new RangeError(`a condition is refused: ${compiled}`);
  return compiled;
}

/** The attributes that the scope of a forest looks at, for the read of the forest; `cn` is read as `name`. */
export function scopeAttributes(scope: ScopeConfiguration): readonly string[] {
  const { filter, require, reject } = compileScope(scope);
  const named = [filter, ...require, ...reject].flatMap((part) => part?.attributes ?? []);
  return [...new Set([...SYSTEM_EVIDENCE, ...named.map((name) => (name === 'cn' ? 'name' : name))])];
}

/**
 * Decides whether an object of the Customer Forest is synchronized: system objects never, by organizational unit, users
 * and groups only with `mail` (an identity-only object is never created: jj916638), contacts with `mail` or
 * `targetAddress`, then by the SMTP inclusion list, the conditions and the filter.
 *
 * @param unreadable attributes that the object has but whose value could not be read. A rule that can not be decided
 *   because of one leaves the object in scope, where its error freezes it: it must neither come nor go by it
 */
export function decideScope(
  object: ScopedObject,
  settings: ScopeSettings,
  unreadable: readonly string[] = [],
): ScopeDecision {
  const out = (rule: string, ending: Ending = 'filtered'): ScopeDecision => ({ inScope: false, rule, ending });
  const system = systemRule(object);
  if (system !== null) return out(system);
  const included = settings.include.find((ou) => isWithinDomain(object.dn, ou));
  if (included === undefined) return out('outside the included organizational units', 'outOfScope');
  const excluded = settings.exclude.find((ou) => isWithinDomain(object.dn, ou));
  if (excluded !== undefined) return out(`excluded ${place(excluded)}`, 'outOfScope');
  const has = (name: string): boolean => all(object.attributes, name).length > 0 || unreadable.includes(name);
  if (!has('mail') && !(object.kind === 'contact' && has('targetAddress')))
    return out(
      object.kind === 'contact' ? 'contact without mail or targetAddress' : `${object.kind} without mail`,
      'mailCleared',
    );
  if (settings.smtp?.outside === 'out of scope' && isListed(object, settings.smtp) === false)
    return out('mail outside the SMTP inclusion list');
  const values = valuesOf(object, unreadable);
  const concerned = (condition: CompiledCondition): boolean => condition.kinds.includes(object.kind);
  const rejecting = settings.reject.find((condition) => concerned(condition) && condition.matches(values) === true);
  if (rejecting !== undefined) return out(`rejected: ${rejecting.text}`);
  const missed = settings.require.find((condition) => concerned(condition) && condition.matches(values) === false);
  if (missed !== undefined) return out(`required, but not so: ${missed.text}`);
  const match = settings.filter === null || settings.filter.matches(values);
  if (match === false) return out('does not match the filter');
  const by = settings.filter === null ? '' : match === true ? ' and the filter' : '; the filter can not be decided';
  return { inScope: true, rule: `included ${place(included)}${by}` };
}

function place(dn: string): string {
  const isDomain = parseDn(dn)?.every(([part]) => part.attribute.toUpperCase() === 'DC') ?? false;
  return `${isDomain ? 'domain' : 'organizational unit'} ${dn}`;
}

function systemRule(object: SourceObject): string | null {
  const misplaced = misplacementOf(object.dn);
  if (misplaced !== null) return misplaced;
  if (first(object.attributes, 'isCriticalSystemObject') === 'TRUE') return 'critical system object';
  if (object.kind === 'user') {
    const control = Number(first(object.attributes, 'userAccountControl') ?? '0');
    if ((control & TRUST_OR_COMPUTER) !== 0) return 'trust or computer account';
    if (EXCHANGE_SYSTEM.test(rdnValue(object.dn) ?? '')) return 'system account of Exchange';
    if (SYSTEM_MAILBOX.has(first(object.attributes, 'msExchRecipientTypeDetails') ?? ''))
      return 'system mailbox of Exchange';
    if (SYSTEM_ACCOUNT.test(first(object.attributes, 'sAMAccountName') ?? '')) return 'system account';
  }
  return null;
}

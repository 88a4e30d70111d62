import { isWithin, mangledName, rdnValue } from './dn.ts';
import { all, first, type SourceObject } from './objects.ts';

export interface ScopeSettings {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Whether an object is in scope, and the rule that decided, in the operator's words. */
export interface ScopeDecision {
  readonly inScope: boolean;
  readonly rule: string;
}

/** Flags of userAccountControl for trusts between domains, workstations and servers (MS-ADTS 2.2.16). */
const TRUST_OR_COMPUTER = 0x800 | 0x1000 | 0x2000;

/** Names of the accounts that Exchange makes for itself, with mail addresses of the customer's domain (IdFix, skipped). */
const EXCHANGE_SYSTEM =
  /^(?:SystemMailbox\{|DiscoverySearchMailbox |FederatedEmail\.|HealthMailbox|CAS_\{|Exchange Online-ApplicationAccount)/i;

/**
 * Decides whether an object of the Customer Forest is synchronized: system objects never, by organizational unit, users
 * and groups only with `mail` (an identity-only object is never created: jj916638), contacts with `mail` or `targetAddress`.
 *
 * @param unreadable attributes that the object has but whose value could not be read: such a `mail` counts as present,
 *   so that the object stays in scope, in error
 */
export function decideScope(
  object: SourceObject,
  settings: ScopeSettings,
  unreadable: readonly string[] = [],
): ScopeDecision {
  const system = systemRule(object);
  if (system !== null) return { inScope: false, rule: system };
  const included = settings.include.find((ou) => isWithin(object.dn, ou));
  if (included === undefined) return { inScope: false, rule: 'outside the included organizational units' };
  const excluded = settings.exclude.find((ou) => isWithin(object.dn, ou));
  if (excluded !== undefined) return { inScope: false, rule: `excluded organizational unit ${excluded}` };
  const has = (name: string): boolean => all(object.attributes, name).length > 0 || unreadable.includes(name);
  const mailEnabled = has('mail') || (object.kind === 'contact' && has('targetAddress'));
  if (!mailEnabled)
    return {
      inScope: false,
      rule: object.kind === 'contact' ? 'contact without mail or targetAddress' : `${object.kind} without mail`,
    };
  return { inScope: true, rule: `included organizational unit ${included}` };
}

function systemRule(object: SourceObject): string | null {
  if (mangledName(object.dn)?.kind === 'conflict') return 'replication conflict object';
  if (first(object.attributes, 'isCriticalSystemObject') === 'TRUE') return 'critical system object';
  if (object.kind === 'user') {
    const control = Number(first(object.attributes, 'userAccountControl') ?? '0');
    if ((control & TRUST_OR_COMPUTER) !== 0) return 'trust or computer account';
    if (EXCHANGE_SYSTEM.test(rdnValue(object.dn) ?? '')) return 'system account of Exchange';
  }
  return null;
}

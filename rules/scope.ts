import { isWithin } from './dn.ts';
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

const TRUST_OR_COMPUTER = 0x800 | 0x1000 | 0x2000;

/**
 * Decides whether an object of the Customer Forest is synchronized: system objects never, by organizational unit, users
 * and groups only with `mail` (an identity-only object is never created: jj916638), contacts with `mail` or `targetAddress`.
 */
export function decideScope(object: SourceObject, settings: ScopeSettings): ScopeDecision {
  const system = systemRule(object);
  if (system !== null) return { inScope: false, rule: system };
  const included = settings.include.find((ou) => isWithin(object.dn, ou));
  if (included === undefined) return { inScope: false, rule: 'outside the included organizational units' };
  const excluded = settings.exclude.find((ou) => isWithin(object.dn, ou));
  if (excluded !== undefined) return { inScope: false, rule: `excluded organizational unit ${excluded}` };
  const mailEnabled = has(object, 'mail') || (object.kind === 'contact' && has(object, 'targetAddress'));
  if (!mailEnabled) return { inScope: false, rule: `${object.kind} without mail` };
  return { inScope: true, rule: `included organizational unit ${included}` };
}

function systemRule(object: SourceObject): string | null {
  if (object.dn.includes('\\0ACNF:')) return 'replication conflict object';
  if (first(object.attributes, 'isCriticalSystemObject') === 'TRUE') return 'critical system object';
  if (object.kind === 'user') {
    const control = Number(first(object.attributes, 'userAccountControl') ?? '0');
    if ((control & TRUST_OR_COMPUTER) !== 0) return 'trust or computer account';
  }
  return null;
}

function has(object: SourceObject, name: string): boolean {
  return all(object.attributes, name).length > 0;
}

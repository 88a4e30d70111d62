/** `not checked`: what had to be asked for it was not to be had; another line says why. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'not checked';

/** What is looked at, in the order in which it is shown. */
export const CHECKS = [
  'connection',
  'TLS',
  'clock',
  'log-on',
  'naming context',
  'units',
  'changes',
  'deletions',
  'excess rights',
  'rights',
  'schema',
  'tombstones',
  'evidence',
  'databases',
  'pools',
  'address lists',
  'SMTP domains',
  'objects',
  'duration',
] as const;

export type CheckName = (typeof CHECKS)[number];

/** One line of a preflight. Names what the configuration names: hosts, organizational units, attributes, domains; no object. */
export interface CheckLine {
  readonly check: CheckName;
  /** The forest, domain or domain controller that it is about. */
  readonly place: string;
  readonly state: CheckState;
  readonly message: string;
  /** What to do; null where nothing is. */
  readonly remedy: string | null;
}

/**
 * - `passed`: nothing failed.
 * - `incomplete`: nothing failed, but something could not be looked at: a person has to.
 */
export type CheckStanding = 'passed' | 'failed' | 'incomplete';

/** What a preflight of a customer found. */
export interface CheckReport {
  readonly customer: string;
  /** Number of the configuration that was in force. */
  readonly configuration: number;
  readonly standing: CheckStanding;
  readonly lines: readonly CheckLine[];
}

export function standingOf(lines: readonly CheckLine[]): CheckStanding {
  if (lines.some(({ state }) => state === 'failed')) return 'failed';
  return lines.some(({ state }) => state === 'not checked') ? 'incomplete' : 'passed';
}

/** Makes the lines about one place. */
export function linesAbout(place: string): {
  readonly ok: (check: CheckName, message: string) => CheckLine;
  readonly warning: (check: CheckName, message: string, remedy: string) => CheckLine;
  readonly failed: (check: CheckName, message: string, remedy: string) => CheckLine;
  readonly notChecked: (check: CheckName, message: string, remedy?: string) => CheckLine;
} {
  const line =
    (state: CheckState) =>
    (check: CheckName, message: string, remedy: string | null = null): CheckLine => ({
      check,
      place,
      state,
      message,
      remedy,
    });
  return { ok: line('ok'), warning: line('warning'), failed: line('failed'), notChecked: line('not checked') };
}

/** Names in a sentence: `a, b and 3 more`. */
export function listed(names: readonly string[], shown = 6): string {
  const rest = names.length - shown;
  if (rest > 0) return `${names.slice(0, shown).join(', ')} and ${String(rest)} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

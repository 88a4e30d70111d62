import { parseProxyAddress, smtpDomain } from './addresses.ts';
import { kindOf, type ObjectKind } from './objects.ts';
import { linesAbout, listed, type CheckLine } from './preflight.ts';

/** What is in the organizational units of a scope, before its other rules. */
export interface Population {
  readonly kinds: Readonly<Record<ObjectKind, number>>;
  /** SMTP domains of the addresses of users and groups, with the number of objects that have one there. Contacts are elsewhere. */
  readonly domains: ReadonlyMap<string, number>;
}

/** Counts objects one by one. */
export class PopulationCount implements Population {
  readonly kinds = { user: 0, contact: 0, group: 0 };
  readonly domains = new Map<string, number>();

  add(attributes: Readonly<Record<string, readonly string[]>>): void {
    const kind = kindOf(attributes['objectClass'] ?? []);
    if (kind === null) return;
    this.kinds[kind] += 1;
    if (kind === 'contact') return;
    const addresses = [
      ...(attributes['mail'] ?? []),
      ...(attributes['proxyAddresses'] ?? []).flatMap((value) => {
        const parsed = parseProxyAddress(value);
        return parsed?.type === 'smtp' ? parsed.address : [];
      }),
    ];
    for (const domain of new Set(addresses.flatMap((address) => smtpDomain(address) ?? [])))
      this.domains.set(domain, (this.domains.get(domain) ?? 0) + 1);
  }
}

/** How many objects there are of each kind. */
export function objectsLine(place: string, { kinds }: Population): CheckLine {
  const { ok, warning } = linesAbout(place);
  const { user, contact, group } = kinds;
  const message = `${String(user)} users, ${String(contact)} contacts and ${String(group)} groups in the organizational units of the scope, before its other rules`;
  return user + contact + group === 0
    ? warning(
        'objects',
        message,
        'See that scope.include is right, and that the account may list and read what is there.',
      )
    : ok('objects', message);
}

/**
 * The customer's SMTP domains against those of the addresses in the Customer Forests.
 *
 * @param own domains of the configuration
 * @param seen with the number of objects that have an address there
 */
export function smtpDomainLines(
  place: string,
  own: readonly string[],
  seen: ReadonlyMap<string, number>,
): readonly CheckLine[] {
  const { ok, warning, failed } = linesAbout(place);
  const unused = own.filter((domain) => !seen.has(domain));
  const foreign = [...seen]
    .filter(([domain]) => !own.includes(domain))
    .sort(([, one], [, other]) => other - one)
    .map(([domain, objects]) => `${domain} (${String(objects)})`);
  if (seen.size === 0) return [ok('SMTP domains', 'nobody has an address yet')];
  const remedy = 'Where they are the customer’s, add them to `domains` and to the accepted domains of Exchange.';
  if (unused.length === own.length)
    return [failed('SMTP domains', `no address is in ${listed(own)}; there are ${listed(foreign)}`, remedy)];
  return [
    foreign.length > 0
      ? warning('SMTP domains', `addresses that are never written, by objects: ${listed(foreign)}`, remedy)
      : ok('SMTP domains', `all addresses of users and groups are in ${listed(own)}`),
    ...(unused.length > 0
      ? [
          warning(
            'SMTP domains',
            `nobody has an address in ${listed(unused)}`,
            'Correct the spelling, or leave it: nothing is wrong with a domain for later.',
          ),
        ]
      : []),
  ];
}

/** What cycles of this installation have done in the past, those that waited for an answer left out. */
export interface MeasuredCycles {
  readonly cycles: number;
  /** Objects that they made in the Managed Forest. */
  readonly made: number;
  readonly seconds: number;
}

/**
 * How long the first synchronization of so many objects is likely to take, by what was measured here; nothing is invented where
 * nothing was measured.
 */
export function durationLine(place: string, objects: number, { cycles, made, seconds }: MeasuredCycles): CheckLine {
  const { ok } = linesAbout(place);
  if (cycles === 0 || seconds <= 0 || made === 0)
    return ok('duration', 'unknown: no cycle of this installation has made enough objects yet to tell from');
  const perSecond = made / seconds;
  const rate = perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toPrecision(2);
  return ok(
    'duration',
    `${minutes(objects / perSecond)} for a first synchronization of ${String(objects)} objects, by ${rate} objects a second in ${String(cycles)} ${cycles === 1 ? 'cycle' : 'cycles'} of this installation`,
  );
}

function minutes(seconds: number): string {
  if (seconds < 60) return 'less than a minute';
  if (seconds < 5400) return `about ${String(Math.round(seconds / 60))} minutes`;
  return `about ${String(Math.round(seconds / 3600))} hours`;
}

import { linesAbout, type CheckLine } from './preflight.ts';

const DAY = 86_400_000;
/** Before a certificate ends, its renewal is called for. */
const RENEWAL_DAYS = 30;
const TOLERATED_MS = 60_000;
/** Above that Kerberos refuses tickets (MaxClockSkew, MS-KILE 3.1.1.2: five minutes). */
const KERBEROS_MS = 300_000;

/** What became of connecting to one domain controller and of the log-on there. */
export interface ControllerFacts {
  readonly url: string;
  /** Why there was no connection; null where there was. */
  readonly unreachable: string | null;
  /** Why its certificate is not trusted, or the TLS settings are no good; null where they are. */
  readonly untrusted: string | null;
  /** When its certificate ends, in milliseconds since 1970; null without TLS. */
  readonly certificateEnds: number | null;
  /** Milliseconds that its clock is ahead of ours; null where it does not tell. */
  readonly aheadMs: number | null;
  /** `refused` with the reason; `not tried` where an account was refused before, so that it is not locked out. */
  readonly logOn: 'accepted' | 'not tried' | { readonly refused: string };
  /** Whether it holds the naming context; null where it was not asked. */
  readonly holds: boolean | null;
}

/**
 * The lines about one domain controller.
 *
 * @param now milliseconds since 1970
 */
export function controllerLines(
  { url, unreachable, untrusted, certificateEnds, aheadMs, logOn, holds }: ControllerFacts,
  place: { readonly namingContext: string; readonly account: string },
  now: number,
): readonly CheckLine[] {
  const { ok, failed, notChecked } = linesAbout(url);
  if (unreachable !== null)
    return [
      failed(
        'connection',
        unreachable,
        'Start the domain controller, correct its URL in `controllers`, or let the worker through the firewall.',
      ),
      ...(['TLS', 'clock', 'log-on'] as const).map((check) => notChecked(check, 'there is no connection')),
    ];
  const connected = ok('connection', 'it answers');
  if (untrusted !== null)
    return [
      connected,
      failed(
        'TLS',
        untrusted,
        'Correct `tls` in the configuration, or have the certificate of the controller replaced.',
      ),
      ...(['clock', 'log-on'] as const).map((check) => notChecked(check, 'the connection is not trusted')),
    ];
  const lines = [connected, certificateLine(url, certificateEnds, now), clockLine(url, aheadMs)];
  if (logOn === 'not tried')
    return [...lines, notChecked('log-on', 'not tried: the account was refused before, and could be locked out')];
  if (logOn !== 'accepted')
    return [
      ...lines,
      failed(
        'log-on',
        logOn.refused,
        'Correct `account`, or put the right password where passwordFile or passwordEnv says.',
      ),
    ];
  const held =
    holds === false
      ? [
          failed(
            'naming context',
            `it does not hold ${place.namingContext}`,
            'Name a domain controller of that domain in `controllers`, or correct `namingContext`.',
          ),
        ]
      : [];
  return [...lines, ok('log-on', `accepted as ${place.account}`), ...held];
}

function certificateLine(url: string, ends: number | null, now: number): CheckLine {
  const { ok, warning } = linesAbout(url);
  if (ends === null)
    return warning(
      'TLS',
      'there is none: the password and all that is read cross the network as they are',
      'Use ldaps://, or ldap:// without tls.plain, as soon as the controller has a certificate.',
    );
  const date = new Date(ends).toISOString().slice(0, 10);
  return ends - now < RENEWAL_DAYS * DAY
    ? warning('TLS', `the certificate ends on ${date}`, 'Have the certificate of the controller renewed before.')
    : ok('TLS', `the certificate is trusted, carries the name, and is good until ${date}`);
}

function clockLine(url: string, aheadMs: number | null): CheckLine {
  const { ok, warning, failed, notChecked } = linesAbout(url);
  if (aheadMs === null) return notChecked('clock', 'it does not tell its time', 'Compare the clocks by hand.');
  const off = Math.abs(aheadMs);
  if (off <= TOLERATED_MS) return ok('clock', 'agrees with that of the worker');
  const message = `its clock is ${String(Math.round(off / 1000))} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of the worker`;
  const remedy = 'Have both set by a time server (w32tm on the controller; chrony or systemd-timesyncd here).';
  return off > KERBEROS_MS ? failed('clock', message, remedy) : warning('clock', message, remedy);
}

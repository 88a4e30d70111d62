import { TLSSocket } from 'node:tls';
import type { DirectoryEndpoint } from './endpoint.ts';
import { explain } from './errors.ts';
import { readBase } from './root-dse.ts';
import { LdapSession } from './session.ts';
import { openSocket } from './transport.ts';
import { parseGeneralizedTime } from './values.ts';

const CONNECT_MS = 10_000;

/** What a domain controller shows to whoever connects, before any log-on. */
export interface ControllerProbe {
  /** When its certificate ends; null where the connection has no TLS. */
  readonly certificateEnds: Date | null;
  /** Milliseconds, to the second, that its clock is ahead of this machine's; null where it does not tell its time. */
  readonly aheadMs: number | null;
}

/**
 * Connects to one controller by the way that a cycle takes, TLS included, and looks at its clock (currentTime of the root DSE,
 * MS-ADTS 3.1.1.3.2.1), without a log-on: asking costs no account a failed attempt.
 *
 * @throws {DirectoryUnavailable} {DirectoryRefused} as every connection does
 */
export async function probeController(controller: string, endpoint: DirectoryEndpoint): Promise<ControllerProbe> {
  const connectMs = endpoint.timeouts?.connectMs ?? CONNECT_MS;
  const socket = await openSocket(controller, endpoint, connectMs);
  const certificateEnds = socket instanceof TLSSocket ? new Date(socket.getPeerCertificate().valid_to) : null;
  const session = new LdapSession(socket, connectMs);
  try {
    const asked = Date.now();
    const root = await readBase(session, '', ['currentTime']);
    const answered = Date.now();
    const time = parseGeneralizedTime(root.get('currenttime')?.[0]?.toString() ?? '');
    return { certificateEnds, aheadMs: time === null ? null : aheadOf(time.getTime(), asked, answered) };
  } catch (error) {
    throw explain(error, controller, 'reading the root DSE');
  } finally {
    session.close();
  }
}

/** Its time is told in whole seconds: it lies somewhere in that second, and was looked at between two moments of ours. */
function aheadOf(theirs: number, asked: number, answered: number): number {
  if (theirs > answered) return theirs - answered;
  return theirs + 1_000 < asked ? theirs + 1_000 - asked : 0;
}

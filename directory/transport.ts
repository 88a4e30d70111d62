import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, getCACertificates, type ConnectionOptions } from 'node:tls';

import { ExtendedRequest } from 'ldapts';

import type { DirectoryEndpoint, TlsSettings } from './endpoint.ts';
import { DirectoryRefused, DirectoryUnavailable, explain } from './errors.ts';
import { LdapSession } from './session.ts';

const START_TLS = '1.3.6.1.4.1.1466.20037';
const KEEP_ALIVE_MS = 60_000;

interface Address {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

/**
 * Connects to one controller and secures the connection; the bind is not done yet.
 * @throws {DirectoryUnavailable} when it cannot be reached in time.
 * @throws {DirectoryRefused} when its certificate cannot be trusted (`tls`), or the settings are wrong or would send the
 * password in clear text (`configuration`).
 */
export async function openSocket(controller: string, endpoint: DirectoryEndpoint, connectMs: number): Promise<Socket> {
  const address = addressOf(controller);
  if (!address.secure && endpoint.allowPlainBind === true) {
    return connected(controller, connectTcp(address), 'connect', connectMs);
  }
  const tls = tlsOptions(controller, address.host, endpoint.tls ?? {});
  if (address.secure) {
    const socket = connectTls({ ...tls, host: address.host, port: address.port });
    return connected(controller, socket, 'secureConnect', connectMs);
  }
  const plain = new LdapSession(await connected(controller, connectTcp(address), 'connect', connectMs), connectMs);
  try {
    await plain.send((messageId) => new ExtendedRequest({ messageId, oid: START_TLS }));
  } catch (error) {
    plain.close();
    throw explain(error, controller, 'StartTLS');
  }
  return connected(controller, connectTls({ ...tls, socket: plain.release() }), 'secureConnect', connectMs);
}

function addressOf(controller: string): Address {
  const url = URL.parse(controller);
  if (url === null || !['ldap:', 'ldaps:'].includes(url.protocol) || url.hostname === '') {
    throw new DirectoryRefused(
      controller,
      'configuration',
      'this is not the URL of a domain controller. Write ldaps://host or ldap://host, with :port if it is unusual.',
    );
  }
  const secure = url.protocol === 'ldaps:';
  return { secure, host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (secure ? 636 : 389) };
}

function tlsOptions(controller: string, host: string, settings: TlsSettings): ConnectionOptions {
  const servername = settings.servername ?? host;
  return {
    ca: authorities(controller, settings),
    // An address has no place in SNI; the certificate is still checked against `host`.
    ...(isIP(servername) ? { host: servername } : { host: servername, servername }),
    rejectUnauthorized: settings.verify ?? true,
  };
}

/** Node's own list has public authorities only; a domain controller's is in the system's store, if anywhere. */
function authorities(controller: string, { ca, caFile }: TlsSettings): string[] {
  if (ca !== undefined) return [ca];
  if (caFile === undefined) return [...getCACertificates('default'), ...getCACertificates('system')];
  try {
    return [readFileSync(caFile, 'utf8')];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DirectoryRefused(
      controller,
      'configuration',
      `the file of certificate authorities is unreadable: ${reason}`,
    );
  }
}

function connected(
  controller: string,
  socket: Socket,
  event: 'connect' | 'secureConnect',
  milliseconds: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new DirectoryUnavailable(controller, `it did not answer within ${milliseconds} ms. Is a firewall in between?`),
      );
    }, milliseconds);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(connectError(controller, error));
    };
    const closed = (): void => failed(new Error('the server closed the connection'));
    socket.once('error', failed);
    socket.once('close', closed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', failed);
      socket.off('close', closed);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      resolve(socket);
    });
  });
}

/** What OpenSSL and Node call a certificate that does not verify. */
const UNTRUSTED =
  /^(ERR_TLS_CERT_|CERT_|UNABLE_TO_|SELF_SIGNED_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

function connectError(controller: string, error: Error): DirectoryUnavailable | DirectoryRefused {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNTRUSTED.test(code)) {
    const remedy =
      code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? 'Use the name that the certificate carries, in the URL or as tls.servername.'
        : code === 'CERT_HAS_EXPIRED'
          ? 'Renew the certificate of the controller.'
          : 'Give the certificate authority that signed it as tls.caFile.';
    return new DirectoryRefused(
      controller,
      'tls',
      `its certificate cannot be trusted (${code}: ${error.message}). ${remedy}`,
      { cause: error },
    );
  }
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there: is the domain controller running?',
    ENOTFOUND: 'the name cannot be resolved: check the spelling and DNS',
    EAI_AGAIN: 'DNS does not answer',
    EHOSTUNREACH: 'there is no route to it',
    ENETUNREACH: 'there is no route to it',
  };
  return new DirectoryUnavailable(controller, `no connection: ${reasons[code] ?? error.message}`, { cause: error });
}

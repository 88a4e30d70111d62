import { BindRequest, PresenceFilter, ResultCodeError, SearchRequest } from 'ldapts';

import type { DirectoryEndpoint } from './endpoint.ts';
import {
  concernsOneController,
  directoryError,
  DirectoryRefused,
  DirectoryUnavailable,
  explain,
  noControllerServes,
  RESULT,
  serverText,
} from './errors.ts';
import { LdapSession } from './session.ts';
import { openSocket } from './transport.ts';

const CONNECT_MS = 10_000;
const REQUEST_MS = 150_000;

/**
 * A bound connection to one domain controller, opened when first used. The controllers of the endpoint are tried in
 * order; from then on it stays with the one it reached, across idle disconnects too, because USNs, and what was just
 * written, belong to that controller. When it is gone for good, make a new one.
 */
export class DirectoryConnection {
  readonly #endpoint: DirectoryEndpoint;
  #controller: string | null = null;
  /** dsServiceName of the controller: a URL may stand for several (a domain's name, a load balancer). */
  #service: string | null = null;
  #opening: Promise<LdapSession> | null = null;
  #session: LdapSession | null = null;
  /** For what is asked while the first is slowed down by a search that is handed out bit by bit. */
  #aside: LdapSession | null = null;
  #closed = false;

  constructor(endpoint: DirectoryEndpoint) {
    this.#endpoint = endpoint;
  }

  /** URL of the controller that was reached; the preferred one before that. */
  get controller(): string {
    return this.#controller ?? this.#endpoint.controllers[0];
  }

  /**
   * Runs requests over the connection, which is opened again if it was lost since the last use.
   * @param doing what is done, "reading CN=..." for instance; it becomes part of the error.
   * @throws {DirectoryUnavailable} {DirectoryRefused} A lost connection and ldapts' result codes come out as one of these.
   */
  async use<T>(doing: string, operation: (session: LdapSession) => Promise<T>): Promise<T> {
    const session = await this.#ready();
    try {
      return await operation(session);
    } catch (error) {
      throw explain(error, this.controller, doing);
    }
  }

  /** As {@link use}, for an operation that hands out its results bit by bit. */
  async *stream<T>(doing: string, operation: (session: LdapSession) => AsyncGenerator<T>): AsyncGenerator<T> {
    const session = await this.#ready();
    try {
      yield* operation(session);
    } catch (error) {
      throw explain(error, this.controller, doing);
    }
  }

  /** Closes the connection for good; requests in flight fail. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    this.#session?.close();
    this.#aside?.close();
  }

  async #ready(): Promise<LdapSession> {
    if (this.#closed) throw new DirectoryUnavailable(this.controller, 'the connection was closed by us');
    const busy = this.#session?.open === true && this.#session.streams > 0;
    const ready = busy ? this.#aside : this.#session;
    if (ready?.open === true) return ready;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    const session = await this.#opening;
    if (busy) this.#aside = session;
    else this.#session = session;
    return session;
  }

  async #open(): Promise<LdapSession> {
    if (this.#controller !== null) return this.#openAt(this.#controller);
    const failures: (DirectoryUnavailable | DirectoryRefused)[] = [];
    for (const controller of this.#endpoint.controllers) {
      try {
        const session = await this.#openAt(controller);
        this.#controller = controller;
        return session;
      } catch (error) {
        if (!concernsOneController(error)) throw error;
        failures.push(error);
      }
    }
    throw noControllerServes(failures);
  }

  async #openAt(controller: string): Promise<LdapSession> {
    const { account, password } = this.#endpoint.bind;
    if (password === '' || account === '') {
      // RFC 4513 5.1.2: a bind with a name and no password succeeds, as nobody.
      throw new DirectoryRefused(controller, 'configuration', 'the account or its password is empty.');
    }
    const connectMs = this.#endpoint.timeouts?.connectMs ?? CONNECT_MS;
    const requestMs = this.#endpoint.timeouts?.requestMs ?? REQUEST_MS;
    const socket = await openSocket(controller, this.#endpoint, connectMs);
    const session = new LdapSession(socket, requestMs);
    try {
      await session.send((messageId) => new BindRequest({ messageId, dn: account, password }), undefined, connectMs);
      const service = await serviceName(session);
      if (this.#service !== null && service !== this.#service) {
        throw new DirectoryUnavailable(
          controller,
          'another domain controller answered than before. What was read from the first must be read anew.',
        );
      }
      this.#service = service;
      return session;
    } catch (error) {
      session.close();
      throw error instanceof ResultCodeError
        ? bindError(error, controller, account)
        : explain(error, controller, 'the log-on');
    }
  }
}

async function serviceName(session: LdapSession): Promise<string> {
  let name = '';
  await session.send(
    (messageId) =>
      new SearchRequest({
        messageId,
        scope: 'base',
        filter: new PresenceFilter({ attribute: 'objectClass' }),
        attributes: ['dsServiceName'],
        timeLimit: 0,
      }),
    (entry) => {
      name = entry.attributes[0]?.parsedBuffers[0]?.toString() ?? '';
    },
  );
  return name;
}

/** What Active Directory's "data" code of a refused bind says (Win32 logon errors, in hexadecimal). */
const LOGON: Readonly<Record<string, string>> = {
  '525': 'there is no such account. Check how it is written: DOMAIN\\account, account@domain or its DN',
  '52e': 'the account or its password is wrong',
  '530': 'the account may not log on at this time of day',
  '531': 'the account may not log on from this machine',
  '532': 'the password of the account has expired. Set a new one',
  '533': 'the account is disabled. Enable it',
  '701': 'the account has expired',
  '773': 'the account must change its password first. Set one that does not ask for it',
  '775': 'the account is locked out. Unlock it, and look for who tries wrong passwords',
};

function bindError(
  error: ResultCodeError,
  controller: string,
  account: string,
): DirectoryUnavailable | DirectoryRefused {
  const answer = `result code ${error.code}: ${serverText(error)}`;
  switch (error.code) {
    case RESULT.invalidCredentials: {
      const code = /\bdata ([0-9a-f]+)/i.exec(error.message)?.[1]?.toLowerCase() ?? '';
      const cause = LOGON[code] ?? 'the account or its password was not accepted';
      return new DirectoryRefused(controller, 'credentials', `no log-on as ${account}: ${cause} (${answer}).`);
    }
    case RESULT.strongerAuthRequired:
    case RESULT.confidentialityRequired:
      return new DirectoryRefused(
        controller,
        'configuration',
        `the server takes a password over TLS only (${answer}). Use ldaps://, or ldap:// without tls.plain.`,
      );
    default: {
      const explained = directoryError(error, controller, `the log-on of ${account}`);
      return explained instanceof DirectoryUnavailable
        ? explained
        : new DirectoryRefused(controller, 'credentials', explained.message.slice(controller.length + 2));
    }
  }
}

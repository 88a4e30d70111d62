import type { Socket } from 'node:net';

import {
  Ber,
  BerReader,
  type Control,
  type Message,
  MessageParser,
  type MessageResponse,
  PagedResultsControl,
  SearchEntry,
  SearchReference,
  StatusCodeParser,
  UnbindRequest,
} from 'ldapts';

import { SessionLost } from './errors.ts';

/** What a request was answered with, apart from its entries. */
export interface Answer {
  readonly controls: readonly Control[];
}

interface Pending {
  readonly message: Message;
  readonly onEntry: ((entry: SearchEntry, bytes: number) => void) | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One LDAP connection: sends messages over a socket and matches the answers; any number may be in flight.
 *
 * It stands on ldapts' messages and BER codec instead of its `Client` because a correct connector needs what `Client`
 * keeps to itself: the cookie of an empty page (it would end the search early and lose entries), values as bytes
 * whatever they look like, attributes that came without values (DirSync's "cleared"), and a connection that never
 * reopens itself without a bind.
 */
export class LdapSession {
  /** Searches under way that may {@link pause} it. */
  streams = 0;
  readonly #socket: Socket;
  readonly #silenceMs: number;
  readonly #parser = new MessageParser();
  /** Keyed by message id as text, which is the form that ldapts' parser looks up. */
  readonly #pending = new Map<string, Pending>();
  #chunks: Buffer[] = [];
  #received = 0;
  /** Bytes of the message that is arriving; the length of its header until that has come. */
  #needed = 2;
  /** Bytes of the message that is being read. */
  #size = 0;
  #lastId = 0;
  #lost: SessionLost | null = null;

  /** Takes over a connected socket. `silenceMs`: see {@link send}. */
  constructor(socket: Socket, silenceMs: number) {
    this.#socket = socket;
    this.#silenceMs = silenceMs;
    this.#parser.on('message', (message) => this.#onMessage(message));
    this.#parser.on('error', (error: Error) => this.#lose(`an answer could not be read: ${error.message}`, error));
    socket.on('data', this.#onData);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  get open(): boolean {
    return this.#lost === null;
  }

  /**
   * Sends the message that `build` makes for a message id and waits for the end of its answer; `onEntry` is called for
   * each search entry as it arrives, with its size. `silenceMs` is how long the next entry, or the end, may take. Continuation
   * references are ignored: they lead to other naming contexts.
   * @throws ldapts' `ResultCodeError` for any result code but success, {@link SessionLost} when the connection is gone.
   */
  send(
    build: (messageId: number) => Message,
    onEntry?: (entry: SearchEntry, bytes: number) => void,
    silenceMs = this.#silenceMs,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) throw this.#lost;
      this.#lastId = (this.#lastId % 0x7ffffffe) + 1;
      const message = build(this.#lastId);
      const timer = setTimeout(() => {
        // It is not the server that is silent when we do not listen.
        if (this.#socket.isPaused()) timer.refresh();
        else this.#lose(`the server was silent for ${silenceMs} ms`);
      }, silenceMs);
      this.#pending.set(message.messageId.toString(), { message, onEntry, resolve, reject, timer });
      this.#socket.write(message.write());
    });
  }

  /** Takes nothing more from the socket, so that the server waits; what came with the last bytes is still handed out. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.open) this.#socket.resume();
  }

  /** Gives the socket back, for StartTLS. Nothing may be in flight. */
  release(): Socket {
    this.#lost = new SessionLost('the connection was handed over');
    this.#socket.off('data', this.#onData);
    this.#socket.off('error', this.#onError);
    this.#socket.off('close', this.#onClose);
    return this.#socket;
  }

  /** Says good-bye and closes; requests in flight fail. */
  close(): void {
    if (this.#lost !== null) return;
    this.#socket.write(new UnbindRequest({ messageId: this.#lastId + 1 }).write());
    this.#socket.destroySoon();
    this.#fail(new SessionLost('the connection was closed by us'));
  }

  readonly #onError = (error: Error): void => this.#lose(error.message, error);

  readonly #onClose = (): void => this.#lose('the server closed the connection');

  /** Hands the parser whole messages: given pieces, it would copy all that came so far for every one of them. */
  readonly #onData = (data: Buffer): void => {
    this.#chunks.push(data);
    this.#received += data.length;
    if (this.#received < this.#needed) return;
    let rest = this.#chunks.length === 1 ? data : Buffer.concat(this.#chunks, this.#received);
    while (this.#lost === null) {
      const length = messageLength(rest);
      if (length === undefined) {
        this.#lose('what the server sent is not LDAP');
        return;
      }
      this.#needed = length;
      if (rest.length < length) break;
      this.#size = length;
      this.#parser.read(rest.subarray(0, length), this.#pending);
      rest = rest.subarray(length);
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#received = rest.length;
  };

  #onMessage(message: MessageResponse): void {
    const id = message.messageId.toString();
    const pending = this.#pending.get(id);
    if (pending === undefined) {
      // Notice of disconnection (RFC 4511 4.4.1) comes with id 0; the close that follows it ends what is in flight.
      return;
    }
    if (message instanceof SearchEntry) {
      pending.timer.refresh();
      try {
        pending.onEntry?.(message, this.#size);
      } catch (error) {
        // The rest of the answer comes all the same; it finds nobody waiting.
        this.#settle(id, pending);
        pending.reject(error);
      }
      return;
    }
    if (message instanceof SearchReference) {
      pending.timer.refresh();
      return;
    }
    this.#settle(id, pending);
    if (message.status === 0) pending.resolve({ controls: message.controls ?? [] });
    else pending.reject(StatusCodeParser.parse(message));
  }

  #settle(id: string, pending: Pending): void {
    clearTimeout(pending.timer);
    this.#pending.delete(id);
  }

  #lose(reason: string, cause?: Error): void {
    if (this.#lost !== null) return;
    this.#socket.destroy();
    this.#fail(new SessionLost(reason, { cause }));
  }

  #fail(lost: SessionLost): void {
    this.#lost = lost;
    this.#chunks = [];
    for (const [id, pending] of [...this.#pending]) {
      this.#settle(id, pending);
      pending.reject(lost);
    }
  }
}

/** The cookie of a page of results; empty on the last page, and from a server that does not page. */
export function pageCookie(answer: Answer): Buffer {
  for (const control of answer.controls) {
    if (control instanceof PagedResultsControl) return Buffer.from(control.value?.cookie ?? Buffer.alloc(0));
  }
  return Buffer.alloc(0);
}

/** The largest message that is believed; a server's MaxReceiveBuffer is far below. */
const MAX_MESSAGE = 512 * 1024 * 1024;

/** Bytes of the BER message at the start of the buffer, one more than there are while it cannot be told yet. */
function messageLength(buffer: Buffer): number | undefined {
  const reader = new BerReader(buffer);
  try {
    if (reader.readSequence(Ber.Sequence | Ber.Constructor) === null) return buffer.length + 1;
  } catch {
    return undefined;
  }
  return reader.length < 0 || reader.length > MAX_MESSAGE ? undefined : reader.offset + reader.length;
}

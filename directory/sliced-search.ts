import type { Message, SearchEntry } from 'ldapts';

import type { Answer, LdapSession } from './session.ts';

/** Bytes of a slice, which is also what a DirSync answer of Active Directory is asked to hold (see controls.ts). */
const SLICE_BYTES = 1024 * 1024;

/** Some entries of an answer. */
export interface Slice {
  readonly entries: readonly SearchEntry[];
  /** The end of the answer, with the last slice. */
  readonly answer: Answer | null;
}

/**
 * A search whose entries are handed out as they arrive, about a megabyte at a time. No more than the next slice is taken
 * from the socket while one is handled, so that the server waits however long its answer is: Samba puts a whole DirSync
 * into one, and a photo can be 100 KiB.
 *
 * While it goes on, other requests belong on another session: their answers may be behind what is not taken yet.
 */
export class SlicedSearch {
  readonly #session: LdapSession;
  readonly #answer: Promise<Answer>;
  #entries: SearchEntry[] = [];
  #bytes = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  /** Sends the message that `build` makes for a message id. */
  constructor(session: LdapSession, build: (messageId: number) => Message) {
    this.#session = session;
    session.streams += 1;
    this.#answer = session
      .send(build, (entry, bytes) => {
        if (this.#ended) return;
        this.#entries.push(entry);
        this.#bytes += bytes;
        if (this.#full) {
          session.pause();
          this.#wake();
        }
      })
      .finally(() => {
        this.#end();
      });
    // Whoever stops early does not wait for it.
    this.#answer.catch(() => undefined);
  }

  get #full(): boolean {
    return this.#bytes >= SLICE_BYTES;
  }

  /** The next slice, not to be called again before it has come. @throws as `LdapSession.send` */
  async next(): Promise<Slice> {
    if (!this.#full && !this.#ended)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const answer = this.#ended ? await this.#answer : null;
    const entries = this.#entries;
    this.#entries = [];
    this.#bytes = 0;
    this.#session.resume();
    return { entries, answer };
  }

  /** Takes no more; the rest of the answer finds nobody waiting. */
  abandon(): void {
    this.#end();
    this.#session.resume();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#session.streams -= 1;
    this.#wake();
  }
}

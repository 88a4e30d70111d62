import { type Control, PagedResultsControl, PresenceFilter, ResultCodeError, SearchRequest } from 'ldapts';

import { attribute } from '../rules/attributes.ts';
import type { ControllerPosition } from '../rules/controllers.ts';
import { DirectoryConnection } from './connection.ts';
import { ExtendedDnControl, ShowRecycledControl } from './controls.ts';
import { EntryDecoder, requested } from './decoder.ts';
import { type DirSyncAnswer, type DirSyncQuery, dirSyncAnswers } from './dirsync.ts';
import { accessList, accountSids, type EffectiveRights, effectiveRights } from './effective-rights.ts';
import type { DirectoryEndpoint } from './endpoint.ts';
import type { DirectoryEntry, RangeStep } from './entries.ts';
import { DirectoryUnavailable, RESULT } from './errors.ts';
import { type DirectoryFilter, equal } from './filter.ts';
import type { Target } from './outcome.ts';
import { readPosition } from './position.ts';
import { rangeSteps } from './ranges.ts';
import { readRootDse, type RootDse } from './root-dse.ts';
import { type LdapSession, pageCookie } from './session.ts';
import { type Slice, SlicedSearch } from './sliced-search.ts';

export interface PageQuery {
  /** DN, `<GUID=...>` or `<WKGUID=...>`. */
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: DirectoryFilter;
  /** Names from the catalogue (rules/attributes.ts). */
  readonly attributes: readonly string[];
  /** Entries a page: 1 to 1,000, which is Active Directory's MaxPageSize. */
  readonly pageSize: number;
  /**
   * Values of each linked attribute to send with an entry, at least 2; of longer lists only the beginning comes (see
   * {@link DirectoryEntry.incompleteRanges}). By default as many as the server likes.
   */
  readonly linkValues?: number;
  /** Also deleted and recycled objects. */
  readonly showDeleted?: boolean;
  /** Looked at before each page. */
  readonly signal?: AbortSignal;
}

export interface RangeOptions {
  /** Values to ask for at a time; by default as many as the server likes (MaxValRange). At least 2. */
  readonly size?: number;
  /** Looked at before each range. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a directory. It has no method that writes and no way to the connection, so whoever holds a reader of a customer
 * forest cannot change anything there.
 *
 * All methods throw {@link DirectoryUnavailable} (try again later) or `DirectoryRefused` (somebody must mend something).
 */
export class DirectoryReader {
  readonly #connection: DirectoryConnection;

  constructor(connection: DirectoryConnection) {
    this.#connection = connection;
  }

  /** URL of the domain controller that is read; the preferred one before the first request. */
  get controller(): string {
    return this.#connection.controller;
  }

  /** What the domain controller says of itself. */
  rootDse(): Promise<RootDse> {
    return this.#connection.use('reading the root DSE', (session) => readRootDse(session, this.controller));
  }

  /** How far the domain controller has come with a naming context. */
  position(namingContext: string): Promise<ControllerPosition> {
    return this.#connection.use(`reading the replication state of ${namingContext}`, async (session) =>
      readPosition(session, await readRootDse(session, this.controller), namingContext),
    );
  }

  /**
   * The entries that match, a page or, where those are big, a part of a page at a time. The next is on its way while one
   * is handled, so up to two are in memory. Referrals to other naming contexts are not followed. A connection that drops on the way ends it with
   * {@link DirectoryUnavailable}: start again from the beginning.
   */
  pages(query: PageQuery): AsyncGenerator<DirectoryEntry[]> {
    return this.#connection.stream(`searching ${query.base}`, (session) =>
      searchPages(session, query, ranged(requested(query.attributes, this.controller), query), this.controller),
    );
  }

  /** One object, or null when it does not exist or the account may not see it. */
  async read(
    target: Target,
    attributes: readonly string[],
    options: { readonly showDeleted?: boolean } = {},
  ): Promise<DirectoryEntry | null> {
    const base = baseOf(target);
    const names = requested(attributes, this.controller);
    return this.#connection.use(`reading ${base}`, (session) => readEntry(session, base, names, options.showDeleted));
  }

  /** SIDs of the account that reads, and of all groups that it is in. */
  accountSids(): Promise<readonly string[]> {
    return this.#connection.use('reading the groups of the account', accountSids);
  }

  /** What the account may change of an object, or null when it may not see it. */
  effectiveRights(target: Target): Promise<EffectiveRights | null> {
    const base = baseOf(target);
    return this.#connection.use(`reading the rights on ${base}`, (session) => effectiveRights(session, base));
  }

  /** The security descriptor of an object with its DACL alone, self-relative; null where the account may not read it. */
  accessList(target: Target): Promise<Buffer | null> {
    const base = baseOf(target);
    return this.#connection.use(`reading the rights on ${base}`, (session) => accessList(session, base));
  }

  /**
   * All values of a DN-valued attribute, a range at a time, in bounded memory. Each range begins with the last value
   * of the one before, so that a list which shifts in between is noticed even when a member's deletion does not change
   * the holder's uSNChanged; then it starts again.
   * @throws {DirectoryUnavailable} when it changed in each of five tries.
   */
  ranges(guid: string, attribute: string, options: RangeOptions = {}): AsyncGenerator<RangeStep> {
    return this.#connection.stream(`reading ${attribute} of <GUID=${guid}>`, (session) => {
      const [name = attribute] = requested([attribute], this.controller);
      return rangeSteps(session, this.controller, guid, name, options);
    });
  }

  /**
   * What changed in a naming context since a cookie (MS-ADTS 3.1.1.3.4.1.3); with a null cookie, all that is there. A
   * long answer comes in parts, of which the last has the cookie: store it together with that, after the others.
   * @throws {CookieRejected} when the server does not take the cookie.
   */
  dirSync(query: DirSyncQuery): AsyncGenerator<DirSyncAnswer> {
    const names = requested(query.attributes, this.controller);
    return this.#connection.stream(`DirSync of ${query.namingContext}`, (session) =>
      dirSyncAnswers(session, this.controller, query, names),
    );
  }

  /** A cookie that stands for now, at the price of a search that matches nothing. */
  async cookieFor(namingContext: string, options: { readonly objectSecurity?: boolean } = {}): Promise<Buffer> {
    const nothing = equal('objectGUID', '00000000-0000-0000-0000-000000000000');
    let cookie = Buffer.alloc(0);
    for await (const answer of this.dirSync({
      namingContext,
      cookie: null,
      filter: nothing,
      attributes: ['name'],
      ...options,
    })) {
      if (answer.cookie !== undefined) cookie = Buffer.from(answer.cookie);
    }
    return cookie;
  }

  /** Closes the connection; requests in flight fail. */
  close(): Promise<void> {
    return this.#connection.close();
  }
}

/** A reader with a connection of its own, which opens at the first request. */
export function openReader(endpoint: DirectoryEndpoint): DirectoryReader {
  return new DirectoryReader(new DirectoryConnection(endpoint));
}

/** The search base that stands for a target. */
export function baseOf(target: Target): string {
  return 'guid' in target ? `<GUID=${target.guid}>` : target.dn;
}

/** Asks for the beginning of multi-valued links only (MS-ADTS 3.1.1.3.1.3.3). */
function ranged(names: readonly string[], { linkValues }: PageQuery): readonly string[] {
  if (linkValues === undefined) return names;
  const range = `range=0-${Math.max(Math.trunc(linkValues), 2) - 1}`;
  return names.map((name) => {
    const definition = attribute(name);
    return definition?.link === true && definition.multi ? `${name};${range}` : name;
  });
}

function controlsFor(showDeleted: boolean | undefined): Control[] {
  return showDeleted === true ? [new ExtendedDnControl(), new ShowRecycledControl()] : [new ExtendedDnControl()];
}

async function readEntry(
  session: LdapSession,
  base: string,
  names: readonly string[],
  showDeleted: boolean | undefined,
): Promise<DirectoryEntry | null> {
  const decoder = new EntryDecoder();
  let found: DirectoryEntry | null = null;
  try {
    await session.send(
      (messageId) =>
        new SearchRequest({
          messageId,
          baseDN: base,
          scope: 'base',
          filter: new PresenceFilter({ attribute: 'objectClass' }),
          attributes: names.length === 0 ? ['1.1'] : [...names],
          timeLimit: 0,
          controls: controlsFor(showDeleted),
        }),
      (source) => {
        found = decoder.entry(source) ?? null;
      },
    );
  } catch (error) {
    if (error instanceof ResultCodeError && error.code === RESULT.noSuchObject) return null;
    throw error;
  }
  return found;
}

async function* searchPages(
  session: LdapSession,
  query: PageQuery,
  names: readonly string[],
  controller: string,
): AsyncGenerator<DirectoryEntry[]> {
  const decoder = new EntryDecoder();
  const size = Math.min(Math.max(Math.trunc(query.pageSize), 1), 1000);

  const ask = (cookie: Buffer): SlicedSearch =>
    new SlicedSearch(
      session,
      (messageId) =>
        new SearchRequest({
          messageId,
          baseDN: query.base,
          scope: query.scope,
          filter: query.filter,
          attributes: names.length === 0 ? ['1.1'] : [...names],
          timeLimit: 0,
          controls: [
            ...controlsFor(query.showDeleted),
            new PagedResultsControl({ critical: true, value: { size, cookie } }),
          ],
        }),
    );

  let search = ask(Buffer.alloc(0));
  try {
    for (let first = true, more = true; more;) {
      query.signal?.throwIfAborted();
      let slice: Slice;
      try {
        slice = await search.next();
      } catch (error) {
        // The server may throw away the state of a paged search under load (MaxResultSetSize, KB 315071).
        if (first || !(error instanceof ResultCodeError)) throw error;
        throw new DirectoryUnavailable(
          controller,
          `the paged search of ${query.base} was cut short: ${error.message}`,
          { cause: error },
        );
      }
      if (slice.answer !== null) {
        const next = pageCookie(slice.answer);
        first = false;
        more = next.length > 0;
        if (more) search = ask(next);
      }
      const entries = slice.entries.flatMap((source) => decoder.entry(source) ?? []);
      if (entries.length > 0) yield entries;
    }
  } finally {
    search.abandon();
  }
}

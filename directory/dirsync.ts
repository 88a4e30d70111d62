import { PresenceFilter, ResultCodeError, type SearchEntry, SearchRequest } from 'ldapts';

import { mangledName } from '../rules/dn.ts';
import { DIRSYNC, DirSyncControl, ExtendedDnControl } from './controls.ts';
import { EntryDecoder, images, linkTarget, targets } from './decoder.ts';
import type { DirSyncEntry, LinkTarget } from './entries.ts';
import { CookieRejected, RESULT, serverText } from './errors.ts';
import type { DirectoryFilter } from './filter.ts';
import type { LdapSession } from './session.ts';
import { SlicedSearch } from './sliced-search.ts';
import { guidText } from './values.ts';

export interface DirSyncQuery {
  /** DN of a naming context's head; the server refuses anything below. */
  readonly namingContext: string;
  /** Null to begin. */
  readonly cookie: Buffer | null;
  /**
   * Names from the catalogue. The list is a filter too: objects come when one of these changed, or their name, parent
   * or deletion, which are always asked for.
   */
  readonly attributes: readonly string[];
  /**
   * Is looked at as objects are now: one that ceases to match goes unreported. Filter by objectClass only, which
   * deleted objects keep. All objects by default.
   */
  readonly filter?: DirectoryFilter;
  /**
   * Read with the account's own rights instead of the right "Replicating Directory Changes" on the naming context.
   * Whatever the account may not read is missing without a word, deletions too unless it may read Deleted Objects.
   */
  readonly objectSecurity?: boolean;
  /** Looked at before each request. */
  readonly signal?: AbortSignal;
}

/** An answer, or a part of a long one. */
export interface DirSyncAnswer {
  readonly entries: readonly DirSyncEntry[];
  /**
   * Stands for this and all before it, with the last part of an answer. Undefined with the others: what they say is
   * covered by nothing yet, and comes again when the read begins anew.
   */
  readonly cookie: Buffer | undefined;
  /** There is more to come; the generator goes on by itself. */
  readonly more: boolean;
}

/** What a change means to the tree, whatever else was asked for. */
const ALWAYS = ['name', 'parentGUID', 'isDeleted', 'lastKnownParent'];

/** Result codes with which servers refuse a cookie: Samba 12, Active Directory 2 or 53. */
const REJECTING: ReadonlySet<number> = new Set([
  RESULT.protocolError,
  RESULT.unavailableCriticalExtension,
  RESULT.unwillingToPerform,
]);

/** Asks until the server has no more to tell. */
export async function* dirSyncAnswers(
  session: LdapSession,
  controller: string,
  query: DirSyncQuery,
  names: readonly string[],
): AsyncGenerator<DirSyncAnswer> {
  const flags =
    DIRSYNC.incrementalValues |
    DIRSYNC.ancestorsFirstOrder |
    (query.objectSecurity === true ? DIRSYNC.objectSecurity : 0);
  const decoder = new DirSyncDecoder(names);
  let cookie = query.cookie ?? Buffer.alloc(0);
  let more = true;
  while (more) {
    query.signal?.throwIfAborted();
    const control = new DirSyncControl(cookie, flags);
    const search = new SlicedSearch(
      session,
      (messageId) =>
        new SearchRequest({
          messageId,
          baseDN: query.namingContext,
          scope: 'sub',
          filter: query.filter ?? new PresenceFilter({ attribute: 'objectClass' }),
          attributes: [...new Set([...names, ...ALWAYS])],
          timeLimit: 0,
          controls: [control, new ExtendedDnControl()],
        }),
    );
    try {
      for (let last = false; !last;) {
        const { entries, answer } = await search.next();
        last = answer !== null;
        if (last) more = control.more;
        yield {
          entries: entries.flatMap((source) => decoder.entry(source) ?? []),
          cookie: last ? control.cookie : undefined,
          more,
        };
        query.signal?.throwIfAborted();
      }
    } catch (error) {
      if (error instanceof ResultCodeError && cookie.length > 0 && REJECTING.has(error.code)) {
        throw new CookieRejected(controller, query.namingContext, error.code, serverText(error));
      }
      throw error;
    } finally {
      search.abandon();
    }
    cookie = control.cookie;
  }
}

class DirSyncDecoder {
  readonly #columns = new EntryDecoder();
  readonly #wanted: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.#wanted = new Set(names);
  }

  entry(source: SearchEntry): DirSyncEntry | undefined {
    const { guid, dn } = linkTarget(source.name);
    if (guid === null) return undefined;
    const changed: Record<string, readonly string[]> = {};
    const linkAdds: Record<string, readonly LinkTarget[]> = {};
    const linkRemoves: Record<string, readonly LinkTarget[]> = {};
    const linkSets: Record<string, readonly LinkTarget[]> = {};
    const malformed: string[] = [];
    let deleted = mangledName(dn)?.kind === 'deleted';
    let returned = false;
    let parentGuid: string | null = null;
    let lastKnownParent: LinkTarget | null = null;

    for (const part of source.attributes) {
      const { definition, range } = this.#columns.column(part.type);
      if (definition === undefined) continue;
      const first = part.parsedBuffers[0];
      if (definition.name === 'isDeleted' && first?.toString() === 'TRUE') deleted = true;
      if (definition.name === 'isDeleted' && first === undefined) returned = true;
      if (definition.name === 'parentGUID' && first !== undefined) parentGuid = guidText(first) ?? null;
      if (definition.name === 'lastKnownParent' && first !== undefined) lastKnownParent = linkTarget(first.toString());
      if (!this.#wanted.has(definition.name)) continue;
      if (definition.syntax !== 'dn') {
        const values = images(definition, part);
        if (values === undefined) malformed.push(definition.name);
        else changed[definition.name] = values;
        continue;
      }
      const values = targets(definition, part);
      // With INCREMENTAL_VALUES, `range=1-1` holds the added values of a linked attribute and `range=0-0` the removed.
      const into = range === null ? linkSets : range.from === 0 ? linkRemoves : linkAdds;
      if (values === undefined) malformed.push(definition.name);
      else into[definition.name] = [...(into[definition.name] ?? []), ...values];
    }
    return {
      dn,
      guid,
      deleted,
      returned,
      parentGuid,
      lastKnownParent,
      changed,
      linkAdds,
      linkRemoves,
      linkSets,
      malformed,
    };
  }
}

import { type Attribute, PresenceFilter, ResultCodeError, SearchRequest } from 'ldapts';

import { ExtendedDnControl } from './controls.ts';
import { column, targets } from './decoder.ts';
import type { LinkTarget, RangeStep } from './entries.ts';
import { DirectoryUnavailable, RESULT } from './errors.ts';
import type { LdapSession } from './session.ts';

const TRIES = 5;

interface RangeAnswer {
  readonly usn: string;
  readonly values: readonly LinkTarget[];
  /** Index of the last value, null when that is the end of the list. */
  readonly to: number | null;
}

/** See `DirectoryReader.ranges`. */
export async function* rangeSteps(
  session: LdapSession,
  controller: string,
  guid: string,
  name: string,
  options: { readonly size?: number; readonly signal?: AbortSignal },
): AsyncGenerator<RangeStep> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) yield { kind: 'restart' };
    const state = yield* oneTry(session, guid, name, options);
    if (state !== 'changed') return;
  }
  throw new DirectoryUnavailable(
    controller,
    `${name} of <GUID=${guid}> changed while it was read, ${TRIES} times running. Read it again when it is quieter.`,
  );
}

async function* oneTry(
  session: LdapSession,
  guid: string,
  name: string,
  { size, signal }: { readonly size?: number; readonly signal?: AbortSignal },
): AsyncGenerator<RangeStep, 'done' | 'changed'> {
  let usn: string | null = null;
  /** The last value that was handed out, and its index. */
  let last: { readonly value: LinkTarget; readonly index: number } | null = null;
  for (;;) {
    signal?.throwIfAborted();
    const from: number = last?.index ?? 0;
    const answer: RangeAnswer | 'gone' | 'shrunk' = await askRange(session, guid, name, from, size);
    if (answer === 'gone') {
      yield { kind: 'gone' };
      return 'done';
    }
    if (answer === 'shrunk' || (usn !== null && usn !== answer.usn)) return 'changed';
    usn = answer.usn;
    let values = answer.values;
    if (last !== null) {
      const [again, ...others] = values;
      if (again === undefined || !sameTarget(again, last.value)) return 'changed';
      values = others;
    }
    if (values.length > 0) yield { kind: 'values', values };
    const final = values.at(-1);
    if (answer.to === null || (last === null && final === undefined)) return 'done';
    // No step forward would ask for the same range for ever.
    if (final === undefined || answer.to <= from) return 'changed';
    last = { value: final, index: answer.to };
  }
}

async function askRange(
  session: LdapSession,
  guid: string,
  name: string,
  from: number,
  size: number | undefined,
): Promise<RangeAnswer | 'gone' | 'shrunk'> {
  const to = size === undefined ? '*' : String(from + Math.max(size, 2) - 1);
  const found: (readonly Attribute[])[] = [];
  try {
    await session.send(
      (messageId) =>
        new SearchRequest({
          messageId,
          baseDN: `<GUID=${guid}>`,
          scope: 'base',
          filter: new PresenceFilter({ attribute: 'objectClass' }),
          attributes: [`${name};range=${from}-${to}`, 'uSNChanged'],
          timeLimit: 0,
          controls: [new ExtendedDnControl()],
        }),
      (entry) => {
        found.push(entry.attributes);
      },
    );
  } catch (error) {
    if (!(error instanceof ResultCodeError)) throw error;
    if (error.code === RESULT.noSuchObject) return 'gone';
    // Active Directory and Samba answer operationsError for a range that begins behind the end.
    if (error.code === RESULT.operationsError && from > 0) return 'shrunk';
    throw error;
  }
  const [attributes] = found;
  return attributes === undefined ? 'gone' : rangeAnswer(attributes);
}

function rangeAnswer(attributes: readonly Attribute[]): RangeAnswer {
  let usn = '';
  let values: readonly LinkTarget[] = [];
  let to: number | null = null;
  for (const part of attributes) {
    const { definition, range } = column(part.type);
    if (definition === undefined) continue;
    if (definition.name === 'uSNChanged') usn = part.parsedBuffers[0]?.toString() ?? '';
    else if (part.parsedBuffers.length > 0) {
      const read = targets(definition, part);
      if (read === undefined) throw new Error(`${definition.name} has a value that is not UTF-8`);
      values = read;
      to = range?.to ?? null;
    }
  }
  return { usn, values, to };
}

function sameTarget(one: LinkTarget, other: LinkTarget): boolean {
  return one.guid === null ? one.dn === other.dn : one.guid === other.guid;
}

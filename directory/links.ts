import { ResultCodeError, SearchRequest } from 'ldapts';

import type { DirectoryConnection } from './connection.ts';
import { RESULT } from './errors.ts';
import { type DirectoryFilter, equal, present } from './filter.ts';
import type { AttributeChange, LinkChange, LinkChangeOutcome, LinkFailure, Target, WriteOutcome } from './outcome.ts';
import { baseOf } from './reader.ts';

/** Values in one modify request. */
const CHUNK = 1000;

/** Codes by which servers say that a link value is there already, or is not there. */
const MAY_BE_DONE = {
  add: new Set<number>([RESULT.entryAlreadyExists, RESULT.attributeOrValueExists]),
  remove: new Set<number>([RESULT.unwillingToPerform, RESULT.noSuchAttribute]),
} as const;

/** Codes that may be due to one of the values; with any other, none of them stands a chance. */
const BY_VALUE: ReadonlySet<number> = new Set([
  ...MAY_BE_DONE.add,
  ...MAY_BE_DONE.remove,
  RESULT.constraintViolation,
  RESULT.invalidAttributeSyntax,
  RESULT.noSuchObject,
  RESULT.invalidDnSyntax,
]);

interface LinkModifier {
  modify(changes: readonly AttributeChange[]): Promise<WriteOutcome>;
}

/** See `DirectoryWriter.changeLinks`. */
export async function changeLinks(
  connection: DirectoryConnection,
  holder: LinkModifier,
  target: Target,
  name: string,
  change: LinkChange,
): Promise<LinkChangeOutcome> {
  const failures: LinkFailure[] = [];
  const base = baseOf(target);
  const isGone = async (): Promise<boolean> => (await matches(connection, base, present('objectClass'))) === null;

  const apply = async (operation: 'add' | 'remove', values: readonly string[]): Promise<void> => {
    const outcome = await holder.modify([
      { operation: operation === 'add' ? 'add' : 'delete', attribute: name, values },
    ]);
    if (outcome.ok) return;
    if (!BY_VALUE.has(outcome.code) || (outcome.code === RESULT.noSuchObject && (await isGone()))) {
      failures.push(...values.map((value) => ({ operation, value, outcome })));
      return;
    }
    const [value, ...others] = values;
    if (value === undefined) return;
    if (others.length > 0) {
      const middle = Math.ceil(values.length / 2);
      await apply(operation, values.slice(0, middle));
      await apply(operation, values.slice(middle));
      return;
    }
    const isDone =
      MAY_BE_DONE[operation].has(outcome.code) &&
      (await matches(connection, base, equal(name, value))) === (operation === 'add');
    if (!isDone) failures.push({ operation, value, outcome });
  };

  for (const operation of ['remove', 'add'] as const) {
    const values = change[operation];
    for (let at = 0; at < values.length; at += CHUNK) await apply(operation, values.slice(at, at + CHUNK));
  }
  return { failures };
}

/** Whether an object matches a filter; null when there is no such object. */
function matches(connection: DirectoryConnection, baseDN: string, filter: DirectoryFilter): Promise<boolean | null> {
  return connection.use(`looking at ${baseDN}`, async (session) => {
    let found = false;
    try {
      await session.send(
        (messageId) =>
          new SearchRequest({
            messageId,
            baseDN,
            scope: 'base',
            filter,
            attributes: ['1.1'],
            timeLimit: 0,
          }),
        () => {
          found = true;
        },
      );
    } catch (error) {
      if (error instanceof ResultCodeError && error.code === RESULT.noSuchObject) return null;
      throw error;
    }
    return found;
  });
}

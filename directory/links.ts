import { ResultCodeError, SearchRequest } from 'ldapts';

import { dnKey } from '../rules/dn.ts';
import type { DirectoryConnection } from './connection.ts';
import { linkTarget } from './decoder.ts';
import { RESULT } from './errors.ts';
import { equal } from './filter.ts';
import type { AttributeChange, LinkChange, LinkChangeOutcome, LinkFailure, Target, WriteOutcome } from './outcome.ts';
import { baseOf, type DirectoryReader } from './reader.ts';

/** Values in one modify request. */
const CHUNK = 1000;

type LinkOperation = 'add' | 'remove';

/** Codes by which servers say that a link value is there already, or is not there. */
const MAY_BE_DONE: Readonly<Record<LinkOperation, ReadonlySet<number>>> = {
  add: new Set([RESULT.entryAlreadyExists, RESULT.attributeOrValueExists]),
  remove: new Set([RESULT.unwillingToPerform, RESULT.noSuchAttribute]),
};

/** Codes that may be due to one of the values; with any other, none of them stands a chance. */
const BY_VALUE: ReadonlySet<number> = new Set([
  ...MAY_BE_DONE.add,
  ...MAY_BE_DONE.remove,
  RESULT.constraintViolation,
  RESULT.invalidAttributeSyntax,
  RESULT.noSuchObject,
  RESULT.invalidDnSyntax,
]);

/** The object whose links are changed, and the ways to it. */
export interface LinkHolder {
  readonly connection: DirectoryConnection;
  readonly reader: DirectoryReader;
  readonly target: Target;
  modify(changes: readonly AttributeChange[]): Promise<WriteOutcome>;
}

/** See `DirectoryWriter.changeLinks`. */
export async function changeLinks(holder: LinkHolder, name: string, change: LinkChange): Promise<LinkChangeOutcome> {
  const failures: LinkFailure[] = [];
  /** The values as they were when the first request was refused; a retried page finds most of its work done. */
  let known: ReadonlySet<string> | null = null;

  const undone = (operation: LinkOperation, values: readonly string[]): readonly string[] =>
    known === null ? values : values.filter((value) => known?.has(keyOf(value)) !== (operation === 'add'));

  const apply = async (operation: LinkOperation, values: readonly string[]): Promise<void> => {
    const [value, ...others] = values;
    if (value === undefined) return;
    const outcome = await holder.modify([
      { operation: operation === 'add' ? 'add' : 'delete', attribute: name, values },
    ]);
    if (outcome.ok) return;
    const isHopeless =
      !BY_VALUE.has(outcome.code) ||
      (outcome.code === RESULT.noSuchObject && (await holder.reader.read(holder.target, [])) === null);
    if (isHopeless) {
      failures.push(...values.map((each) => ({ operation, value: each, outcome })));
      return;
    }
    const mayBeDone = MAY_BE_DONE[operation].has(outcome.code);
    if (others.length === 0) {
      if (!mayBeDone || (await holds(holder, name, value)) !== (operation === 'add')) {
        failures.push({ operation, value, outcome });
      }
      return;
    }
    if (mayBeDone && known === null) {
      known = await currentValues(holder, name, new Set([...change.add, ...change.remove].map(keyOf)));
      await apply(operation, undone(operation, values));
      return;
    }
    const middle = Math.ceil(values.length / 2);
    await apply(operation, values.slice(0, middle));
    await apply(operation, values.slice(middle));
  };

  for (const operation of ['remove', 'add'] as const) {
    const values = change[operation];
    for (let at = 0; at < values.length; at += CHUNK) {
      await apply(operation, undone(operation, values.slice(at, at + CHUNK)));
    }
  }
  return { failures };
}

/** One key for a value in any form that a caller may give: `<GUID=...>`, `<SID=...>` or a DN. */
function keyOf(value: string): string {
  const { guid, dn } = linkTarget(value);
  if (guid !== null) return `<GUID=${guid}>`;
  return dn.startsWith('<') ? dn.toUpperCase() : (dnKey(dn) ?? dn);
}

/** Those of `asked` that the attribute holds. */
async function currentValues(
  { reader, target }: LinkHolder,
  name: string,
  asked: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  const guid = 'guid' in target ? target.guid : (await reader.read(target, []))?.guid;
  if (guid === undefined) return keys;
  for await (const step of reader.ranges(guid, name)) {
    if (step.kind !== 'values') keys.clear();
    else {
      for (const value of step.values) {
        for (const key of [keyOf(value.dn), `<GUID=${value.guid ?? ''}>`, `<SID=${value.sid ?? ''}>`.toUpperCase()])
          if (asked.has(key)) keys.add(key);
      }
    }
  }
  return keys;
}

/** Whether the attribute has a value; null when the object is not there. */
function holds({ connection, target }: LinkHolder, name: string, value: string): Promise<boolean | null> {
  const baseDN = baseOf(target);
  return connection.use(`looking for a value of ${name} in ${baseDN}`, async (session) => {
    let found = false;
    try {
      await session.send(
        (messageId) =>
          new SearchRequest({
            messageId,
            baseDN,
            scope: 'base',
            filter: equal(name, value),
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

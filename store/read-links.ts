import type { Transaction } from './database.ts';

/** A link value as read: the target's objectGUID, or its DN where the server gave no GUID. */
export interface StagedLink {
  readonly attribute: string;
  readonly target: string | null;
  readonly targetDn: string;
  /** SID of the principal of another forest that the target stands for. */
  readonly foreignSid?: string | null;
}

/** What is told, bit by bit, of the links of one object. */
export type LinkStep =
  | { readonly kind: 'values'; readonly values: readonly StagedLink[] }
  /** Values of the attribute that were told before are void; all of them follow. */
  | { readonly kind: 'restart'; readonly attribute: string }
  /** The object does not exist any more: what was told is void. The last step. */
  | { readonly kind: 'gone' };

interface LinkRow extends StagedLink {
  readonly holder: string;
}

/**
 * Runs `merge` with the link values of some objects in a temporary table `read_link` (holder, attribute, target,
 * target_dn, key, sid), where `key` is the target's objectGUID or DN and never NULL, so that two lists are compared by hashing.
 */
export async function withReadLinks<T>(
  transaction: Transaction,
  rows: Iterable<LinkRow>,
  merge: () => Promise<T>,
): Promise<T> {
  await create(transaction);
  await copy(transaction, rows);
  return merged(transaction, merge);
}

/**
 * As {@link withReadLinks}, for one object whose values are told bit by bit: no more than a step is in memory. Null, and
 * nothing is merged, when the object is gone.
 */
export async function withReadSteps<T>(
  transaction: Transaction,
  holder: string,
  steps: AsyncIterable<LinkStep>,
  merge: () => Promise<T>,
): Promise<T | null> {
  await create(transaction);
  let gone = false;
  for await (const step of steps) {
    if (step.kind === 'values') await copy(transaction, ofHolder(holder, step.values));
    else if (step.kind === 'restart')
      await transaction.query('DELETE FROM read_link WHERE attribute = $1', [step.attribute]);
    else gone = true;
  }
  return merged(transaction, gone ? () => Promise.resolve(null) : merge);
}

async function create(transaction: Transaction): Promise<void> {
  await transaction.query(
    'CREATE TEMPORARY TABLE read_link (holder uuid, attribute text, target uuid, target_dn text, key text, sid text) ON COMMIT DROP',
  );
}

async function copy(transaction: Transaction, rows: Iterable<LinkRow>): Promise<void> {
  await transaction.copy('read_link', ['holder', 'attribute', 'target', 'target_dn', 'key', 'sid'], linkValues(rows));
}

async function merged<T>(transaction: Transaction, merge: () => Promise<T>): Promise<T> {
  await transaction.query('ANALYZE read_link');
  const result = await merge();
  await transaction.query('DROP TABLE read_link');
  return result;
}

function* linkValues(rows: Iterable<LinkRow>): Generator<readonly (string | null)[]> {
  for (const { holder, attribute, target, targetDn, foreignSid } of rows)
    yield [holder, attribute, target, target === null ? targetDn : '', target ?? targetDn, foreignSid ?? null];
}

function* ofHolder(holder: string, links: readonly StagedLink[]): Generator<LinkRow> {
  for (const link of links) yield { ...link, holder };
}

import type { DirectoryEntry } from '../directory/entries.ts';
import { mangledName } from '../rules/dn.ts';
import { first } from '../rules/objects.ts';
import { isShortRead } from '../rules/short-read.ts';
import { countLive, markDeleted, noteAbsent, notHeld } from '../store/managed-deletions.ts';
import { recordNotices, withdrawNotices } from '../store/managed-notices.ts';
import { stageWhole, type ManagedTarget } from './stage-managed.ts';
import { inFlight } from './in-flight.ts';

/** Objects that are looked for at once. */
const WIDTH = 8;

/**
 * Looks by objectGUID for what a complete read did not hold. Its tombstone says that it was deleted; what is found alive was
 * moved while the read went on; of which there is no trace another complete read has to say the same. A read that lacks so
 * much that a withdrawn right is likelier counts for nothing.
 */
export async function settleAbsent(target: ManagedTarget, read: string): Promise<void> {
  const { database, reader, run, forest, attributes, signal } = target;
  const alive: DirectoryEntry[] = [];
  const deleted: string[] = [];
  const traceless: string[] = [];
  await inFlight(await notHeld(database, forest, read), WIDTH, async (guid) => {
    signal.throwIfAborted();
    const entry = await reader.read({ guid }, [...attributes, 'isDeleted'], { showDeleted: true });
    if (entry === null) traceless.push(guid);
    else if (isTombstone(entry)) deleted.push(guid);
    else alive.push(entry);
  });
  if (alive.length > 0) await stageWhole(target, read, alive);
  const short = isShortRead(traceless.length, await countLive(database, forest), target.missed);
  await database.transaction(async (transaction) => {
    await markDeleted(transaction, forest, deleted, 'tombstone');
    if (short) {
      const details = `${String(traceless.length)} objects were not held by a complete read, and no tombstones of them were found: a right may have been withdrawn. None of them counts as gone while managed.missed does not allow for it`;
      await recordNotices(transaction, forest, [{ code: 'short read', guid: null, details }]);
    } else {
      await withdrawNotices(transaction, forest, 'short read', [null]);
      const gone = await noteAbsent(transaction, forest, traceless, run.id);
      await markDeleted(transaction, forest, gone, 'absent twice');
    }
  });
}

/** Whether an entry that was read with deleted objects shown is one. */
export function isTombstone(entry: DirectoryEntry): boolean {
  return first(entry.attributes, 'isDeleted') === 'TRUE' || mangledName(entry.dn)?.kind === 'deleted';
}

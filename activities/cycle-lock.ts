import type { Database } from '../store/database.ts';
import type { ForestId } from '../store/forests.ts';
import { takeForestLock, type Holder, type LockAnswer } from '../store/locks.ts';

/**
 * Takes a forest's lock for a cycle. Where another workflow holds it, that workflow is asked for: one that has ended
 * without giving the lock back (terminated, or lost with its server) is taken over.
 */
export async function lockForest(
  database: Database,
  forest: ForestId,
  wanted: Holder,
  isRunning: (holder: Holder) => Promise<boolean>,
): Promise<LockAnswer> {
  const answer = await takeForestLock(database, forest, wanted, null);
  if (answer.taken || (await isRunning(answer.holder))) return answer;
  return takeForestLock(database, forest, wanted, answer.holder);
}

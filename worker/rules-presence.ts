import type { Database } from '../store/database.ts';
import { ANNOUNCE_MS, announceRules, withdrawRules } from '../store/rules-versions.ts';

/**
 * Says that a worker with these rules is there, now and from time to time, so that workers with older ones leave cycles to it.
 *
 * @returns ends that
 */
export async function attend(database: Database, rulesVersion: string): Promise<() => Promise<void>> {
  await announceRules(database, rulesVersion);
  const timer = setInterval(() => {
    // A database that is away for a moment is told again by the next one.
    announceRules(database, rulesVersion).catch(() => undefined);
  }, ANNOUNCE_MS);
  return async () => {
    clearInterval(timer);
    await withdrawRules(database, rulesVersion).catch(() => undefined);
  };
}

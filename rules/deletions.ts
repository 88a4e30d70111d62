import { milliseconds } from './configuration.ts';
import type { UndeleteSettings } from './managed-settings.ts';

/**
 * Whether a managed object was deleted by somebody else so often that bringing it back once more would only be deleted again.
 *
 * @param deletions when it was found deleted
 */
export function deletedTooOften(deletions: readonly Date[], { times, within }: UndeleteSettings, now: Date): boolean {
  const since = now.getTime() - milliseconds(within);
  return deletions.filter((at) => at.getTime() > since).length > times;
}

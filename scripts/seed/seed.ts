import type { LoadTarget } from '../sample/administrator.ts';
import { type LoadCounts, loadObjects, type OnProgress } from '../sample/load.ts';
import { seedObjects, type SeedSize } from './objects.ts';

export interface SeedOptions extends Partial<SeedSize> {
  /** Put before account names and addresses, at most 6 letters and digits; two seeds in one forest need different ones. */
  readonly prefix?: string;
  /** Name of the organizational unit below the naming context that holds the seed. */
  readonly ou?: string;
}

export const SEED_DEFAULTS = {
  users: 1000,
  groups: 50,
  contacts: 0,
  memberships: 20,
  largest: 0,
  prefix: '',
  ou: 'Seed',
} as const satisfies Required<SeedOptions>;

/**
 * Fills a forest with users, contacts and groups over LDAP. Seeding again completes what an interrupted run has left.
 * @throws {Error} naming the object that the directory refused.
 */
export function seed(target: LoadTarget, options: SeedOptions = {}, onProgress?: OnProgress): Promise<LoadCounts> {
  const { ou, prefix, ...size } = { ...SEED_DEFAULTS, ...options };
  return loadObjects(target, seedObjects(size, `OU=${ou},${target.namingContext}`, prefix), onProgress);
}

import type { TombstoneSettings } from '../rules/tombstone-lifetime.ts';
import type { DirectoryReader } from './reader.ts';

/** What a forest says of its tombstones, in its directory service object (MS-ADTS 6.1.1.2.4.1.1). */
export async function tombstoneSettings(reader: DirectoryReader): Promise<TombstoneSettings> {
  const { configurationNamingContext } = await reader.rootDse();
  const dn = `CN=Directory Service,CN=Windows NT,CN=Services,${configurationNamingContext}`;
  const entry = await reader.read({ dn }, ['tombstoneLifetime', 'msDS-DeletedObjectLifetime']);
  return {
    tombstoneLifetime: entry?.attributes['tombstoneLifetime']?.[0],
    deletedObjectLifetime: entry?.attributes['msDS-DeletedObjectLifetime']?.[0],
  };
}

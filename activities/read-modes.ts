import { DirectoryRefused } from '../directory/errors.ts';
import { equal } from '../directory/filter.ts';
import { seesDeleted } from '../directory/usn.ts';
import { READING_MODES, type ReadingMode } from '../rules/reading-settings.ts';
import type { Domain, Reading } from './read-domain.ts';

type Place = Pick<Domain, 'reader' | 'namingContext'>;

/** Where a whole read begins: the mode that serves, and, with DirSync, the cookie that stands for this moment. */
export interface Beginning extends Reading {
  readonly cookie: Buffer | null;
}

/**
 * Finds out how the changes of a domain can be read, by trying: the configured way, or else the best that the server
 * lets the account have.
 */
export async function beginReading(domain: Place & Pick<Domain, 'settings'>): Promise<Beginning> {
  const { reader, namingContext, settings } = domain;
  for (const mode of settings.mode === 'auto' ? READING_MODES : [settings.mode]) {
    if (mode === 'usn') break;
    try {
      const objectSecurity = mode === 'dirsync-object-security';
      const cookie = await reader.cookieFor(namingContext, { objectSecurity });
      return { mode, cookie, seesDeleted: await seesDeletedIn(domain, mode) };
    } catch (error) {
      // No right, or no such control: the next way may do. No log-on, no such naming context: no way will.
      if (settings.mode !== 'auto' || !isRefusal(error)) throw error;
    }
  }
  return { mode: 'usn', cookie: null, seesDeleted: await seesDeletedIn(domain, 'usn') };
}

/** Whether the domain controller refused this way of reading, so that another one may do. */
export function isRefusal(error: unknown): boolean {
  return error instanceof DirectoryRefused && (error.kind === 'rights' || error.kind === 'configuration');
}

/** Whether an account that was told of deletions, or not, is so now: what a request or two can tell. */
export async function stillSeesDeleted({ reader, namingContext }: Place, before: Reading): Promise<boolean> {
  return (await seesDeleted(reader, namingContext)) || (before.mode === 'dirsync' && before.seesDeleted);
}

/**
 * Whether the account is told of deletions. By a search where that suffices; DirSync with Replicating Directory Changes
 * tells of them in Active Directory (not in Samba) even where a search does not.
 */
async function seesDeletedIn({ reader, namingContext }: Place, mode: ReadingMode): Promise<boolean> {
  if (await seesDeleted(reader, namingContext)) return true;
  if (mode !== 'dirsync') return false;
  const filter = equal('isDeleted', 'TRUE');
  // The container of deleted objects is one of them, so there is one to be seen from the beginning.
  for await (const answer of reader.dirSync({ namingContext, cookie: null, filter, attributes: ['name'] }))
    if (answer.entries.some((entry) => entry.deleted)) return true;
  return false;
}

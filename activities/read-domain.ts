import { equal, or } from '../directory/filter.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import type { RootDse } from '../directory/root-dse.ts';
import type { ReadingMode, ReadingSettings } from '../rules/reading-settings.ts';
import type { Database } from '../store/database.ts';
import type { Run } from '../store/runs.ts';
import { askedFor, type Watermark } from '../store/watermarks.ts';

/** Entries of a page of reading. Groups bring their members along, so pages of the directory are smaller than ours may be. */
export const READ_PAGE = 500;

const CONTAINERS = ['organizationalUnit', 'container'];

export const wantedClasses = or(
  ...['user', 'contact', 'group', ...CONTAINERS].map((name) => equal('objectClass', name)),
);

export function isContainer(classes: readonly string[]): boolean {
  return classes.some((name) => CONTAINERS.includes(name));
}

/** One domain of a Customer Forest while it is read. */
export interface Domain {
  readonly database: Database;
  readonly reader: DirectoryReader;
  readonly dse: RootDse;
  readonly run: Run;
  readonly namingContext: string;
  readonly attributes: readonly string[];
  readonly settings: ReadingSettings;
  readonly signal: AbortSignal;
  /** Counted over all domains, and shown while it goes on. */
  readonly total: ReadTotal;
}

export interface ReadTotal {
  read: number;
  changed: number;
  absent: number;
  gone: number;
  whole: number;
  dirSync: number;
  objectSecurity: number;
  usn: number;
}

/** How a domain is read in this cycle. */
export interface Reading {
  readonly mode: ReadingMode;
  readonly seesDeleted: boolean;
}

/** Where the controller was before the read began. */
export function mark({ dse, attributes }: Domain, { mode, seesDeleted }: Reading): Omit<Watermark, 'cookie'> {
  const { dnsHostName, invocationId, highestCommittedUSN } = dse;
  return {
    controller: dnsHostName,
    invocationId,
    highestUsn: highestCommittedUSN,
    asked: askedFor(attributes),
    mode,
    seesDeleted,
  };
}

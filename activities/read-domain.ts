import { equal, or } from '../directory/filter.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import type { ControllerPosition, ControllerStanding, UsnVector } from '../rules/controllers.ts';
import type { ReadingMode, ReadingSettings } from '../rules/reading-settings.ts';
import type { Database } from '../store/database.ts';
import type { Run } from '../store/runs.ts';
import { askedFor, type Watermark } from '../store/watermarks.ts';

/** Entries of a page of the directory. */
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
  /** Where the controller was before the read began. */
  readonly position: ControllerPosition;
  readonly standing: ControllerStanding;
  /** There are other domains in the forest: objects may move between them. */
  readonly hasSiblings: boolean;
  readonly run: Run;
  readonly namingContext: string;
  readonly attributes: readonly string[];
  readonly settings: ReadingSettings;
  /** Milliseconds after which the domain is read whole again, to be sure. */
  readonly wholeEvery: number;
  readonly tombstoneDays: number;
  readonly signal: AbortSignal;
  /** Counted over all domains, and shown while it goes on. */
  readonly total: ReadTotal;
  /** Covers everything that is staged: what another controller must have received before it is read instead. */
  seen: UsnVector | null;
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
  stale: number;
  /** Domains that were not read, because no object in them can be read. */
  unreadable: number;
  /** Domains of which a whole read was too short to be believed. */
  short: number;
  /** Objects that can not be seen any more, but were not deleted. */
  hidden: number;
  /** Attributes that can not be read any more. */
  lostAttributes: number;
  /** Warnings about reading that stand. */
  warnings: number;
}

/** Nothing counted yet. */
export function noReads(): ReadTotal {
  return {
    ...{ read: 0, changed: 0, absent: 0, gone: 0, whole: 0, dirSync: 0, objectSecurity: 0, usn: 0 },
    ...{ stale: 0, unreadable: 0, short: 0, hidden: 0, lostAttributes: 0, warnings: 0 },
  };
}

/** How a domain is read in this cycle. */
export interface Reading {
  readonly mode: ReadingMode;
  readonly seesDeleted: boolean;
}

/** Where the controller was before the read began. */
export function mark(
  { position, seen, attributes, tombstoneDays }: Domain,
  { mode, seesDeleted }: Reading,
): Omit<Watermark, 'cookie'> {
  const { controller, invocationId, highestUsn } = position;
  return { controller, invocationId, highestUsn, seen, asked: askedFor(attributes), mode, seesDeleted, tombstoneDays };
}

/** Notes that something was read; what the controller holds now is more than that. */
export async function sawMore(domain: Domain): Promise<void> {
  domain.seen = (await domain.reader.position(domain.namingContext)).vector;
}

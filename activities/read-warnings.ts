import { milliseconds } from '../rules/configuration.ts';
import { gapOf, type Gap } from '../rules/tombstone-lifetime.ts';
import type { Database } from '../store/database.ts';
import { settleWarnings, standingWarnings, type ForestWarning } from '../store/forest-warnings.ts';
import type { Run } from '../store/runs.ts';
import type { StoredWatermark } from '../store/watermarks.ts';
import type { Domain, Reading } from './read-domain.ts';
import type { WholeRead } from './read-whole.ts';

/** Milliseconds between two whole reads of a domain, for an account that is told of deletions or not. */
export function wholeEveryFor({ wholeEvery, settings }: Domain, { seesDeleted }: Reading): number {
  return seesDeleted ? wholeEvery : Math.min(wholeEvery, milliseconds(settings.wholeEveryWithoutTombstones));
}

/** Makes the warnings of a domain what was found while it was read. */
export async function warnOfReading(
  domain: Domain,
  reading: Reading,
  whole: WholeRead | null,
  gap: Gap,
  lost: readonly string[],
): Promise<void> {
  const { settings, tombstoneDays } = domain;
  const hours = (wholeEveryFor(domain, reading) * 2) / 3_600_000;
  await settle(domain, [
    ...lostWarnings(lost),
    ...(settings.mode === 'auto' && reading.mode !== 'dirsync' ? [warning('FW101', { mode: reading.mode })] : []),
    ...(reading.seesDeleted ? [] : [warning('FW102', { hoursUntilDeletionIsBelieved: hours })]),
    ...(gap === 'half the tombstone lifetime' ? [warning('FW103', { tombstoneDays })] : []),
    ...(gap === 'the tombstone lifetime' ? [warning('FW104', { tombstoneDays })] : []),
    ...(whole?.short ? [warning('FW203', { ...whole.short, againAfter: settings.shortRead.again })] : []),
    ...(whole !== null && whole.hidden > 0 ? [warning('FW204', { objects: whole.hidden })] : []),
  ]);
}

/** Warns that a domain is not read, because no object in it can be read. */
export async function warnOfBlindness(domain: Domain, lost: readonly string[]): Promise<void> {
  await settle(domain, [warning('FW202'), ...lostWarnings(lost)]);
}

/**
 * Warns, before a domain controller is even reached, when a domain has not been read for half of the tombstone lifetime:
 * that it can not be reached may be the reason.
 */
export async function warnOfAge(
  database: Database,
  run: Pick<Run, 'forestId'>,
  namingContext: string,
  known: StoredWatermark | null,
): Promise<void> {
  if (known?.tombstoneDays === undefined) return;
  if (gapOf(Date.now() - known.readAt.getTime(), known.tombstoneDays) === 'short') return;
  const others = await standingWarnings(database, run.forestId, namingContext);
  const found = warning('FW103', { tombstoneDays: known.tombstoneDays });
  await settleWarnings(database, run.forestId, namingContext, [
    ...others.filter(({ code }) => code !== 'FW103'),
    found,
  ]);
}

function lostWarnings(attributes: readonly string[]): readonly ForestWarning[] {
  return attributes.map((attribute) => ({ code: 'FW201', attribute, details: {} }));
}

function warning(code: ForestWarning['code'], details: ForestWarning['details'] = {}): ForestWarning {
  return { code, attribute: '', details };
}

function settle({ database, run, namingContext }: Domain, found: readonly ForestWarning[]): Promise<void> {
  return settleWarnings(database, run.forestId, namingContext, found);
}

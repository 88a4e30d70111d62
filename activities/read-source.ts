import { CookieRejected } from '../directory/errors.ts';
import { tombstoneSettings } from '../directory/tombstones.ts';
import { milliseconds, type Configuration, type ForestConfiguration } from '../rules/configuration.ts';
import { flowOf, referenceSources, sourceAttributes } from '../rules/flow.ts';
import { isReadable } from '../rules/attributes.ts';
import { joinSources } from '../rules/join.ts';
import { evidenceSources } from '../rules/reconnection.ts';
import { scopeAttributes } from '../rules/scope.ts';
import type { ControllerStanding } from '../rules/controllers.ts';
import { gapOf, tombstoneDays, type Gap } from '../rules/tombstone-lifetime.ts';
import { mailboxAttributes } from '../rules/mailbox-settings.ts';
import { voiceAttributes } from '../rules/voice-settings.ts';
import type { Database } from '../store/database.ts';
import { readWholeBy, recordReading, type Run } from '../store/runs.ts';
import { markDoubt } from '../store/source-domains.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { askedFor, ownWatermark, type StoredWatermark } from '../store/watermarks.ts';
import { readChanges } from './read-changes.ts';
import type { Domain, Reading, ReadTotal } from './read-domain.ts';
import { checkHealth, judgeVanished, renewSentinels, type Health } from './read-health.ts';
import { beginReading, isRefusal, stillSeesDeleted } from './read-modes.ts';
import { warnOfBlindness, warnOfReading, wholeEveryFor } from './read-warnings.ts';
import { readWhole, type WholeRead } from './read-whole.ts';
import type { OpenController } from './controllers.ts';
import type { WholeReason } from './types.ts';

/**
 * Brings the source connector space up to date with one domain: by what changed since the stored watermark, or by a whole
 * read where the profile asks for it, or where the watermark can not be trusted. Nothing is deleted because a read does
 * not hold it.
 *
 * @param known the watermark, as it was when the controller was chosen
 * @param total counted over all domains, and shown while it goes on
 * @returns false when it was not read, because no object in it can be read any more
 */
export async function readDomain(
  database: Database,
  controller: OpenController,
  known: StoredWatermark | null,
  run: Run,
  configuration: Configuration,
  forest: ForestConfiguration,
  namingContext: string,
  total: ReadTotal,
  signal: AbortSignal,
): Promise<boolean> {
  const domain = await domainOf(database, controller, known, run, configuration, forest, namingContext, total, signal);
  const health: Health = known === null ? { objects: true, lost: [], recovered: null } : await checkHealth(domain);
  if (!health.objects) {
    total.unreadable += 1;
    await recordReading(database, run.id, namingContext, { read: 'nothing: no object is readable' });
    await warnOfBlindness(domain, health.lost);
    return false;
  }
  // An attempt before this one may have come to the end of this domain.
  const earlier = await readWholeBy(database, run.id, namingContext);
  const gap = known === null ? 'short' : gapOf(Date.now() - known.readAt.getTime(), domain.tombstoneDays);
  const reason =
    known === null ? 'first read' : (health.recovered ?? wholeReason(known, domain, gap, earlier !== null));
  const { reading, whole } = await readByReason(domain, known, reason);
  if (whole === null) await refreshStatistics(database, 'source', total.changed);
  const lost = await judgeVanished(domain, health.lost);
  if (whole !== null) await renewSentinels(domain, lost);
  if (whole === null && earlier !== null && run.profile === 'full') total.whole += 1;
  await noteReading(domain, reading, whole, earlier);
  await warnOfReading(domain, reading, whole, gap, lost);
  return true;
}

/** A domain as it is read from one controller. */
export async function domainOf(
  database: Database,
  { reader, position, standing }: OpenController,
  known: StoredWatermark | null,
  run: Run,
  configuration: Configuration,
  forest: ForestConfiguration,
  namingContext: string,
  total: ReadTotal,
  signal: AbortSignal,
): Promise<Domain> {
  const { reading: settings } = forest;
  const attributes = attributesOf(configuration, forest);
  const seen = known?.seen ?? (standing === 'same' ? position.vector : null);
  return {
    ...{ database, reader, position, standing, run, namingContext, attributes, settings, signal, total, seen },
    hasSiblings: forest.domains.length > 1,
    wholeEvery: milliseconds(configuration.cycle.wholeEvery),
    tombstoneDays: tombstoneDays(await tombstoneSettings(reader)),
  };
}

/** How a domain was read. */
interface Outcome {
  readonly reading: Reading;
  /** Why it was read whole, and what came of that; null where changes were read. */
  readonly whole: (WholeRead & { readonly reason: WholeReason }) | null;
}

async function readByReason(
  domain: Domain,
  known: StoredWatermark | null,
  reason: WholeReason | null,
): Promise<Outcome> {
  if (known === null || reason !== null) return readDomainWhole(domain, known, reason ?? 'first read');
  try {
    const reading = { mode: known.mode, seesDeleted: await stillSeesDeleted(domain, known) };
    if (await readSince(domain, known, reading)) return { reading, whole: null };
    return await readDomainWhole(domain, known, known.mode === 'usn' ? 'another controller' : 'cookie rejected');
  } catch (error) {
    // The right to read like this was taken away: the next best way, from the beginning.
    if (domain.settings.mode === 'auto' && isRefusal(error)) return readDomainWhole(domain, known, 'another mode');
    throw error;
  }
}

/**
 * Reads from where the domain was left: at another controller by the newest cookie, which holds there too, then by where
 * that controller was itself left; its USNs are its own.
 *
 * @returns false when the controller takes none of these
 */
async function readSince(domain: Domain, known: StoredWatermark, reading: Reading): Promise<boolean> {
  const { database, run, namingContext, position, standing } = domain;
  const moved = standing === 'caught up';
  const own = moved ? await ownWatermark(database, run.forestId, namingContext, position.invocationId) : null;
  const marks: { cookie: Buffer | null; highestUsn: bigint }[] = moved && known.cookie === null ? [] : [known];
  if (own !== null && (own.cookie === null) === (known.cookie === null)) marks.push(own);
  for (const since of marks) {
    try {
      await readChanges(domain, since, reading);
      return true;
    } catch (error) {
      if (!(error instanceof CookieRejected)) throw error;
    }
  }
  return false;
}

/** The source attributes that a read of the forest asks for: whatever some rule looks at. */
export function attributesOf(configuration: Configuration, forest: ForestConfiguration): readonly string[] {
  const flow = flowOf(configuration);
  const rules = [
    ...sourceAttributes(flow, mailboxAttributes(configuration.services)),
    ...voiceAttributes(configuration.voice),
    ...scopeAttributes(forest.scope),
  ];
  const joining = joinSources(configuration.join.rules).filter((name) => isReadable(name));
  const evidence = evidenceSources(configuration.reconnection.rules);
  return [...new Set([...rules, ...joining, ...evidence, ...referenceSources(flow)])];
}

/** Why what such a controller does not show may have been there a moment ago. */
const DOUBTS: Partial<Record<ControllerStanding, string>> = {
  replaced: 'the domain controller was put back from a backup',
  behind: 'the domain controller that was read is lost, and the one that is left had not received everything from it',
};

async function readDomainWhole(domain: Domain, known: StoredWatermark | null, reason: WholeReason): Promise<Outcome> {
  const { database, run, namingContext } = domain;
  const doubt = DOUBTS[domain.standing];
  // Before anything of it is staged: the guard must know whatever comes of this read.
  if (doubt !== undefined) await markDoubt(database, run.forestId, namingContext, doubt);
  const reading = await beginReading(domain);
  // In another mode the account may see less than before: what it does not see then was not deleted.
  const whole = await readWhole(domain, reading, known === null || known.mode === reading.mode);
  return { reading, whole: { ...whole, reason } };
}

/**
 * Why a domain must be read whole although what changed would do otherwise; null when the watermark can be trusted. From a
 * database that was put back from a backup a read can silently skip changes (MS-ADTS 3.1.1.1.9).
 *
 * @param done whether this run has read it whole
 */
function wholeReason(known: StoredWatermark, domain: Domain, gap: Gap, done: boolean): WholeReason | null {
  const { position, standing, attributes, settings, run } = domain;
  if (run.profile === 'full' && !done) return 'asked for';
  if (settings.mode !== 'auto' && settings.mode !== known.mode) return 'another mode';
  if (standing === 'replaced')
    return known.invocationId === position.invocationId ? 'controller restored' : 'another controller database';
  if (standing === 'behind') return 'controller behind';
  if (known.asked !== askedFor(attributes)) return 'other attributes';
  if (gap === 'the tombstone lifetime') return 'tombstone lifetime passed';
  if (known.wholeDue !== null && Date.now() >= known.wholeDue.getTime()) return 'the last one was short';
  return Date.now() - known.wholeAt.getTime() >= wholeEveryFor(domain, known) ? 'due' : null;
}

const COUNTED = { dirsync: 'dirSync', 'dirsync-object-security': 'objectSecurity', usn: 'usn' } as const;

async function noteReading(
  domain: Domain,
  { mode, seesDeleted }: Reading,
  whole: Outcome['whole'],
  earlier: string | null,
): Promise<void> {
  const { database, run, namingContext, total } = domain;
  total[COUNTED[mode]] += 1;
  await recordReading(database, run.id, namingContext, {
    ...{ mode, seesDeleted, whole: whole?.reason ?? earlier },
    ...(whole?.short ? { short: true, known: whole.short.known, missing: whole.short.missing } : {}),
  });
}

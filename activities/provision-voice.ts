import { z } from 'zod';
import { equal, or } from '../directory/filter.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { milliseconds, type Configuration } from '../rules/configuration.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import { disabledVoice, enabledVoice, type VoiceFacts, type VoiceWish } from '../rules/voice.ts';
import { VOICE_FEATURES } from '../rules/voice-value.ts';
import type { Database } from '../store/database.ts';
import type { Attempt } from '../store/locks.ts';
import { keepFacts, keepingSip, settleService, takeVoice, type VoiceWork } from '../store/service-work.ts';
import type { Dependencies } from './dependencies.ts';
import { chooseDriver } from './drivers/choose-driver.ts';
import type { ServiceAction } from './drivers/driver.ts';
import { applyStep, type StepResult, type StepTools } from './service-step.ts';
import type { SharedWriters } from './shared-writer.ts';
import type { ProvisionOutcome } from './object-types.ts';

/** The wish as the evaluation stored it. */
const wishSchema = z.object({
  account: z.enum(['user', 'room']),
  sipAddress: z.string(),
  features: z.array(z.enum(VOICE_FEATURES)),
  region: z.string(),
  line: z.string().nullable(),
  sourceSid: z.string(),
}) satisfies z.ZodType<VoiceWish>;

/**
 * Gives the identity's managed object the voice that is wanted, or ends it where none is wanted any more. The pool is stored
 * before the first write and kept, also beyond an end. Run again, it writes nothing.
 */
export async function provisionVoice(
  dependencies: Dependencies,
  writers: SharedWriters,
  configuration: Configuration,
  identity: string,
  attempt: Attempt,
): Promise<ProvisionOutcome> {
  const { database } = dependencies;
  const work = await takeVoice(database, identity, attempt, configuration.managed.namingContext);
  if (work === null) return { outcome: 'superseded' };
  return writers.use(configuration, work.controller, async (writer) => {
    const tools = {
      database,
      reader: writer.reader,
      driver: chooseDriver(configuration, dependencies.program, writer),
    };
    const result = work.wanted === null ? await end(tools, work) : await provide(tools, configuration, work);
    if (result.outcome === 'refused') return block(database, configuration, work, result.code, result.details);
    await settleService(database, work, 'provisioned', []);
    return { outcome: 'provisioned', wrote: result.wrote };
  });
}

/** Records that a step failed in a way that trying again does not mend, so that the object waits for a correction. */
export async function blockVoice(
  { database }: Dependencies,
  configuration: Configuration,
  identity: string,
  attempt: Attempt,
  failure: string,
): Promise<ProvisionOutcome> {
  const work = await takeVoice(database, identity, attempt, configuration.managed.namingContext);
  if (work === null) return { outcome: 'superseded' };
  return block(database, configuration, work, 'PE902', `the step ended with ${failure}`);
}

async function provide(tools: StepTools, configuration: Configuration, work: VoiceWork): Promise<StepResult> {
  const { database, reader } = tools;
  const wish = wishSchema.parse(work.wanted);
  const { voice, managed } = configuration;
  // A wish of a configuration that had voice: it is taken back by the next evaluation.
  if (voice === undefined) return { outcome: 'done', wrote: false };
  const holders = await holdersOf(reader, managed.namingContext, wish.sipAddress);
  const others = holders.filter((guid) => guid !== work.managedGuid);
  if (others.length > 0 && (await keepingSip(database, work.managedForest, others, wish.sipAddress)).length > 0)
    return { outcome: 'refused', code: 'PE207', details: 'another object has the SIP address' };
  const attributes = Object.keys(enabledVoice({ pool: '' }, wish, ''));
  const present = await reader.read({ guid: work.managedGuid }, attributes);
  if (present === null) return { outcome: 'refused', code: 'PE901', details: 'the managed object was not found' };
  // Who is in a pool already, when the database knows of none, stays there.
  const pool = present.links['msRTCSIP-PrimaryHomeServer']?.[0]?.dn ?? voice.pools[wish.region];
  if (work.facts === null && pool === undefined) throw new Error(`the region ${wish.region} has no pool`);
  const facts: VoiceFacts = work.facts ?? (await keepFacts(database, work, { pool: pool ?? '' }));
  const wanted = enabledVoice(facts, wish, voice.deploymentLocator);
  return applyStep(tools, work, { ...stepOf(work, 'enableVoice'), recipient: recipientOf(wish), wanted }, present);
}

async function end(tools: StepTools, work: VoiceWork): Promise<StepResult> {
  let wrote = false;
  for (const wanted of disabledVoice) {
    const shown = await tools.reader.read({ guid: work.managedGuid }, ['msRTCSIP-UserEnabled', ...Object.keys(wanted)]);
    // Who is not enabled needs not be disabled: a FALSE that nobody had would only be written to be taken away.
    const isDisabled = shown?.attributes['msRTCSIP-UserEnabled']?.[0] !== 'TRUE';
    if (isDisabled && Object.values(wanted).some((values) => values.length > 0)) continue;
    const result = await applyStep(tools, work, { ...stepOf(work, 'disableVoice'), recipient: 'user', wanted }, shown);
    if (result.outcome === 'refused') return result;
    wrote ||= result.wrote;
  }
  return { outcome: 'done', wrote };
}

function stepOf(work: VoiceWork, action: ServiceAction) {
  return { action, service: 'voice', managedGuid: work.managedGuid } as const;
}

function recipientOf({ account }: VoiceWish): string {
  return account === 'room' ? 'lyncRoom' : 'user';
}

/** The managed objects that show a SIP address, whoever has written it there. */
async function holdersOf(reader: DirectoryReader, base: string, sipAddress: string): Promise<readonly string[]> {
  const holders: string[] = [];
  for await (const entries of reader.pages({
    base,
    scope: 'sub',
    filter: or(equal('msRTCSIP-PrimaryUserAddress', sipAddress), equal('proxyAddresses', sipAddress)),
    attributes: [],
    pageSize: 10,
  }))
    holders.push(...entries.map((entry) => entry.guid));
  return holders;
}

async function block(
  database: Database,
  configuration: Configuration,
  work: VoiceWork,
  code: ErrorCode,
  details: string,
): Promise<ProvisionOutcome> {
  await settleService(database, work, 'blocked', [
    { guid: work.sourceGuid, code, attribute: 'msRTCSIP-PrimaryUserAddress', details },
  ]);
  return { outcome: 'blocked', code, parkForMs: milliseconds(configuration.services.parkFor) };
}

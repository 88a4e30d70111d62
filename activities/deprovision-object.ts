import type { DirectoryEntry } from '../directory/entries.ts';
import { generalizedTime } from '../directory/values.ts';
import type { DirectoryWriter } from '../directory/writer.ts';
import { attribute, type AttributeImage } from '../rules/attributes.ts';
import { flowImage } from '../rules/change.ts';
import { milliseconds, type Configuration } from '../rules/configuration.ts';
import {
  ended,
  ENDING_ATTRIBUTES,
  forgotten,
  givenBack,
  holdingOf,
  HOLDING_ATTRIBUTES,
  inactiveMailbox,
  onLitigationHold,
} from '../rules/deprovisioned.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import { flowOf } from '../rules/flow.ts';
import { transition, type End, type Ending, type Transition } from '../rules/transitions.ts';
import type { Database } from '../store/database.ts';
import {
  closeEnd,
  enterHold,
  enterRetention,
  noteTaken,
  recordRemoval,
  takeEnd,
  takenEnd,
  type EndWork,
} from '../store/deprovisioning.ts';
import { replaceErrors } from '../store/errors.ts';
import type { Attempt } from '../store/locks.ts';
import type { Dependencies } from './dependencies.ts';
import { chooseDriver } from './drivers/choose-driver.ts';
import type { ServiceAction } from './drivers/driver.ts';
import { applyStep, type StepTools } from './service-step.ts';
import type { SharedWriters } from './shared-writer.ts';
import type { DeprovisionOutcome } from './deprovisioning-types.ts';

/** What the steps of one end work with. */
interface Bench {
  readonly database: Database;
  readonly configuration: Configuration;
  readonly writer: DirectoryWriter;
  readonly tools: StepTools;
  readonly work: EndWork;
}

const ACTIONS: Readonly<Record<End, ServiceAction>> = {
  mailUser: 'disconnect',
  mailDisable: 'mailDisable',
  remove: 'disconnect',
  removeGroup: 'disconnect',
};

/**
 * Does what is due now of the end of an identity's services, and says what it waits for next. Run at any time, and again: what
 * is due follows from the rows, both forests and the clock of the database.
 */
export async function deprovisionIdentity(
  dependencies: Dependencies,
  writers: SharedWriters,
  configuration: Configuration,
  identity: string,
  attempt: Attempt,
): Promise<DeprovisionOutcome> {
  const { database } = dependencies;
  const { deprovisioning, managed } = configuration;
  const work = await takeEnd(database, identity, attempt, milliseconds(deprovisioning.grace), managed.namingContext);
  if (work === null) return { outcome: 'ended', how: 'superseded' };
  return writers.use(configuration, work.controller, async (writer) => {
    const tools = {
      database,
      reader: writer.reader,
      driver: chooseDriver(configuration, dependencies.program, writer),
    };
    return next({ database, configuration, writer, tools, work });
  });
}

/**
 * Records that a step failed in a way that trying again does not mend, so that the end waits for a correction.
 *
 * @param failure type of the failure that the step ended with
 */
export async function blockEnd(
  { database }: Dependencies,
  configuration: Configuration,
  identity: string,
  attempt: Attempt,
  failure: string,
): Promise<DeprovisionOutcome> {
  const { deprovisioning, managed } = configuration;
  const work = await takeEnd(database, identity, attempt, milliseconds(deprovisioning.grace), managed.namingContext);
  if (work === null) return { outcome: 'ended', how: 'superseded' };
  return wait({ database, configuration, work }, 'PE404', `the step ended with ${failure}`);
}

async function next(bench: Bench): Promise<DeprovisionOutcome> {
  const { configuration, work, writer } = bench;
  const entry =
    work.managedGuid === null ? null : await writer.reader.read({ guid: work.managedGuid }, HOLDING_ATTRIBUTES);
  const present = entry === null ? null : imageOf(entry);
  const trigger = triggerOf(work);
  // Who returns is given back also while the clock is stopped.
  if (work.delayed && trigger !== 'returned') return { outcome: 'waits', for: 'resume', forMs: null };
  const circumstances = {
    litigationHold: present !== null && onLitigationHold(present),
    inError: work.inError || (trigger === 'returned' && !work.connected),
  };
  const has = holdingOf(work.kind, present);
  // Somebody else has deleted it, or an attempt that did not live to record it.
  if (present === null) return work.connected ? close(bench, 'kept') : close(bench, 'done', true);
  // What is being ended is not what the object has meanwhile, but what it had.
  const before = work.taken === null ? has : holdingOf(work.kind, work.taken);
  const decided = transition(
    work.stage === 'hold' ? 'inactive' : before,
    trigger,
    circumstances,
    configuration.deprovisioning,
  );
  if (decided.happens === 'refused') return wait(bench, decided.code, 'the object is in error');
  if (decided.happens !== 'giveBack' && decided.happens !== 'nothing' && trigger !== 'returned')
    return goOn(bench, present, trigger, decided);
  return work.taken === null ? close(bench, 'kept') : giveBack(bench, work.taken);
}

/** Goes on with an end that is still asked for. */
async function goOn(
  bench: Bench,
  present: AttributeImage,
  ending: Ending,
  decided: Exclude<Transition, { readonly happens: 'nothing' | 'giveBack' | 'refused' }>,
): Promise<DeprovisionOutcome> {
  const { work, configuration } = bench;
  const { database } = bench;
  const lookAgainMs = milliseconds(configuration.deprovisioning.lookAgainEvery);
  if (work.stage === 'grace' && work.graceMs > 0) {
    await clearErrors(bench);
    return {
      outcome: 'waits',
      for: 'grace',
      end: 'then' in decided ? decided.then : decided.happens,
      forMs: Math.ceil(work.graceMs),
    };
  }
  if (decided.happens === 'inactivate' || decided.happens === 'wait') {
    if (decided.happens === 'inactivate' && work.stage === 'grace' && work.happens === null) {
      await noteTaken(database, work, ending, null, had(present), ['mail']);
      const refused = await step(bench, 'inactivate', 'inactive', inactiveMailbox(generalizedTime(new Date())));
      if (refused !== null) return refused;
      await enterHold(database, work);
    }
    await wait(bench, 'PE402', 'a litigation hold is set');
    return { outcome: 'waits', for: 'litigation hold', code: 'PE402', forMs: lookAgainMs };
  }
  await clearErrors(bench);
  if (work.stage !== 'retention' || work.happens !== decided.happens)
    return undo(bench, present, ending, decided.happens);
  if ((work.retentionMs ?? 0) > 0)
    return { outcome: 'waits', for: 'retention', end: decided.happens, forMs: Math.ceil(work.retentionMs ?? 0) };
  return finish(bench, decided.happens);
}

/**
 * The end of the grace time: takes off what is to end, with all of it noted before. Where another end was begun, what only
 * that one took is given back.
 */
async function undo(bench: Bench, present: AttributeImage, ending: Ending, end: End): Promise<DeprovisionOutcome> {
  const { work, database, configuration } = bench;
  const services = end === 'remove' ? ['mail', 'voice'] : ['mail'];
  const taken = await noteTaken(database, work, ending, end, had(present), services);
  const recipient = end === 'mailUser' ? 'mailUser' : 'none';
  const wanted = ended(end, taken, work.stage === 'hold');
  const other = work.happens === null || work.happens === end ? {} : restored(bench, taken);
  const refused = await step(bench, ACTIONS[end], recipient, { ...other, ...wanted });
  if (refused !== null) return refused;
  const retentionMs = milliseconds(configuration.deprovisioning.retention);
  await enterRetention(database, work, end, retentionMs);
  return { outcome: 'waits', for: 'retention', end, forMs: retentionMs };
}

/** The end of the retention time: nothing can be given back from here on. */
async function finish(bench: Bench, end: End): Promise<DeprovisionOutcome> {
  const { work, database, writer, tools } = bench;
  const managedGuid = work.managedGuid ?? '';
  if (end === 'mailUser' || end === 'mailDisable') {
    const refused = await step(bench, ACTIONS[end], end === 'mailUser' ? 'mailUser' : 'none', forgotten);
    return refused ?? close(bench, 'done');
  }
  // Who has returned meanwhile gets everything back by the next step.
  if (!(await recordRemoval(database, work, managedGuid))) return { outcome: 'waits', for: 'retention', end, forMs: 1 };
  const said = await tools.driver.apply(
    { action: 'remove', service: 'mail', recipient: 'none', managedGuid, wanted: {} },
    { before: {}, after: {}, unwritten: {} },
  );
  if (said.outcome !== 'done') return wait(bench, 'PE404', said.details);
  const outcome = await writer.remove({ guid: managedGuid });
  if (!outcome.ok && outcome.reason !== 'absent')
    return wait(bench, 'PE404', `${String(outcome.code)}: ${outcome.message}`);
  return close(bench, 'done', true);
}

async function giveBack(bench: Bench, taken: AttributeImage): Promise<DeprovisionOutcome> {
  const refused = await step(bench, 'giveBack', holdingOf(bench.work.kind, taken), restored(bench, taken));
  return refused ?? close(bench, 'given back');
}

/** All that the end has taken, as it is to be again. */
function restored({ work, configuration }: Bench, taken: AttributeImage): AttributeImage {
  // Out of scope nothing flows: what there was is what there is to be.
  const flowing = work.inScope ? flowImage(flowOf(configuration), work.kind, work.wanted, taken, work.written) : {};
  return givenBack(work.happens, taken, flowing);
}

/** Makes one step, and confirms it. @returns what is waited for where the Managed Forest refuses it */
async function step(
  { tools, work, ...bench }: Bench,
  action: ServiceAction,
  recipient: string,
  wanted: AttributeImage,
): Promise<DeprovisionOutcome | null> {
  const result = await applyStep(tools, takenEnd(work), {
    action,
    service: 'mail',
    recipient,
    managedGuid: work.managedGuid ?? '',
    wanted,
  });
  return result.outcome === 'done' ? null : wait({ ...bench, work }, 'PE404', result.details);
}

async function close(
  { database, work }: Bench,
  how: 'done' | 'given back' | 'kept',
  removed = false,
): Promise<DeprovisionOutcome> {
  await database.transaction(async (transaction) => {
    await closeEnd(transaction, work, how, removed);
    await replaceErrors(transaction, work.forestId, 'service', [work.sourceGuid], []);
  });
  return { outcome: 'ended', how };
}

/** Tells what is in the way as an error of the object; it is looked at again after a while. */
async function wait(
  { database, configuration, work }: Pick<Bench, 'database' | 'configuration' | 'work'>,
  code: ErrorCode,
  details: string,
): Promise<DeprovisionOutcome> {
  await replaceErrors(
    database,
    work.forestId,
    'service',
    [work.sourceGuid],
    [{ guid: work.sourceGuid, code, attribute: '', details }],
  );
  return {
    outcome: 'waits',
    for: 'correction',
    code,
    forMs: milliseconds(configuration.deprovisioning.lookAgainEvery),
  };
}

function clearErrors({ database, work }: Bench): Promise<void> {
  return replaceErrors(database, work.forestId, 'service', [work.sourceGuid], []);
}

/**
 * What the source object says now. A removed mailbox is not asked for again by taking the removal value away (KB 2655364,
 * scenario 1, step 4), but by asking for a mailbox.
 */
function triggerOf(work: EndWork): Ending | 'returned' {
  if (!work.connected) return work.inScope ? 'returned' : (work.asked ?? 'filtered');
  if (work.asked === 'removalValue' && work.inScope) return 'removalValue';
  return work.ending === 'removalValue' && !work.wantsMailbox ? 'removalValue' : 'returned';
}

function imageOf(entry: DirectoryEntry): AttributeImage {
  return Object.fromEntries(
    HOLDING_ATTRIBUTES.map((name) => [
      name,
      attribute(name)?.syntax === 'dn'
        ? (entry.links[name] ?? []).map((target) => target.dn)
        : (entry.attributes[name] ?? []),
    ]),
  );
}

function had(present: AttributeImage): AttributeImage {
  return Object.fromEntries(ENDING_ATTRIBUTES.map((name) => [name, present[name] ?? []]));
}

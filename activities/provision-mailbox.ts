import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { DirectoryEntry } from '../directory/entries.ts';
import { generalizedTime } from '../directory/values.ts';
import { milliseconds, type Configuration } from '../rules/configuration.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import { mailboxImage, recipientKind, type MailboxFacts } from '../rules/mailbox.ts';
import { databaseNames, hasLimit, placeMailbox } from '../rules/placement.ts';
import { first } from '../rules/objects.ts';
import { legacyExchangeDnOf, listKey } from '../rules/recipient-image.ts';
import { RECIPIENT_KINDS } from '../rules/recipients.ts';
import type { Attempt } from '../store/locks.ts';
import {
  keepFacts,
  keepOwnLists,
  mailboxesByDatabase,
  placeAlone,
  settleService,
  takeMailbox,
  type MailboxWork,
} from '../store/service-work.ts';
import type { Dependencies } from './dependencies.ts';
import { chooseDriver } from './drivers/choose-driver.ts';
import { mailboxFacts } from './mailbox-facts.ts';
import { applyStep } from './service-step.ts';
import type { SharedWriters } from './shared-writer.ts';
import type { ProvisionOutcome } from './object-types.ts';

/** The wish as the evaluation stored it. */
const wishSchema = z.object({
  recipient: z.enum(RECIPIENT_KINDS),
  quotaBytes: z.string().nullable(),
  region: z.string(),
  sourceSid: z.string(),
  hidden: z.boolean(),
  capacity: z.number().optional(),
});
type Wish = z.output<typeof wishSchema>;

/** What became of the mailbox, and whether there may be something to do for voice. */
export interface MailboxProvisioned {
  readonly outcome: ProvisionOutcome;
  readonly voiceToo: boolean;
}

/**
 * Makes the identity's managed object a mailbox: what was decided for life is stored first, then the driver makes
 * the step. Run again, it writes nothing.
 */
export async function provisionMailbox(
  dependencies: Dependencies,
  writers: SharedWriters,
  configuration: Configuration,
  identity: string,
  attempt: Attempt,
): Promise<MailboxProvisioned> {
  const work = await takeMailbox(dependencies.database, identity, attempt, configuration.managed.namingContext);
  if (work === null) return { outcome: { outcome: 'superseded' }, voiceToo: true };
  return { outcome: await provide(dependencies, writers, configuration, work), voiceToo: work.voiceToo };
}

async function provide(
  dependencies: Dependencies,
  writers: SharedWriters,
  configuration: Configuration,
  work: MailboxWork,
): Promise<ProvisionOutcome> {
  const { database } = dependencies;
  const wish = wishSchema.parse(work.wanted);
  return writers.use(configuration, work.controller, async (writer) => {
    const present = await writer.reader.read({ guid: work.managedGuid }, MAILBOX);
    if (present === null) return await block(dependencies, configuration, work, 'the managed object was not found');
    // The mailbox that is there, when the database knows of none, is kept as it is.
    const found = work.facts ?? mailboxFacts(present, [wish.sourceSid]);
    if (found === 'incomplete')
      return await block(dependencies, configuration, work, 'homeMDB or legacyExchangeDN is missing', 'PE106');
    const place = found === null ? await placed(dependencies, configuration, work, wish, present) : null;
    const facts = found === null ? place?.facts : (work.facts ?? (await keepFacts(database, work, found)));
    if (facts === undefined)
      return await block(dependencies, configuration, work, `the region ${wish.region} has no room`, 'PE108');
    const image = mailboxImage(facts, {
      sourceSid: wish.sourceSid,
      homeServer: configuration.exchange.homeServer,
      quotaBytes: wish.quotaBytes === null ? null : BigInt(wish.quotaBytes),
      addressLists: configuration.exchange.addressLists,
      roomLists: configuration.exchange.roomLists,
      hidden: wish.hidden,
      capacity: wish.capacity ?? null,
    });
    const lists = listsOf(configuration, work, facts, image['showInAddressBook'] ?? []);
    // With the record of the first change, both are kept at once.
    const keep = place?.kept === false ? { facts, ownLists: lists.ours } : undefined;
    if (keep === undefined && lists.grown) await keepOwnLists(database, work, lists.ours);
    const shown = (present.links['showInAddressBook'] ?? []).map((target) => target.dn);
    const wanted = { ...image, showInAddressBook: withForeign(lists.wanted, shown, lists.ours) };
    const result = await applyStep(
      { database, reader: writer.reader, driver: chooseDriver(configuration, dependencies.program, writer) },
      { identityId: work.identityId, service: 'mail', counter: work.counter },
      {
        action: work.converting ? 'convert' : 'provision',
        service: 'mail',
        recipient: recipientKind(facts),
        managedGuid: work.managedGuid,
        wanted,
      },
      present,
      { keep, settle: false },
    );
    if (result.outcome === 'refused')
      return await block(dependencies, configuration, work, result.details, result.code);
    await settleService(database, work, 'provisioned', [], result.record);
    return { outcome: 'provisioned', wrote: result.wrote };
  });
}

/**
 * The address lists that are to show a mailbox, and those that are ours because we write them: to be recorded before the
 * write, so that they are known again whatever becomes of this attempt.
 */
function listsOf(
  { exchange }: Configuration,
  work: MailboxWork,
  facts: MailboxFacts,
  lists: readonly string[],
): { readonly wanted: readonly string[]; readonly ours: readonly string[]; readonly grown: boolean } {
  const wanted = lists.map(listKey);
  // Of mailboxes of the time when nothing was recorded, and that we have made, all that the configuration names are ours.
  const configured = [...exchange.addressLists, ...exchange.roomLists].map(listKey);
  const known = work.ownLists ?? (facts.adopted === undefined ? configured : []);
  const ours = [...new Set([...known, ...wanted])].sort();
  return { wanted, ours, grown: ours.length > (work.ownLists?.length ?? -1) };
}

/** What an object is to show of an attribute that is owned by value: the values that none of us wrote are left alone. */
function withForeign(wanted: readonly string[], shown: readonly string[], ours: readonly string[]): readonly string[] {
  const known = new Set([...wanted, ...ours]);
  return [...wanted, ...shown.map(listKey).filter((list) => !known.has(list))].sort();
}

/**
 * Records that a step failed in a way that trying again does not mend, so that the object waits for a correction.
 *
 * @param failure type of the failure that the step ended with
 */
export async function blockMailbox(
  dependencies: Dependencies,
  configuration: Configuration,
  identity: string,
  attempt: Attempt,
  failure: string,
): Promise<ProvisionOutcome> {
  const work = await takeMailbox(dependencies.database, identity, attempt, configuration.managed.namingContext);
  if (work === null) return { outcome: 'superseded' };
  return block(dependencies, configuration, work, `the step ended with ${failure}`, 'PE902');
}

async function block(
  { database }: Dependencies,
  configuration: Configuration,
  work: MailboxWork,
  details: string,
  code: ErrorCode = 'PE901',
): Promise<ProvisionOutcome> {
  await settleService(database, work, 'blocked', [{ guid: work.sourceGuid, code, attribute: '', details }]);
  return { outcome: 'blocked', code, parkForMs: milliseconds(configuration.services.parkFor) };
}

const NO_FACTS: MailboxFacts = { mailboxGuid: '', database: '', legacyExchangeDn: '', createdAt: '' };
/** What a mailbox consists of. */
const MAILBOX = Object.keys(
  mailboxImage(NO_FACTS, {
    ...{ sourceSid: '', homeServer: '', quotaBytes: null, addressLists: [], roomLists: [] },
    ...{ hidden: false, capacity: null },
  }),
);

/** What a new mailbox has for life. */
interface Place {
  readonly facts: MailboxFacts;
  /** It is kept already; else it is to be kept before the first write. */
  readonly kept: boolean;
}

/** Decides what a new mailbox has for life; undefined when there is no room for it. */
async function placed(
  { database }: Dependencies,
  { exchange }: Configuration,
  work: MailboxWork,
  wish: Wish,
  present: DirectoryEntry,
): Promise<Place | undefined> {
  const databases = exchange.regions[wish.region]?.databases;
  if (databases === undefined) throw new Error(`the region ${wish.region} has no databases`);
  const factsIn = (chosen: string): MailboxFacts => ({
    mailboxGuid: randomUUID(),
    database: chosen,
    // A mail user has one, by which people have answered it.
    legacyExchangeDn:
      first(present.attributes, 'legacyExchangeDN') ?? legacyExchangeDnOf(exchange.recipientsDn, work.identityId),
    createdAt: generalizedTime(new Date()),
    recipient: wish.recipient,
  });
  if (!hasLimit(databases)) {
    // Two that are placed at the same moment may count each other as absent: the next ones make it even.
    const chosen = placeMailbox(databases, await mailboxesByDatabase(database, databaseNames(databases)));
    return chosen === null ? undefined : { facts: factsIn(chosen), kept: false };
  }
  return database.transaction(async (transaction) => {
    await placeAlone(transaction);
    const chosen = placeMailbox(databases, await mailboxesByDatabase(transaction, databaseNames(databases)));
    return chosen === null ? undefined : { facts: await keepFacts(transaction, work, factsIn(chosen)), kept: true };
  });
}

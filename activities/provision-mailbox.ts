import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { generalizedTime } from '../directory/values.ts';
import { milliseconds, type Configuration } from '../rules/configuration.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import { mailboxImage, recipientKind, type MailboxFacts } from '../rules/mailbox.ts';
import { databaseNames, hasLimit, placeMailbox } from '../rules/placement.ts';
import { RECIPIENT_KINDS } from '../rules/recipients.ts';
import type { Attempt } from '../store/locks.ts';
import {
  keepFacts,
  mailboxesByDatabase,
  placeAlone,
  settleService,
  takeMailbox,
  type MailboxWork,
} from '../store/services.ts';
import type { Dependencies } from './dependencies.ts';
import { chooseDriver } from './drivers/choose-driver.ts';
import { mailboxFacts } from './mailbox-facts.ts';
import { applyStep } from './service-step.ts';
import type { SharedWriters } from './shared-writer.ts';
import type { ProvisionOutcome } from './types.ts';

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
): Promise<ProvisionOutcome> {
  const { database } = dependencies;
  const work = await takeMailbox(database, identity, attempt);
  if (work === null) return { outcome: 'superseded' };
  const wish = wishSchema.parse(work.wanted);
  return writers.use(configuration, async (writer) => {
    const present = await writer.reader.read({ guid: work.managedGuid }, MAILBOX);
    if (present === null) return await block(dependencies, configuration, work, 'the managed object was not found');
    // The mailbox that is there, when the database knows of none, is kept as it is.
    const found = work.facts ?? mailboxFacts(present, [wish.sourceSid]);
    if (found === 'incomplete')
      return await block(dependencies, configuration, work, 'homeMDB or legacyExchangeDN is missing', 'PE106');
    const facts = await (found === null
      ? placed(dependencies, configuration, work, wish)
      : keepFacts(database, work, found));
    if (facts === null)
      return await block(dependencies, configuration, work, `the region ${wish.region} has no room`, 'PE108');
    const wanted = mailboxImage(facts, {
      sourceSid: wish.sourceSid,
      homeServer: configuration.exchange.homeServer,
      quotaBytes: wish.quotaBytes === null ? null : BigInt(wish.quotaBytes),
      addressLists: configuration.exchange.addressLists,
      roomLists: configuration.exchange.roomLists,
      hidden: wish.hidden,
      capacity: wish.capacity ?? null,
    });
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
    );
    if (result.outcome === 'refused')
      return await block(dependencies, configuration, work, result.details, result.code);
    await settleService(database, work, 'provisioned', []);
    return { outcome: 'provisioned', wrote: result.wrote };
  });
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
  const work = await takeMailbox(dependencies.database, identity, attempt);
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

/** Decides and keeps what a new mailbox has for life; null when there is no room for it. */
async function placed(
  { database }: Dependencies,
  { exchange }: Configuration,
  work: MailboxWork,
  wish: Wish,
): Promise<MailboxFacts | null> {
  const databases = exchange.regions[wish.region]?.databases;
  if (databases === undefined) throw new Error(`the region ${wish.region} has no databases`);
  return database.transaction(async (transaction) => {
    if (hasLimit(databases)) await placeAlone(transaction);
    const chosen = placeMailbox(databases, await mailboxesByDatabase(transaction, databaseNames(databases)));
    if (chosen === null) return null;
    return keepFacts(transaction, work, {
      mailboxGuid: randomUUID(),
      database: chosen,
      legacyExchangeDn: `${exchange.recipientsDn}/cn=${work.identityId.replaceAll('-', '')}`,
      createdAt: generalizedTime(new Date()),
      recipient: wish.recipient,
    });
  });
}

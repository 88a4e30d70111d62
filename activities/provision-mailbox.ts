import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { DirectoryEntry } from '../directory/entries.ts';
import type { AttributeChange } from '../directory/outcome.ts';
import { generalizedTime } from '../directory/values.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import { sameValues } from '../rules/change.ts';
import { milliseconds, type Configuration } from '../rules/configuration.ts';
import { sameDn } from '../rules/dn.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import { linkedMailbox, type MailboxFacts } from '../rules/mailbox.ts';
import { placeMailbox } from '../rules/placement.ts';
import type { Database } from '../store/database.ts';
import { replaceErrors, type FoundError } from '../store/errors.ts';
import type { Attempt } from '../store/locks.ts';
import { recordServiceChange, settleServiceChange } from '../store/plan.ts';
import {
  keepFacts,
  mailboxesByDatabase,
  requireService,
  settleMailbox,
  takeMailbox,
  type MailboxWork,
} from '../store/services.ts';
import type { Dependencies } from './dependencies.ts';
import { mailboxFacts } from './mailbox-facts.ts';
import type { SharedWriters } from './shared-writer.ts';
import type { ProvisionOutcome } from './types.ts';

/** The wish as the evaluation stored it. */
const wishSchema = z.object({
  quotaBytes: z.string().nullable(),
  region: z.string(),
  sourceSid: z.string(),
  hidden: z.boolean(),
});
type Wish = z.output<typeof wishSchema>;

const DN_VALUED = ['homeMDB', 'showInAddressBook'];

/**
 * Makes the identity's managed object a linked mailbox, by the `directory` driver: what was decided for life is stored
 * first, then only what differs is written, in one modify, and confirmed by reading it. Run again, it writes nothing.
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
    const attributes = Object.keys(
      linkedMailbox(NO_FACTS, { sourceSid: '', homeServer: '', quotaBytes: null, addressLists: [], hidden: false }),
    );
    const present = await writer.reader.read({ guid: work.managedGuid }, attributes);
    if (present === null) return await block(dependencies, configuration, work, 'the managed object was not found');
    // The mailbox that is there, when the database knows of none, is kept as it is.
    const found = work.facts ?? mailboxFacts(present, [wish.sourceSid]);
    if (found === 'incomplete')
      return await block(dependencies, configuration, work, 'homeMDB or legacyExchangeDN is missing', 'PE106');
    const facts = await keepFacts(database, work, found ?? (await newFacts(dependencies, configuration, work, wish)));
    const wanted = linkedMailbox(facts, {
      sourceSid: wish.sourceSid,
      homeServer: configuration.exchange.homeServer,
      quotaBytes: wish.quotaBytes === null ? null : BigInt(wish.quotaBytes),
      addressLists: configuration.exchange.addressLists,
      hidden: wish.hidden,
    });
    const changes = differences(wanted, present);
    if (changes.length > 0) {
      await requireService(database, work);
      const record = await recordServiceChange(
        database,
        work.identityId,
        work.managedGuid,
        onRecord(changes, present),
        'linked mailbox',
      );
      const refused = async (details: string): Promise<ProvisionOutcome> => {
        await settleServiceChange(database, record, 'failed', details);
        return block(dependencies, configuration, work, details);
      };
      const outcome = await writer.modify({ guid: work.managedGuid }, changes);
      if (!outcome.ok) return await refused(`${String(outcome.code)}: ${outcome.message}`);
      const after = await writer.reader.read({ guid: work.managedGuid }, attributes);
      const missing = after === null ? ['the object'] : differences(wanted, after).map((change) => change.attribute);
      if (missing.length > 0) return await refused(`written, but not shown when read again: ${missing.join(', ')}`);
      await settleServiceChange(database, record, 'confirmed', null);
    }
    await settle(database, work, 'provisioned', []);
    return { outcome: 'provisioned', wrote: changes.length > 0 };
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
  await settle(database, work, 'blocked', [{ guid: work.sourceGuid, code, attribute: '', details }]);
  return { outcome: 'blocked', code, parkForMs: milliseconds(configuration.services.parkFor) };
}

/** Ends the work with the errors that it found, unless another attempt has it. */
async function settle(
  database: Database,
  work: MailboxWork,
  state: 'provisioned' | 'blocked',
  found: readonly FoundError[],
): Promise<void> {
  await database.transaction(async (transaction) => {
    await requireService(transaction, work);
    await replaceErrors(transaction, work.forestId, 'service', [work.sourceGuid], found);
    await settleMailbox(transaction, work, state);
  });
}

const NO_FACTS: MailboxFacts = { mailboxGuid: '', database: '', legacyExchangeDn: '', createdAt: '' };

async function newFacts(
  { database }: Dependencies,
  configuration: Configuration,
  work: MailboxWork,
  wish: Wish,
): Promise<MailboxFacts> {
  const [preferred, ...others] = configuration.exchange.regions[wish.region]?.databases ?? [];
  if (preferred === undefined) throw new Error(`the region ${wish.region} has no databases`);
  const databases = [preferred, ...others] as const;
  return {
    mailboxGuid: randomUUID(),
    database: placeMailbox([...databases], await mailboxesByDatabase(database, databases)),
    legacyExchangeDn: `${configuration.exchange.recipientsDn}/cn=${work.identityId.replaceAll('-', '')}`,
    createdAt: generalizedTime(new Date()),
  };
}

function differences(wanted: AttributeImage, present: DirectoryEntry): readonly AttributeChange[] {
  return Object.entries(wanted).flatMap(([attribute, values]): AttributeChange[] => {
    const same = DN_VALUED.includes(attribute)
      ? sameNames(
          values,
          (present.links[attribute] ?? []).map((target) => target.dn),
        )
      : sameValues(values, present.attributes[attribute] ?? []);
    return same ? [] : [{ operation: 'replace', attribute, values }];
  });
}

/** What is about to be written, with what is there before. */
function onRecord(
  changes: readonly AttributeChange[],
  present: DirectoryEntry,
): { readonly before: AttributeImage; readonly after: AttributeImage } {
  const shown = (attribute: string): readonly string[] =>
    DN_VALUED.includes(attribute)
      ? (present.links[attribute] ?? []).map((target) => target.dn)
      : (present.attributes[attribute] ?? []);
  return {
    before: Object.fromEntries(changes.map(({ attribute }) => [attribute, shown(attribute)])),
    after: Object.fromEntries(changes.map(({ attribute, values }) => [attribute, values])),
  };
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((dn) => right.some((other) => sameDn(dn, other)));
}

import type { DirectoryEntry } from '../directory/entries.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import { attribute, type AttributeImage } from '../rules/attributes.ts';
import { sameValues } from '../rules/change.ts';
import { sameDn } from '../rules/dn.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import type { Queryable } from '../store/database.ts';
import {
  noteServiceAnswer,
  openServiceChange,
  recordServiceChange,
  settleServiceChange,
  type KeptWithChange,
  type ServiceChange,
  type TakenService,
} from '../store/service-changes.ts';
import type { ServiceDriver, ServiceStep } from './drivers/driver.ts';
import { ProgramFailed } from './drivers/program.ts';

/** What steps of services are made with: the driver writes to the domain controller that the reader reads from. */
export interface StepTools {
  readonly database: Queryable;
  readonly reader: DirectoryReader;
  readonly driver: ServiceDriver;
}

export type StepResult =
  /** The object shows what is wanted. `record` is the change on record, where it is still to be settled. */
  | { readonly outcome: 'done'; readonly wrote: boolean; readonly record?: string }
  /** The object's error: trying again does not mend it. */
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly details: string };

/** A step could not be done now, by a driver's word unless another reason is given: the same step is to be tried again later. */
export class StepPostponed extends Error {
  override readonly name = 'StepPostponed';

  // Without the driver's details, which may name a person: they are on record with the change.
  constructor(reason = 'The driver asks for another try later; its answer is on record with the planned change.') {
    super(reason);
  }
}

/**
 * Makes one step of a service of an object and confirms it by reading the object again. Only what differs is written; it is
 * on record before, and settled after. Run again, it goes on where an attempt before it was broken off, and does nothing
 * where there is nothing left to do.
 *
 * @param taken the service, as this attempt has taken it
 * @param shown the object as it was read just now with the attributes of `step.wanted`, where the caller has it; null when
 *   it is not there
 * @param options `keep` what is kept with the record of the change; `settle` false leaves it to the caller to settle the record
 *   of a step that is done
 * @throws ServiceTaken when another attempt has the service
 * @throws StepPostponed when the driver asks for another try later
 */
export async function applyStep(
  { database, reader, driver }: StepTools,
  taken: TakenService,
  step: ServiceStep,
  shown?: DirectoryEntry | null,
  options: { readonly keep?: KeptWithChange | undefined; readonly settle?: boolean } = {},
): Promise<StepResult> {
  const { wanted, managedGuid } = step;
  const attributes = Object.keys(wanted);
  const present = shown === undefined ? await reader.read({ guid: managedGuid }, attributes) : shown;
  if (present === null) return { outcome: 'refused', code: 'PE901', details: 'the managed object was not found' };
  const change = changeOf(wanted, present);
  const wrote = Object.keys(change.after).length > 0;
  if (!wrote && (await openServiceChange(database, taken, managedGuid)) === null) return { outcome: 'done', wrote };
  const what = `${step.action} ${step.recipient}`;
  const record = await recordServiceChange(database, taken, managedGuid, change, what, options.keep);
  const outcome = await driver
    .apply(step, { before: record.before, after: record.after, unwritten: change.after })
    .catch(async (error: unknown) => {
      if (error instanceof ProgramFailed)
        await noteServiceAnswer(database, record.id, `${error.message}: ${error.complaint}`);
      throw error;
    });
  if (outcome.outcome === 'retry') {
    await noteServiceAnswer(database, record.id, outcome.details);
    throw new StepPostponed();
  }
  const result = outcome.outcome === 'refused' ? outcome : await confirmed(reader, step);
  if (result.outcome === 'done' && options.settle === false) return { outcome: 'done', wrote, record: record.id };
  await settleServiceChange(
    database,
    record.id,
    result.outcome === 'done' ? 'confirmed' : 'failed',
    result.outcome === 'done' ? null : result.details,
  );
  return result.outcome === 'done' ? { outcome: 'done', wrote } : result;
}

async function confirmed(
  reader: DirectoryReader,
  { wanted, managedGuid }: ServiceStep,
): Promise<{ readonly outcome: 'done' } | (StepResult & { readonly outcome: 'refused' })> {
  const after = await reader.read({ guid: managedGuid }, Object.keys(wanted));
  const missing = after === null ? ['the object'] : Object.keys(changeOf(wanted, after).after);
  if (missing.length === 0) return { outcome: 'done' };
  const details = `written, but not shown when read again: ${missing.join(', ')}`;
  return { outcome: 'refused', code: 'PE901', details };
}

/** What is to be written so that an object shows what is wanted, with what is there before. */
function changeOf(wanted: AttributeImage, present: DirectoryEntry): ServiceChange {
  const differing = Object.entries(wanted).flatMap(([name, values]) => {
    const isDn = attribute(name)?.syntax === 'dn';
    const have = isDn ? (present.links[name] ?? []).map((target) => target.dn) : (present.attributes[name] ?? []);
    return (isDn ? sameNames(values, have) : sameValues(values, have)) ? [] : [{ name, values, have }];
  });
  return {
    before: Object.fromEntries(differing.map(({ name, have }) => [name, have])),
    after: Object.fromEntries(differing.map(({ name, values }) => [name, values])),
  };
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((dn) => right.some((other) => sameDn(dn, other)));
}

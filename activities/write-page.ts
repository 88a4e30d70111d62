import type { AttributeChange, RefusedWrite } from '../directory/outcome.ts';
import { openWriter, type DirectoryWriter } from '../directory/writer.ts';
import type { AttributeImage } from '../rules/attributes.ts';
import type { Configuration } from '../rules/configuration.ts';
import type { ErrorCode } from '../rules/error-catalogue.ts';
import { valueOwned } from '../rules/flow.ts';
import { first, type ObjectKind } from '../rules/objects.ts';
import { replaceErrors, type FoundError } from '../store/errors.ts';
import { renameIdentity } from '../store/identities.ts';
import { requireForestLock } from '../store/locks.ts';
import { recordResults, unwritten, type ChangeResult, type PlannedChange, type PlanStage } from '../store/plan.ts';
import type { Run } from '../store/runs.ts';
import { endpoint, type Dependencies } from './dependencies.ts';
import { managedDn } from './name-identities.ts';
import type { WriteCounts } from './types.ts';

/** Changes that are under way at once on one connection; the server answers them one after the other. */
const IN_FLIGHT = 8;
/** Changes between two recordings: what a crash may have to look at again. */
const CHUNK = 100;

/** The object classes of a new managed object. */
export const CLASSES: Readonly<Record<ObjectKind, readonly string[]>> = {
  user: ['top', 'person', 'organizationalPerson', 'user'],
  contact: ['top', 'person', 'organizationalPerson', 'contact'],
  group: ['top', 'group'],
};

type Done =
  | { readonly change: PlannedChange; readonly failure: null }
  | { readonly change: PlannedChange; readonly failure: Failure };
interface Failure {
  readonly code: ErrorCode;
  readonly answer: string;
  /** The name that somebody else has, so that another one must be chosen. */
  readonly nameTaken?: 'cn' | 'sam';
}

/**
 * Writes what is unwritten of one page of planned changes. Each change is idempotent: a page that was cut short is
 * simply written again. An object that is refused gets an error and leaves the others alone.
 */
export async function writePage(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  stage: PlanStage,
  page: number,
  signal: AbortSignal,
): Promise<WriteCounts> {
  const { database } = dependencies;
  const changes = await unwritten(database, run.id, stage, page);
  const counts = { written: 0, failed: 0 };
  if (changes.length === 0) return counts;
  const writer = openWriter(await endpoint(dependencies, configuration.managed.controllers, configuration.managed));
  try {
    for (let start = 0; start < changes.length; start += CHUNK) {
      signal.throwIfAborted();
      await requireForestLock(database, run.forestId, run.lockCounter);
      const done: Done[] = [];
      try {
        await inFlight(changes.slice(start, start + CHUNK), IN_FLIGHT, async (change) => {
          done.push({ change, failure: await writeChange(writer, configuration, change) });
        });
      } finally {
        await record(dependencies, run, configuration, stage, done);
        counts.written += done.filter((item) => item.failure === null && item.change.operation !== 'disconnect').length;
        counts.failed += done.filter((item) => item.failure !== null).length;
      }
    }
  } finally {
    await writer.close();
  }
  return counts;
}

async function record(
  { database }: Dependencies,
  run: Run,
  configuration: Configuration,
  stage: PlanStage,
  done: readonly Done[],
): Promise<void> {
  const results = done.map(({ change, failure }): ChangeResult =>
    failure === null ? { id: change.id, ok: true } : { id: change.id, ok: false, answer: failure.answer },
  );
  const errors = done.flatMap(({ change, failure }): FoundError[] =>
    failure === null
      ? []
      : [
          {
            guid: change.sourceGuid,
            code: failure.code,
            attribute: change.operation === 'link' ? change.attribute : '',
            details: failure.answer,
          },
        ],
  );
  await database.transaction(async (transaction) => {
    await recordResults(transaction, results);
    // A holder's references may be several changes on several pages: their errors are cleared when nothing is left to plan.
    const settled = done.filter(({ change }) => change.operation !== 'link').map(({ change }) => change.sourceGuid);
    await replaceErrors(transaction, run.forestId, stage === 'objects' ? 'write' : 'link', settled, errors);
    for (const { change, failure } of done)
      if (failure?.nameTaken !== undefined)
        await renameIdentity(transaction, configuration.customer, change.identityId, failure.nameTaken);
  });
}

function writeChange(
  writer: DirectoryWriter,
  configuration: Configuration,
  change: PlannedChange,
): Promise<Failure | null> {
  switch (change.operation) {
    case 'add':
      return add(writer, configuration, change);
    case 'modify':
      return modify(writer, change);
    case 'link':
      return link(writer, change);
    case 'delete':
      return remove(writer, change);
    case 'disconnect':
      // Nothing is written: the identity's state changes with the recording.
      return Promise.resolve(null);
  }
}

async function add(
  writer: DirectoryWriter,
  configuration: Configuration,
  change: PlannedChange & { operation: 'add' },
): Promise<Failure | null> {
  const dn = managedDn(change.cn, configuration.managed.ou);
  const outcome = await writer.add(dn, { objectClass: CLASSES[change.kind], ...change.after });
  if (outcome.ok) return null;
  if (outcome.reason !== 'exists') return refused(outcome);
  const anchorAttribute = configuration.managed.anchorAttribute;
  const present = await writer.reader.read({ dn }, [anchorAttribute]);
  if (present === null)
    return {
      code: 'SE902',
      answer: `sAMAccountName ${first(change.after, 'sAMAccountName') ?? ''} is taken`,
      nameTaken: 'sam',
    };
  // Written before, by a step that did not live to record it.
  if (first(present.attributes, anchorAttribute) === first(change.after, anchorAttribute)) return null;
  return { code: 'SE902', answer: `${dn} is another object`, nameTaken: 'cn' };
}

async function modify(
  writer: DirectoryWriter,
  change: PlannedChange & { operation: 'modify' },
): Promise<Failure | null> {
  const outcome = await writer.modify({ guid: change.managedGuid }, attributeChanges(change.before, change.after));
  return outcome.ok ? null : refused(outcome);
}

/** Attributes that are owned whole are replaced; of those owned by value only our values leave and come, removals first. */
function attributeChanges(before: AttributeImage, after: AttributeImage): readonly AttributeChange[] {
  return Object.entries(after).flatMap(([attribute, values]): AttributeChange[] => {
    if (!valueOwned.has(attribute)) return [{ operation: 'replace', attribute, values }];
    const have = before[attribute] ?? [];
    const gone = have.filter((value) => !values.includes(value));
    const come = values.filter((value) => !have.includes(value));
    return [
      ...(gone.length > 0 ? [{ operation: 'delete' as const, attribute, values: gone }] : []),
      ...(come.length > 0 ? [{ operation: 'add' as const, attribute, values: come }] : []),
    ];
  });
}

async function link(writer: DirectoryWriter, change: PlannedChange & { operation: 'link' }): Promise<Failure | null> {
  const value = (guid: string): string => `<GUID=${guid}>`;
  const { failures } = await writer.changeLinks({ guid: change.managedGuid }, change.attribute, {
    add: change.after.map(value),
    remove: change.before.map(value),
  });
  const [firstFailure] = failures;
  if (firstFailure === undefined) return null;
  return {
    code: 'SE901',
    answer: `${change.attribute}: ${String(failures.length)} values were refused, the first with ${String(firstFailure.outcome.code)}: ${firstFailure.outcome.message}`,
  };
}

async function remove(
  writer: DirectoryWriter,
  change: PlannedChange & { operation: 'delete' },
): Promise<Failure | null> {
  const outcome = await writer.remove({ guid: change.managedGuid });
  return outcome.ok || outcome.reason === 'absent' ? null : refused(outcome);
}

function refused(outcome: RefusedWrite): Failure {
  return { code: 'SE901', answer: `${String(outcome.code)}: ${outcome.message}` };
}

/** Works through items with at most `width` under way. The first error is thrown when what is under way has ended. */
async function inFlight<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  const failed = lanes.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

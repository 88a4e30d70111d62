import { DirectoryUnavailable } from '../directory/errors.ts';
import { openWriter } from '../directory/writer.ts';
import type { Configuration } from '../rules/configuration.ts';
import { replaceErrors, type FoundError } from '../store/errors.ts';
import { forestId } from '../store/forests.ts';
import { isGuarded } from '../store/guarded.ts';
import { beginWriting, endWriting } from '../store/managed-writes.ts';
import { giveUpTombstone } from '../store/managed-deletions.ts';
import { renameIdentity } from '../store/naming.ts';
import {
  pageCounts,
  recordResults,
  unwritten,
  type ChangeResult,
  type PlannedChange,
  type PlanStage,
} from '../store/plan.ts';
import type { Run } from '../store/runs.ts';
import { endpoint, type Dependencies } from './dependencies.ts';
import { managedControllers } from './managed-controller.ts';
import { readManaged } from './read-managed.ts';
import type { WriteCounts } from './types.ts';
import { inFlight } from './in-flight.ts';
import { writeChange, type Failure } from './write-change.ts';

/** Changes that are under way at once on one connection; the server answers them one after the other. */
const IN_FLIGHT = 8;
/** Changes between two recordings: what a crash may have to look at again. */
const CHUNK = 100;
/** A change is written only when the step was still ours so long ago: one that stood still asks before it goes on. */
const FENCE_MS = 1_000;

type Done =
  | { readonly change: PlannedChange; readonly failure: null }
  | { readonly change: PlannedChange; readonly failure: Failure };

/**
 * Writes what is unwritten of one page of planned changes. Each change is idempotent: a page that was cut short is
 * simply written again. An object that is refused gets an error and leaves the others alone.
 *
 * @returns what became of the page, by all attempts at it
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
  // Steps can be asked for in any order by whoever reaches Temporal.
  if (!(await isGuarded(database, run.id, stage)))
    throw new Error(`the guard has not looked at the ${stage} of run ${run.id}`);
  const changes = await unwritten(database, run.id, stage, page);
  if (changes.length === 0) return pageCounts(database, run.id, stage, page);
  const { managed } = configuration;
  const controllers = await managedControllers(dependencies, configuration);
  const writer = openWriter(await endpoint(dependencies, controllers, managed));
  const forest = await forestId(database, { side: 'managed', name: managed.name });
  const writing = { run: run.id, step: `${stage} ${String(page)}` };
  // Another controller may know nothing of it before a read of this one has covered it: the confirming read above all.
  const writes = changes.some((change) => change.operation !== 'disconnect');
  const passFence = notOlderThan(FENCE_MS, () => database.passFence());
  try {
    if (writes) await beginWriting(database, writing, forest, managed.namingContext, writer.reader.controller);
    for (let start = 0; start < changes.length; start += CHUNK) {
      signal.throwIfAborted();
      const done: Done[] = [];
      try {
        await inFlight(changes.slice(start, start + CHUNK), IN_FLIGHT, async (change) => {
          await passFence();
          done.push({ change, failure: await writeChange(writer, configuration, change) });
        });
      } finally {
        await record(dependencies, run, configuration, stage, done);
      }
    }
    if (writes) await endWriting(database, writing);
  } catch (error) {
    // The next attempt goes to the controller that the read finds.
    if (error instanceof DirectoryUnavailable && managed.controllers.length > 1)
      await readManaged(dependencies, run, configuration, signal).catch(() => undefined);
    throw error;
  } finally {
    await writer.close();
  }
  return pageCounts(database, run.id, stage, page);
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
    for (const { change, failure } of done) {
      if (failure?.nameTaken !== undefined)
        await renameIdentity(transaction, configuration.customer, change.identityId, failure.nameTaken);
      if (failure?.gone === true) await giveUpTombstone(transaction, change.identityId);
    }
  });
}

/** Asks only when the last answer is older. */
function notOlderThan(ageMs: number, ask: () => Promise<void>): () => Promise<void> {
  let asked = -Infinity;
  return async () => {
    if (performance.now() - asked <= ageMs) return;
    await ask();
    asked = performance.now();
  };
}

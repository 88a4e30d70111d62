import {
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities, Cycle, CycleRequest, PlanCounts } from '../activities/types.ts';
import { cycleDetails } from './cycle-details.ts';
import { pauseSignal, progressQuery, resumeSignal, type CycleStage } from './messages.ts';
import { directoryRead, directoryWrite, heartbeatTimeout, service, state } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const reading = proxyActivities<Pick<Activities, 'readManaged' | 'readSource'>>(directoryRead);
const writing = proxyActivities<Pick<Activities, 'writePage'>>(directoryWrite);
const storing = proxyActivities<
  Pick<Activities, 'openCycle' | 'evaluate' | 'planObjects' | 'planReferences' | 'confirm' | 'closeCycle'>
>({
  ...state,
  startToCloseTimeout: '2 hours',
});
const services = proxyActivities<Pick<Activities, 'startServices' | 'awaitServices'>>({
  ...service,
  startToCloseTimeout: '12 hours',
  heartbeatTimeout,
});

/** Where a cycle that continues as new goes on. */
interface Continuation {
  readonly cycle: Cycle;
  readonly writers: number;
  readonly stage: 'objects' | 'references';
  readonly pages: number;
  readonly nextPage: number;
  readonly counts: Readonly<Record<string, number>>;
}

export interface SyncCycleInput extends CycleRequest {
  readonly continuation?: Continuation;
}

export interface SyncCycleResult {
  readonly outcome: 'completed' | 'skipped';
  /** The workflow that holds the forest, when the cycle was skipped. */
  readonly holder?: string;
  readonly run?: string;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * One cycle of a forest: read both sides, evaluate what changed, plan, write by pages (objects, then references), provision
 * services, confirm by reading. Started by a Schedule or by hand; ends at once when another cycle of the forest runs. Objects
 * never pass through it: it carries the run's number, page numbers and counts. Continues as new at a border of pages.
 */
export async function syncCycle(input: SyncCycleInput): Promise<SyncCycleResult> {
  const counts: Record<string, number> = { written: 0, failed: 0, ...input.continuation?.counts };
  let stage: CycleStage = 'opening';
  let paused = false;
  setHandler(progressQuery, () => ({ stage, paused, counts }));
  const show = (next: string): void => {
    setCurrentDetails(cycleDetails({ stage, paused, counts }, next));
  };
  const enter = (entered: CycleStage, next: string): void => {
    stage = entered;
    upsertSearchAttributes([{ key: searchAttributes.stage, value: entered }]);
    show(next);
  };
  setHandler(pauseSignal, () => {
    paused = true;
    show('Pauses at the next border of a page; send the signal `resume` to go on.');
  });
  setHandler(resumeSignal, () => {
    paused = false;
    show('Goes on.');
  });

  upsertSearchAttributes([
    { key: searchAttributes.customer, value: input.customer },
    { key: searchAttributes.forest, value: input.forest },
    { key: searchAttributes.profile, value: input.profile },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  const opened =
    input.continuation === undefined
      ? await open()
      : { cycle: input.continuation.cycle, writers: input.continuation.writers };
  if ('holder' in opened) return { outcome: 'skipped', holder: opened.holder, counts };
  const { cycle, writers } = opened;
  try {
    if (input.continuation === undefined) {
      enter('reading managed', 'Brings what is known of the Managed Forest up to date.');
      counts['managed'] = (await reading.readManaged(cycle)).read;
      await resumed();
      enter('reading source', 'Reads the Customer Forest.');
      Object.assign(counts, await reading.readSource(cycle));
      await resumed();
      enter('evaluating', 'Runs the rules over what changed.');
      Object.assign(counts, await storing.evaluate(cycle));
      enter('planning', 'Compares what is wanted with what the Managed Forest holds.');
      const plan = await storing.planObjects(cycle);
      counts['planned'] = plan.changes;
      await write('objects', plan, 0);
    } else if (input.continuation.stage === 'objects') {
      await write('objects', { changes: 0, pages: input.continuation.pages }, input.continuation.nextPage);
    }
    if (input.continuation?.stage === 'references') {
      await write('references', { changes: 0, pages: input.continuation.pages }, input.continuation.nextPage);
    } else {
      enter('planning', 'Reads what was written, then plans the references.');
      await reading.readManaged(cycle);
      const references = await storing.planReferences(cycle);
      counts['plannedReferences'] = references.changes;
      await write('references', references, 0);
    }
    enter('provisioning', 'Starts one object workflow for each service to be provisioned, and waits for them.');
    counts['started'] = (await services.startServices(cycle)).started;
    Object.assign(counts, await services.awaitServices(cycle));
    enter('confirming', 'Reads the Managed Forest and compares it with what was written.');
    await reading.readManaged(cycle);
    Object.assign(counts, await storing.confirm(cycle));
    await storing.closeCycle(cycle, 'completed');
    upsertSearchAttributes([{ key: searchAttributes.status, value: 'Completed' }]);
    enter('closed', 'Done.');
    return { outcome: 'completed', run: cycle.run, counts };
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    upsertSearchAttributes([{ key: searchAttributes.status, value: outcome === 'failed' ? 'Failed' : 'Cancelled' }]);
    await CancellationScope.nonCancellable(() => storing.closeCycle(cycle, outcome));
    throw error;
  }

  async function open(): Promise<{ cycle: Cycle; writers: number } | { holder: string }> {
    const { customer, forest, profile } = input;
    const answer = await storing.openCycle({ customer, forest, profile });
    if (answer.opened) return { cycle: answer.cycle, writers: answer.writers };
    upsertSearchAttributes([{ key: searchAttributes.status, value: 'Skipped' }]);
    stage = 'closed';
    show(`Another cycle of this forest runs: \`${answer.holder}\`. This one does nothing.`);
    return { holder: answer.holder };
  }

  async function resumed(): Promise<void> {
    if (paused) await condition(() => !paused);
  }

  /** Writes the pages of a stage, a few at a time. */
  async function write(planStage: 'objects' | 'references', plan: PlanCounts, firstPage: number): Promise<void> {
    enter(
      planStage === 'objects' ? 'writing objects' : 'writing references',
      `Writes ${String(plan.pages - firstPage)} pages.`,
    );
    let next = firstPage;
    let failed = false;
    const lane = async (): Promise<void> => {
      while (next < plan.pages && !failed && !workflowInfo().continueAsNewSuggested) {
        const page = next;
        next += 1;
        const written = await writing.writePage(cycle, planStage, page);
        counts['written'] = (counts['written'] ?? 0) + written.written;
        counts['failed'] = (counts['failed'] ?? 0) + written.failed;
        show(`${String(plan.pages - next)} pages are left.`);
        await resumed();
      }
    };
    const guarded = (): Promise<void> =>
      lane().catch((error: unknown) => {
        failed = true;
        throw error;
      });
    // The forest is given back only when no page is being written any more.
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(writers, plan.pages) }, guarded));
    for (const result of lanes) if (result.status === 'rejected') throw result.reason;
    await resumed();
    if (next < plan.pages)
      await continueAsNew<typeof syncCycle>({
        ...input,
        continuation: { cycle, writers, stage: planStage, pages: plan.pages, nextPage: next, counts },
      });
  }
}

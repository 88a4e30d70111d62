import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Cycle, CycleRequest, CycleSettings, HeldList, PlanStage } from '../activities/types.ts';
import { runFailure } from './application-failure.ts';
import { Approval, type Decision } from './approval.ts';
import { reading, services, storing, writing } from './cycle-activities.ts';
import { CycleView } from './cycle-view.ts';
import { openForest } from './open-forest.ts';
import { retakeForest } from './retake-forest.ts';
import { searchAttributes } from './search-attributes.ts';
import { writePages } from './write-pages.ts';

/** What a cycle writes, in order; it may continue as new within any of these. */
const PHASES = ['objects', 'references', 'approved objects', 'approved references'] as const;
type Phase = (typeof PHASES)[number];

/** Where a cycle that continues as new goes on. */
interface Continuation {
  readonly cycle: Cycle;
  readonly settings: CycleSettings;
  readonly phase: Phase;
  readonly pages: number;
  readonly nextPage: number;
  /** Pages of the phase after this one, where they are known already. */
  readonly references?: { readonly from: number; readonly pages: number };
  readonly counts: Readonly<Record<string, number>>;
  readonly held: HeldList | null;
  readonly decision: Decision | null;
  /** Absent in what was recorded before there was one. */
  readonly approvedEarlier?: boolean;
}

export interface SyncCycleInput extends CycleRequest {
  readonly continuation?: Continuation;
}

export interface SyncCycleResult {
  readonly outcome: 'completed' | 'skipped';
  /** The workflow that holds the forest, when the cycle was skipped. */
  readonly holder?: string;
  readonly run?: string;
  /** What became of the list that waited for an operator. */
  readonly decision?: Decision;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * One cycle of a forest: read both sides, evaluate what changed, plan, set aside what passes a limit of the guard, write by
 * pages (objects, then references), provision services, confirm by reading. What was set aside waits for an operator's answer
 * while other cycles of the forest go on; then it is evaluated again and written. Started by a Schedule or by hand; ends at
 * once when another cycle of the forest runs. One that is asked for a single object waits for that, reads only it of the Customer Forest,
 * and looks at it again from beginning to end. Objects never pass through it: it carries the run's number, page numbers and
 * counts. Continues as new at a border of pages.
 */
export async function syncCycle(input: SyncCycleInput): Promise<SyncCycleResult> {
  const { continuation } = input;
  const view = new CycleView(continuation?.counts ?? { written: 0, failed: 0 });
  view.held = continuation?.held ?? null;
  let begun: Cycle | null = continuation?.cycle ?? null;
  const approval = new Approval(view, () => begun, storing.answerHold, continuation?.decision ?? null);
  approval.approvedEarlier = continuation?.approvedEarlier ?? false;
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: input.customer },
    { key: searchAttributes.forest, value: input.forest },
    { key: searchAttributes.profile, value: input.profile },
    { key: searchAttributes.status, value: 'Running' },
    ...(input.object === undefined ? [] : [{ key: searchAttributes.objectGuid, value: input.object }]),
  ]);
  const opened = continuation ?? (await open());
  if ('holder' in opened) return { outcome: 'skipped', holder: opened.holder, counts: view.counts };
  const { cycle, settings } = opened;
  begun = cycle;
  try {
    const decision = await run();
    await storing.closeCycle(cycle, 'completed');
    view.status('Completed');
    view.enter('closed', 'Done.');
    await condition(allHandlersFinished);
    const result = { outcome: 'completed', run: cycle.run, counts: view.counts } as const;
    return decision === null ? result : { ...result, decision };
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    view.status(outcome === 'failed' ? 'Failed' : 'Cancelled');
    await CancellationScope.nonCancellable(() => storing.closeCycle(cycle, outcome, runFailure(error)));
    throw error;
  }

  async function open(): Promise<{ cycle: Cycle; settings: CycleSettings } | { holder: string }> {
    const { customer, forest, profile, object } = input;
    const answer =
      object === undefined
        ? await storing.openCycle({ customer, forest, profile })
        : await openForest({ customer, forest, profile }, view);
    if (answer.opened) return answer;
    view.status('Skipped');
    view.stage = 'closed';
    view.show(`Another cycle of this forest runs: \`${answer.holder}\`. This one does nothing.`);
    return { holder: answer.holder };
  }

  /** @returns what became of the list that waited, or null where there was none */
  async function run(): Promise<Decision | null> {
    if (continuation === undefined) {
      await read();
      const plan = await storing.planObjects(cycle);
      view.counts['planned'] = plan.changes;
      view.counts['disconnected'] = plan.disconnected;
      view.counts['drifted'] = plan.drifted;
      view.counts['driftReported'] = plan.driftReported;
      const refusal = await guarded('objects');
      if (refusal !== null) return refusal;
      await write('objects', 0, (await storing.planSize(cycle, 'objects')).pages);
    } else if (continuation.phase === 'objects') await goOn();
    if (before('references')) {
      view.enter('planning', 'Reads what was written, then plans the references.');
      await reading.readManaged(cycle);
      const references = await storing.planReferences(cycle);
      view.counts['plannedReferences'] = references.changes;
      view.counts['drifted'] = (view.counts['drifted'] ?? 0) + references.drifted;
      const refusal = await guarded('references');
      if (refusal !== null) return refusal;
      await write('references', 0, (await storing.planSize(cycle, 'references')).pages);
    } else if (continuation?.phase === 'references') await goOn();
    if (before('approved objects')) {
      view.enter('provisioning', 'Starts one object workflow for each service to be provisioned, and waits for them.');
      view.counts['started'] = (await services.startServices(cycle)).started;
      Object.assign(view.counts, await services.awaitServices(cycle));
      await confirm();
      if (view.held === null) return null;
      await storing.releaseForest(cycle);
      const decision = await decided();
      if (decision !== 'approved' && !approval.approvedEarlier) return decision;
      await retakeForest(cycle, view);
      const pages = await apply();
      await write('approved objects', pages.objects.from, pages.objects.pages, pages.references);
      await write('approved references', pages.references.from, pages.references.pages);
    } else if (continuation?.phase === 'approved objects') {
      await goOn();
      const { from, pages } = continuation.references ?? { from: 0, pages: 0 };
      await write('approved references', from, pages);
    } else await goOn();
    await confirm();
    return 'approved';
  }

  /** Whether the cycle is not yet in that phase. */
  function before(phase: Phase): boolean {
    return continuation === undefined || PHASES.indexOf(continuation.phase) < PHASES.indexOf(phase);
  }

  async function read(): Promise<void> {
    view.enter('reading managed', 'Brings what is known of the Managed Forest up to date.');
    view.counts['managed'] = (await reading.readManaged(cycle)).read;
    await view.resumed();
    const { object } = input;
    view.enter('reading source', object === undefined ? 'Reads the Customer Forest.' : 'Reads the one object.');
    Object.assign(
      view.counts,
      await (object === undefined ? reading.readSource(cycle) : reading.readObject(cycle, object)),
    );
    await view.resumed();
    view.enter('evaluating', 'Runs the rules over what changed.');
    Object.assign(view.counts, await storing.evaluate(cycle));
    view.enter('planning', 'Compares what is wanted with what the Managed Forest holds.');
  }

  /**
   * Has the guard look at a plan. Where nothing may be written before the answer it is waited for here, with the forest held.
   *
   * @returns the decision with which the cycle ends without writing, or null to go on
   */
  async function guarded(stage: PlanStage): Promise<Decision | null> {
    const list = await storing.guard(cycle, stage);
    approval.ask(list);
    if (list === null || !(list.whole || settings.others === 'wait')) return null;
    const decision = await decided();
    if (decision === 'approved') await apply();
    return decision === 'approved' || (decision === 'rejected' && !list.whole) ? null : decision;
  }

  async function decided(): Promise<Decision> {
    view.status('AwaitingApproval');
    view.enter('waiting for approval', 'Waits for an operator.');
    const decision = await approval.decided(settings.waitForMs);
    view.status('Running');
    if (decision === 'expired') await storing.endHold(cycle);
    if (decision !== 'approved') approval.close();
    return decision;
  }

  /** Looks again at what was approved, by what both sides show now. */
  async function apply(): ReturnType<typeof storing.applyHold> {
    await reading.readManaged(cycle);
    const pages = await storing.applyHold(cycle);
    approval.close();
    return pages;
  }

  async function confirm(): Promise<void> {
    view.enter('confirming', 'Reads the Managed Forest and compares it with what was written.');
    await reading.readManaged(cycle);
    Object.assign(view.counts, await storing.confirm(cycle));
  }

  async function goOn(): Promise<void> {
    if (continuation === undefined) return;
    await write(continuation.phase, continuation.nextPage, continuation.pages, continuation.references);
  }

  async function write(
    phase: Phase,
    from: number,
    pages: number,
    references?: Continuation['references'],
  ): Promise<void> {
    const stage = phase.endsWith('objects') ? 'objects' : 'references';
    const next = await writePages(
      writing.writePage,
      cycle,
      view,
      { stage, from, pages },
      settings.writers,
      () => workflowInfo().continueAsNewSuggested,
    );
    if (next >= pages) return;
    await condition(allHandlersFinished);
    await continueAsNew<typeof syncCycle>({
      ...input,
      continuation: {
        cycle,
        settings,
        phase,
        pages,
        nextPage: next,
        ...(references === undefined ? {} : { references }),
        counts: view.counts,
        held: view.held,
        decision: approval.decision,
        approvedEarlier: approval.approvedEarlier,
      },
    });
  }
}

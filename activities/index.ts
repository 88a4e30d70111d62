import { activityInfo } from '@temporalio/activity';
import type { Configuration } from '../rules/configuration.ts';
import { countIdentities } from '../store/identities.ts';
import { releaseForestLock, requireForestLock, type Holder } from '../store/locks.ts';
import { countPins } from '../store/pins.ts';
import { confirmChanges, planSize } from '../store/plan.ts';
import { endRun, readRun, recordCounts, type Run } from '../store/runs.ts';
import { markUndone, pinUndone, planUndo } from '../store/undo.ts';
import { applyHold } from './apply-hold.ts';
import { configurationOf, ConfigurationMissing, type Dependencies } from './dependencies.ts';
import { evaluateForest } from './evaluate.ts';
import { answerHold, endHold, guardStage, tellHolders } from './guard.ts';
import { heartbeating } from './heartbeat.ts';
import { openCycle, retakeForest } from './open-cycle.ts';
import { planForest, planForestReferences } from './plan.ts';
import { blockMailbox, provisionMailbox } from './provision-mailbox.ts';
import { awaitServices, startServices } from './provision-services.ts';
import { readManaged } from './read-managed.ts';
import { readSource } from './read-forest.ts';
import { SharedWriters } from './shared-writer.ts';
import type { Activities, Cycle } from './types.ts';
import { writePage } from './write-page.ts';

/** The activities of a worker, bound to what its process gives them. */
export function createActivities(dependencies: Dependencies): Activities {
  const { database } = dependencies;
  const writers = new SharedWriters(dependencies);

  /** Runs one step of a cycle: with its run and configuration, only while the cycle holds its forest, heartbeating. */
  const step = <T>(
    cycle: Cycle,
    work: (run: Run, configuration: Configuration, signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    heartbeating(async (signal) => {
      const run = await runOf(dependencies, cycle);
      await requireForestLock(database, run.forestId, run.lockCounter);
      return work(run, await configurationOf(database, cycle.customer, cycle.configuration), signal);
    });

  return {
    openCycle: (request) => heartbeating(() => openCycle(dependencies, request, holder())),
    readManaged: (cycle) =>
      step(cycle, async (_run, configuration, signal) => ({
        read: await readManaged(dependencies, configuration, signal),
      })),
    readSource: (cycle) =>
      step(cycle, (run, configuration, signal) => readSource(dependencies, run, configuration, cycle.forest, signal)),
    evaluate: (cycle) =>
      step(cycle, (run, configuration, signal) =>
        evaluateForest(database, run, configuration, cycle.forest, dependencies.rulesVersion, signal),
      ),
    planObjects: (cycle) =>
      step(cycle, (run, configuration, signal) => planForest(database, run, configuration, cycle.forest, signal)),
    planSize: (cycle, stage) =>
      step(cycle, async (run) => ({ pages: (await planSize(database, run.id, stage)).pages })),
    guard: (cycle, stage) =>
      step(cycle, async (run, configuration) => {
        await tellHolders(dependencies, run);
        return guardStage(dependencies, run, configuration, stage);
      }),
    answerHold: (cycle, answer, given) =>
      heartbeating(async () => answerHold(dependencies, await runOf(dependencies, cycle), answer, given)),
    applyHold: (cycle) =>
      step(cycle, (run, configuration, signal) => applyHold(database, run, configuration, cycle.forest, signal)),
    endHold: (cycle) => heartbeating(async () => endHold(dependencies, await runOf(dependencies, cycle))),
    releaseForest: (cycle) =>
      heartbeating(async () => {
        const run = await runOf(dependencies, cycle);
        await releaseForestLock(database, run.forestId, run.lockCounter);
      }),
    retakeForest: (cycle) =>
      heartbeating(async () => retakeForest(dependencies, await runOf(dependencies, cycle), holder())),
    openUndo: (request) => heartbeating(() => openCycle(dependencies, { ...request, profile: 'undo' }, holder())),
    planUndo: (cycle, undone) =>
      step(cycle, (run, configuration) =>
        database.transaction((transaction) => planUndo(transaction, run, undone, configuration.cycle.pageSize)),
      ),
    pinUndone: (cycle) => step(cycle, (run) => database.transaction((transaction) => pinUndone(transaction, run.id))),
    markUndone: (cycle) => step(cycle, (run) => database.transaction((transaction) => markUndone(transaction, run.id))),
    planReferences: (cycle) => step(cycle, (run, configuration) => planForestReferences(database, run, configuration)),
    writePage: (cycle, stage, page) =>
      step(cycle, (run, configuration, signal) => writePage(dependencies, run, configuration, stage, page, signal)),
    startServices: (cycle) =>
      step(cycle, async (run, _configuration, signal) => ({
        started: await startServices(dependencies, run, cycle, signal),
      })),
    awaitServices: (cycle) =>
      step(cycle, (run, configuration, signal) => awaitServices(dependencies, run, configuration, signal)),
    confirm: (cycle) =>
      step(cycle, async (run) => {
        const counts = {
          ...(await database.transaction((transaction) => confirmChanges(transaction, run.id))),
          pinned: await countPins(database, run.forestId),
        };
        await recordCounts(database, run.id, { ...counts, ...(await countIdentities(database, run.forestId)) });
        return counts;
      }),
    closeCycle: (cycle, outcome) =>
      heartbeating(async () => {
        const run = await runOf(dependencies, cycle);
        await endRun(database, run.id, outcome);
        await releaseForestLock(database, run.forestId, run.lockCounter);
      }),
    provisionMailbox: async (request) =>
      provisionMailbox(
        dependencies,
        writers,
        await configurationOf(database, request.customer, request.configuration),
        request.identity,
        holder(),
      ),
    blockMailbox: async (request, failure) =>
      blockMailbox(
        dependencies,
        await configurationOf(database, request.customer, request.configuration),
        request.identity,
        holder(),
        failure,
      ),
  };
}

/** The workflow that this activity works for, over all its continuations. */
function holder(): Holder {
  const { workflowExecution } = activityInfo();
  return { workflowId: workflowExecution?.workflowId ?? '', workflowRun: workflowExecution?.runId ?? '' };
}

async function runOf({ database }: Dependencies, cycle: Cycle): Promise<Run> {
  const run = await readRun(database, cycle.run);
  if (run === null)
    throw new ConfigurationMissing(`The run ${cycle.run} is not in the database: it is another one, or it was lost.`);
  return run;
}

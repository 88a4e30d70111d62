import { activityInfo } from '@temporalio/activity';
import type { Configuration } from '../rules/configuration.ts';
import { isDelivered } from '../rules/report-settings.ts';
import { putOffNotice } from '../store/alerts.ts';
import { delayEnd, resumeEnd } from '../store/deprovisioning-clock.ts';
import { releaseForestLock, type Attempt, type Holder } from '../store/locks.ts';
import { mapProgress } from '../store/migration-maps.ts';
import { planSize } from '../store/plan.ts';
import { requireNewestRules } from '../store/rules-versions.ts';
import { endRun, readRun, type Run } from '../store/runs.ts';
import { beginStep } from '../store/steps.ts';
import { pinUndone, planUndo, settleUndo } from '../store/undo.ts';
import { lookAtAlertsOf, lookSoon, tellAlertOf } from './alerts.ts';
import { answerReconnectionOf } from './answer-reconnection.ts';
import { applyHold } from './apply-hold.ts';
import { confirmRun } from './confirm.ts';
import { beginConversionOf, endConversionOf } from './convert-recipient.ts';
import { configurationOf, ConfigurationMissing, type Dependencies } from './dependencies.ts';
import { blockEnd, deprovisionIdentity } from './deprovision-object.ts';
import { decideJoinOf } from './decide-join.ts';
import { evaluateForest } from './evaluate.ts';
import { cleanOf } from './clean.ts';
import { answerHold, endHold, guardStage, tellHolders } from './guard.ts';
import { heartbeating } from './heartbeat.ts';
import { answerMapOf, checkMapOf } from './migration-map.ts';
import { offboardingActivities } from './offboard.ts';
import { onboardingActivities } from './onboard.ts';
import { openCycle, retakeForest } from './open-cycle.ts';
import type { Arrival } from './operator-answers.ts';
import { planForest, planForestReferences } from './plan.ts';
import { checkCustomerOf } from './preflight/check-customer.ts';
import { previewForest } from './preview.ts';
import { purgeSigned } from './purge-signed.ts';
import { blockIdentity, provisionIdentity } from './provision-identity.ts';
import { awaitServices, startServices } from './provision-services.ts';
import { readManaged } from './read-managed.ts';
import { readSource } from './read-forest.ts';
import { readObject } from './read-object.ts';
import { reportActivities } from './report/report-activities.ts';
import { reconnectStep } from './reconnect-services.ts';
import { SharedWriters } from './shared-writer.ts';
import type { ProvisionRequest } from './object-types.ts';
import type { Activities, Cycle } from './types.ts';
import { writePage } from './write-page.ts';

/** The activities of a worker, bound to what its process gives them. */
export function createActivities(dependencies: Dependencies): Activities {
  const { database } = dependencies;
  const writers = new SharedWriters(dependencies);

  /**
   * Runs one step of a cycle, heartbeating: with its run and configuration, where no worker has newer rules, and with a database
   * that lets it write only while the cycle holds its forest and this is the newest attempt.
   */
  const step = <T>(
    cycle: Cycle,
    name: string,
    work: (run: Run, configuration: Configuration, fenced: Dependencies, signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    heartbeating(async (signal) => {
      await requireNewestRules(database, dependencies.rulesVersion);
      const run = await runOf(dependencies, cycle);
      // As the run has them, whatever the workflow says.
      const configuration = await configurationOf(database, run.customer, run.configuration);
      const fence = await beginStep(database, run, name, scheduledAt());
      return work(run, configuration, { ...dependencies, database: database.fenced(fence) }, signal);
    });

  /** Runs one step of an object workflow, heartbeating, with the configuration that its request names. */
  const ofIdentity = <T>(
    { customer, configuration }: ProvisionRequest,
    work: (configuration: Configuration) => Promise<T>,
  ): Promise<T> => heartbeating(async () => work(await configurationOf(database, customer, configuration)));

  return {
    openCycle: (request) => heartbeating(() => openCycle(dependencies, request, holder())),
    readManaged: (cycle) =>
      step(cycle, 'read managed', async (run, configuration, fenced, signal) => ({
        read: await readManaged(fenced, run, configuration, signal),
      })),
    readSource: (cycle) =>
      step(cycle, 'read source', (run, configuration, fenced, signal) =>
        readSource(fenced, run, configuration, cycle.forest, signal),
      ),
    readObject: (cycle, object) =>
      step(cycle, 'read object', (run, configuration, fenced, signal) =>
        readObject(fenced, run, configuration, cycle.forest, object, signal),
      ),
    evaluate: (cycle) =>
      step(cycle, 'evaluate', (run, configuration, fenced, signal) =>
        evaluateForest(fenced, run, configuration, cycle.forest, signal),
      ),
    planObjects: (cycle) =>
      step(cycle, 'plan objects', (run, configuration, fenced, signal) =>
        planForest(fenced.database, run, configuration, cycle.forest, signal),
      ),
    planSize: (cycle, stage) =>
      heartbeating(async () => ({ pages: (await planSize(database, cycle.run, stage)).pages })),
    preview: (cycle, request) =>
      step(cycle, 'preview', (run, configuration, fenced, signal) =>
        previewForest(fenced, run, configuration, request, signal),
      ),
    guard: (cycle, stage) =>
      step(cycle, `guard ${stage}`, async (run, configuration, fenced) => {
        await tellHolders(fenced, run);
        const list = await guardStage(fenced, run, configuration, stage);
        if (list !== null) await lookSoon(dependencies, cycle.customer);
        return list;
      }),
    answerHold: (cycle, answer, given) =>
      heartbeating(async () => answerHold(dependencies, await runOf(dependencies, cycle), answer, given, arrival())),
    applyHold: (cycle) =>
      step(cycle, 'apply hold', (run, configuration, fenced, signal) =>
        applyHold(fenced.database, run, configuration, cycle.forest, signal),
      ),
    endHold: (cycle) => heartbeating(async () => endHold(dependencies, await runOf(dependencies, cycle))),
    releaseForest: (cycle) =>
      heartbeating(async () => {
        const run = await runOf(dependencies, cycle);
        await releaseForestLock(database, run.forestId, run.lockCounter);
      }),
    retakeForest: (cycle) => heartbeating(async () => retakeForest(dependencies, await runOf(dependencies, cycle))),
    openUndo: (request) => heartbeating(() => openCycle(dependencies, { ...request, profile: 'undo' }, holder())),
    planUndo: (cycle, undone) =>
      step(cycle, 'plan undo', (run, configuration, fenced) =>
        fenced.database.transaction((transaction) => planUndo(transaction, run, undone, configuration.cycle.pageSize)),
      ),
    pinUndone: (cycle) =>
      step(cycle, 'pin', (run, _configuration, fenced) =>
        fenced.database.transaction((transaction) => pinUndone(transaction, run.id)),
      ),
    markUndone: (cycle) =>
      step(cycle, 'mark undone', (run, _configuration, fenced) =>
        fenced.database.transaction((transaction) => settleUndo(transaction, run.id)),
      ),
    planReferences: (cycle) =>
      step(cycle, 'plan references', (run, configuration, fenced) =>
        planForestReferences(fenced.database, run, configuration),
      ),
    writePage: (cycle, stage, page) =>
      step(cycle, `write ${stage} ${String(page)}`, (run, configuration, fenced, signal) =>
        writePage(fenced, run, configuration, stage, page, signal),
      ),
    startServices: (cycle) =>
      step(cycle, 'start services', async (run, configuration, fenced, signal) => ({
        started: await startServices(fenced, run, cycle, configuration, signal),
      })),
    awaitServices: (cycle) =>
      step(cycle, 'await services', (run, configuration, fenced, signal) =>
        awaitServices(fenced, run, configuration, signal),
      ),
    confirm: (cycle) =>
      step(cycle, 'confirm', (run, configuration, fenced, signal) => confirmRun(fenced, run, configuration, signal)),
    closeCycle: (cycle, outcome, failure) =>
      heartbeating(async () => {
        const run = await runOf(dependencies, cycle);
        await endRun(database, run.id, outcome, failure);
        await releaseForestLock(database, run.forestId, run.lockCounter);
        const { reports } = await configurationOf(database, cycle.customer, cycle.configuration);
        if (reports.when === 'after each cycle' && isDelivered(reports) && outcome !== 'previewed')
          await dependencies.workflows.startReport(cycle.customer, cycle.run);
        if (outcome !== 'previewed') await lookSoon(dependencies, cycle.customer);
      }),
    ...reportActivities(dependencies, () => holder().workflowRun),
    beginConversion: (request) => heartbeating(() => beginConversionOf(database, request, holder().workflowRun)),
    endConversion: (identity, outcome) =>
      heartbeating(() => endConversionOf(database, identity, holder().workflowRun, outcome)),
    deprovision: (request) =>
      ofIdentity(request, (configuration) =>
        deprovisionIdentity(dependencies, writers, configuration, request.identity, attempt()),
      ),
    blockDeprovisioning: (request, failure) =>
      ofIdentity(request, (configuration) =>
        blockEnd(dependencies, configuration, request.identity, attempt(), failure),
      ),
    delayDeprovisioning: (request, operator) => heartbeating(() => delayEnd(database, request.identity, operator)),
    resumeDeprovisioning: (request) => heartbeating(() => resumeEnd(database, request.identity)),
    reconnect: (request) => heartbeating(() => reconnectStep(dependencies, writers, request)),
    answerReconnection: (request, answer) =>
      heartbeating(() => answerReconnectionOf(database, request, answer, arrival())),
    checkMap: (request) =>
      heartbeating(async () => {
        const checked = await checkMapOf(database, request);
        await lookSoon(dependencies, request.customer);
        return checked;
      }),
    answerMap: (request, answer, given) => heartbeating(() => answerMapOf(database, request, answer, given, arrival())),
    mapProgress: (request) => heartbeating(() => mapProgress(database, request.map)),
    checkCustomer: ({ customer }) => heartbeating((signal) => checkCustomerOf(dependencies, customer, signal)),
    ...onboardingActivities(dependencies, arrival),
    lookAtAlerts: (request) => heartbeating(() => lookAtAlertsOf(dependencies, request, holder().workflowRun)),
    tellAlert: (notice) => heartbeating(() => tellAlertOf(dependencies, notice)),
    putOffAlert: (notice, refusal) => heartbeating(() => putOffNotice(database, notice, refusal)),
    purge: (request) =>
      heartbeating(() => purgeSigned(database, request, { ...arrival(), step: holder().workflowRun })),
    ...offboardingActivities(dependencies, arrival),
    clean: (request, part, at) => heartbeating((signal) => cleanOf(database, request, part, new Date(at), signal)),
    decideJoin: (request) => heartbeating(() => decideJoinOf(database, request)),
    provisionMailbox: (request) =>
      ofIdentity(request, (configuration) =>
        provisionIdentity(dependencies, writers, configuration, request.identity, attempt()),
      ),
    blockMailbox: (request, failure) =>
      ofIdentity(request, (configuration) =>
        blockIdentity(dependencies, configuration, request.identity, attempt(), failure),
      ),
  };
}

/** The workflow run that this activity works for. After a continuation it is another one than the one that opened the cycle. */
function holder(): Holder {
  const { workflowExecution } = activityInfo();
  return { workflowId: workflowExecution?.workflowId ?? '', workflowRun: workflowExecution?.runId ?? '' };
}

/**
 * When this attempt was scheduled, in milliseconds: later for a later attempt, whichever of two runs on. What is done in place is
 * timed by the clock of its worker, and comes before all that the server schedules.
 */
function scheduledAt(): number {
  const { isLocal, currentAttemptScheduledTimestampMs } = activityInfo();
  return isLocal ? 0 : currentAttemptScheduledTimestampMs;
}

/** When an answer came, and what takes it: the same for each attempt. */
function arrival(): Arrival {
  const { activityId, scheduledTimestampMs } = activityInfo();
  const { workflowId, workflowRun } = holder();
  return { at: scheduledTimestampMs, step: `${workflowRun}/${activityId}`, workflowId };
}

function attempt(): Attempt {
  return { ...holder(), scheduledAt: scheduledAt() };
}

async function runOf({ database }: Dependencies, cycle: Cycle): Promise<Run> {
  const run = await readRun(database, cycle.run);
  if (run === null)
    throw new ConfigurationMissing(`The run ${cycle.run} is not in the database: it is another one, or it was lost.`);
  return run;
}

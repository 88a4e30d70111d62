import type { Configuration } from '../rules/configuration.ts';
import { milliseconds } from '../rules/configuration.ts';
import { untellEnds, untoldEnds } from '../store/deprovisioning.ts';
import { untellReconnections, untoldReconnections } from '../store/reconnection-cases.ts';
import { recordCounts, type Run } from '../store/runs.ts';
import {
  openServices,
  serviceProgress,
  tryBlockedAgain,
  unstartedServices,
  type OpenService,
} from '../store/services.ts';
import type { Dependencies } from './dependencies.ts';
import type { Cycle, ServiceCounts } from './types.ts';

const BATCH = 200;
/** Starts under way at once: more gains nothing on one server. */
export const STARTS = 20;
/** How often it is looked whether all are done: by this part of the time that it has taken so far, within limits. */
const LOOK = { part: 0.01, leastMs: 20, mostMs: 500 } as const;

/**
 * Starts the object workflow of each identity whose service is to be provisioned. Starting twice joins the one that runs. A whole
 * cycle looks after what waits, too.
 */
export async function startServices(
  dependencies: Dependencies,
  run: Run,
  cycle: Cycle,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<number> {
  // A program may take its time.
  const isBrief = configuration.services.driver === 'directory';
  if (run.profile === 'full') await tryBlockedAgain(dependencies.database, run.forestId, run.id);
  // What a step before this one marked and may not have started.
  let batch = await unstartedServices(dependencies.database, run.id);
  let started = 0;
  for (;;) {
    const queue = batch.values();
    const lane = async (): Promise<void> => {
      for (const service of queue) {
        signal.throwIfAborted();
        await start(dependencies, cycle, service, isBrief);
      }
    };
    await Promise.all(Array.from({ length: STARTS }, lane));
    started += batch.length;
    batch = await openServices(dependencies.database, run.forestId, run.id, BATCH);
    if (batch.length === 0) break;
  }
  if (run.profile === 'full') {
    await untellEnds(dependencies.database, run.forestId);
    await untellReconnections(dependencies.database, run.forestId);
  }
  const ends = await startEnds(dependencies, run, cycle, signal);
  await startReconnections(dependencies, run, cycle, signal);
  await recordCounts(dependencies.database, run.id, { servicesStarted: started, endsTold: ends });
  return started;
}

/** Starts or tells the workflow of each identity whose services end. Each marks itself as told; what fails is told again by the next cycle. */
async function startEnds(dependencies: Dependencies, run: Run, cycle: Cycle, signal: AbortSignal): Promise<number> {
  const { customer, forest, configuration } = cycle;
  let told = 0;
  for (let after: string | null = null; ;) {
    signal.throwIfAborted();
    const batch = await untoldEnds(dependencies.database, run.forestId, after, STARTS);
    await Promise.all(
      batch.map((end) =>
        dependencies.workflows.startDeprovisioning({ customer, forest, configuration, identity: end.identityId }, end),
      ),
    );
    told += batch.length;
    const last = batch.at(-1);
    if (last === undefined) return told;
    after = last.identityId;
  }
}

/** Starts or tells the workflow of each new source object that is asked about, or whose services follow it. */
async function startReconnections(
  { database, workflows }: Dependencies,
  run: Run,
  { customer, forest }: Cycle,
  signal: AbortSignal,
): Promise<void> {
  for (let after = '0'; ;) {
    signal.throwIfAborted();
    const batch = await untoldReconnections(database, run.forestId, after, STARTS);
    await Promise.all(batch.map(({ guid }) => workflows.startReconnection({ customer, forest, object: guid })));
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

function start(dependencies: Dependencies, cycle: Cycle, service: OpenService, isBrief: boolean): Promise<void> {
  return dependencies.workflows.startProvisioning(
    {
      customer: cycle.customer,
      forest: cycle.forest,
      configuration: cycle.configuration,
      identity: service.identityId,
      ...(isBrief ? { brief: true } : {}),
    },
    service.sourceGuid,
    service.again,
  );
}

/** Waits until the object workflows of a run have ended or wait for a correction, but not longer than configured. */
export async function awaitServices(
  dependencies: Dependencies,
  run: Run,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<Omit<ServiceCounts, 'started'>> {
  const began = Date.now();
  const until = began + milliseconds(configuration.services.waitFor);
  for (;;) {
    signal.throwIfAborted();
    const progress = await serviceProgress(dependencies.database, run.id);
    await recordCounts(dependencies.database, run.id, { provisioned: progress.provisioned, blocked: progress.blocked });
    if (progress.provisioning === 0 || Date.now() >= until)
      return { provisioned: progress.provisioned, blocked: progress.blocked, open: progress.provisioning };
    const lookAfterMs = Math.min(Math.max((Date.now() - began) * LOOK.part, LOOK.leastMs), LOOK.mostMs);
    await new Promise((resolve) => setTimeout(resolve, lookAfterMs));
  }
}

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  proxyActivities,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  OffboardingActivities,
  OffboardingCounts,
  OffboardingRequest,
  OffboardingWay,
} from '../activities/offboarding-types.ts';
import { offboardingId } from './ids.ts';
import { OffboardingState, type OffboardingStanding } from './offboarding-state.ts';
import { OffboardingWaves } from './offboarding-waves.ts';
import { state as policy } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const activities = proxyActivities<OffboardingActivities>(policy);

const DEFAULTS = { waveSize: 100, pause: 0, lookEvery: 5_000 };
/** Looks that must find nothing in a row: the list of workflows is behind by a moment. */
const QUIET_LOOKS = 2;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export interface OffboardInput extends OffboardingRequest {
  readonly way: OffboardingWay;
  readonly operator?: string;
  /** Objects that one wave takes, at most. */
  readonly waveSize?: number;
  /** Milliseconds between the end of a wave and the next one. */
  readonly pause?: number;
  /** Milliseconds between looks at what became of those who were taken. */
  readonly lookEvery?: number;
  /** Events of its history after which it continues as new, where Temporal would not say so before. */
  readonly historyLimit?: number;
  readonly continuation?: OffboardingStanding;
}

export interface OffboardResult {
  readonly outcome: 'completed' | 'stopped' | 'refused';
  readonly reason?: string;
  readonly offboarding?: string;
  readonly counts?: OffboardingCounts;
}

/**
 * Ends the service of a customer. Deprovisioned, its objects leave the scope by waves, after an operator's approval, and lose their
 * services like all that leaves: the cycles write, with the guard; when the services of all have ended no cycle begins any more. Left, they
 * stay as they are, and no cycle begins from its start. At last what is written is written to its end, and all else of the customer that
 * runs or waits is ended. One at a time of a customer, by its id. Started by `itasca offboard`.
 */
export async function offboardCustomer(input: OffboardInput): Promise<OffboardResult> {
  const settings = { ...DEFAULTS, ...input };
  const { customer, way, operator } = input;
  const request = { customer };
  const state = new OffboardingState(way, settings.waveSize, input.continuation, (id, given) =>
    activities.answerOffboarding(request, id, given),
  );
  const { now } = state;
  upsertSearchAttributes([
    { key: searchAttributes.customer, value: customer },
    { key: searchAttributes.status, value: 'Running' },
  ]);
  if (input.continuation === undefined) {
    const refusal = await open();
    if (refusal !== null) return { outcome: 'refused', reason: refusal };
  }
  const counts = now.stage === 'ending workflows' ? null : await waves();
  if (counts !== null && state.stopped) return { outcome: 'stopped', offboarding: now.id, counts };
  now.stage = 'ending workflows';
  await activities.endSchedules(request);
  await endWorkflows();
  await activities.closeLeaving(request, now.id);
  now.stage = 'completed';
  state.show(
    way === 'leave'
      ? `The managed objects of ${customer} stay as they are; nothing of it is synchronized any more.`
      : undefined,
  );
  await condition(allHandlersFinished);
  return { outcome: 'completed', offboarding: now.id, ...(now.counts === null ? {} : { counts: now.counts }) };

  /** @returns why it can not be begun, or null */
  async function open(): Promise<string | null> {
    const opened = await activities.openOffboarding({
      ...{ customer, way, operator: operator ?? null, id: offboardingId(customer) },
    });
    if ('refused' in opened) {
      now.stage = 'refused';
      state.show(`Refused: ${opened.refused}.`);
      return opened.refused;
    }
    now.id = opened.offboarding;
    now.wave = opened.lastWave;
    now.stage = way === 'leave' ? 'ending workflows' : 'waiting for approval';
    if (way === 'deprovision') state.note('started', operator);
    return null;
  }

  /** The waves, until the services of all have ended or an operator stops it. */
  async function waves(): Promise<OffboardingCounts> {
    const going = new OffboardingWaves(state, { ...settings, customer });
    try {
      while (!state.stopped) {
        await continueInTime();
        if (await going.step()) break;
      }
    } catch (error) {
      if (!(error instanceof ContinueAsNew) && isCancellation(error))
        await CancellationScope.nonCancellable(() => close('stopped'));
      throw error;
    }
    return close(state.stopped ? 'stopped' : 'completed');
  }

  async function close(outcome: 'stopped' | 'completed'): Promise<OffboardingCounts> {
    if (outcome === 'completed') state.note('the services of all have ended');
    now.paused = null;
    now.nextAt = null;
    now.counts = await activities.closeWaves(request, now.id, outcome, state.takePending());
    now.stage = outcome === 'stopped' ? 'stopped' : 'ending workflows';
    state.show();
    if (outcome === 'stopped') await condition(allHandlersFinished);
    return now.counts;
  }

  async function endWorkflows(): Promise<void> {
    let quiet = 0;
    for (let looks = 0; ; looks += 1) {
      await continueInTime();
      const { running, waits } = await activities.endWorkflows(request);
      const isQuiet = running + waits.length === 0;
      quiet = isQuiet ? quiet + 1 : 0;
      if (quiet === QUIET_LOOKS) return;
      state.show(
        [
          `No cycle of ${customer} begins any more. Ends its workflows: ${String(running)} still run.`,
          ...waits.map((workflow) => `- waits for \`${workflow}\`, which ends by itself`),
        ].join('\n'),
      );
      await sleep(isQuiet ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(looks, 10)), {
        summary: 'Looks again what of the customer runs',
      });
    }
  }

  async function continueInTime(): Promise<void> {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (!continueAsNewSuggested && historyLength <= (input.historyLimit ?? Infinity)) return;
    await condition(allHandlersFinished);
    await continueAsNew<typeof offboardCustomer>({ ...input, continuation: { ...now } });
  }
}

import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeprovisionActivities, DeprovisionOutcome, ProvisionRequest } from '../activities/types.ts';
import { OPERATOR } from './approval.ts';
import { delayUpdate, evaluatedSignal, resumeUpdate } from './messages.ts';
import { service, state } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const { deprovision } = proxyActivities<DeprovisionActivities>(service);
const { delayDeprovisioning, resumeDeprovisioning } = proxyActivities<DeprovisionActivities>({
  ...state,
  heartbeatTimeout: undefined,
});

type Wait = DeprovisionOutcome & { readonly outcome: 'waits' };

const WAITS: Readonly<Record<Wait['for'], string>> = {
  grace: 'Nothing is undone until the grace time is over',
  retention: 'Undone; everything can be given back until the retention time is over',
  'litigation hold': 'A litigation hold is set: nothing ends until it is lifted',
  correction: 'Waits for a correction',
  resume: 'Stopped by an operator; send the update `resume` to go on',
};

const ENDED = {
  done: 'Ended: nothing is left to be given back.',
  'given back': 'The object has returned, and has all again that was taken.',
  kept: 'Nothing ends: the object has returned, or has nothing that could end.',
  superseded: 'Nothing ends any more, or another workflow has taken over.',
} as const;

export interface DeprovisionResult {
  readonly outcome: (DeprovisionOutcome & { readonly outcome: 'ended' })['how'];
}

/**
 * Ends the services of one identity: waits out the grace time, undoes, waits out the retention time, then makes it final;
 * waits while a litigation hold is set or the object is in error, and gives everything back when the object returns before
 * the end. Started by the cycle that finds the end; told by each evaluation that concerns it. An operator stops the clock by
 * the update `delay` and starts it by `resume`. Its state is in PostgreSQL: continued as new, it has only its request.
 */
export async function deprovisionObject(started: ProvisionRequest): Promise<DeprovisionResult> {
  let request = started;
  const news = { come: false };
  setHandler(evaluatedSignal, (newer) => {
    request = newer;
    news.come = true;
  });
  setHandler(delayUpdate, async (given) => {
    if (typeof given?.operator !== 'string' || !OPERATOR.test(given.operator))
      throw ApplicationFailure.nonRetryable('An answer is {"operator": "your name"}.', 'NotAnswered');
    const stopped = await delayDeprovisioning(request, given.operator);
    news.come = true;
    return stopped ? 'Stopped until the update `resume`.' : 'It was stopped already.';
  });
  setHandler(resumeUpdate, async () => {
    const resumed = await resumeDeprovisioning(request);
    news.come = true;
    return resumed ? 'Goes on; the time that it was stopped for is added.' : 'Looks again now.';
  });
  for (;;) {
    news.come = false;
    const result = await deprovision(request);
    if (result.outcome === 'ended') {
      show(null, 'Completed', ENDED[result.how]);
      await condition(allHandlersFinished);
      return { outcome: result.how };
    }
    show(result, result.code === undefined ? 'Running' : 'AwaitingCorrection', describe(result));
    if (result.forMs === null) await condition(() => news.come);
    else await condition(() => news.come, result.forMs, { summary: WAITS[result.for] });
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof deprovisionObject>(request);
    }
  }
}

function show(wait: Wait | null, status: string, details: string): void {
  upsertSearchAttributes([
    { key: searchAttributes.status, value: status },
    { key: searchAttributes.errorCode, value: wait?.code ?? null },
  ]);
  setCurrentDetails(details);
}

function describe({ for: reason, code, forMs }: Wait): string {
  const until =
    forMs === null
      ? ''
      : `\n\n${reason === 'grace' || reason === 'retention' ? 'Until' : 'Looks again at'} ${new Date(Date.now() + forMs).toISOString()}`;
  return `**${WAITS[reason]}${code === undefined ? '' : `: ${code}`}**${until}`;
}

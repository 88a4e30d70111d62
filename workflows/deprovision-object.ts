import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeprovisionActivities, DeprovisionOutcome } from '../activities/deprovisioning-types.ts';
import type { ProvisionRequest } from '../activities/object-types.ts';
import type { End } from '../rules/transitions.ts';
import { showDetails } from './details.ts';
import { OPERATOR } from './approval.ts';
import { delayUpdate, evaluatedSignal, resumeUpdate } from './messages.ts';
import { service, state } from './policies.ts';
import { failureType } from './provisioning-step.ts';
import { searchAttributes } from './search-attributes.ts';

const { deprovision, blockDeprovisioning } = proxyActivities<DeprovisionActivities>(service);
const { delayDeprovisioning, resumeDeprovisioning } = proxyActivities<DeprovisionActivities>(state);

type Wait = DeprovisionOutcome & { readonly outcome: 'waits' };

/** What is waited for, in the details; in a few words also on the timer. */
const WAITS: Readonly<Record<Wait['for'], { readonly timer: string; readonly details: string }>> = {
  grace: { timer: 'Grace time', details: 'Grace time: nothing is undone until it is over' },
  retention: {
    timer: 'Retention time',
    details: 'Retention time: undone, and everything can be given back until it is over',
  },
  'litigation hold': {
    timer: 'Looks again at the litigation hold',
    details: 'A litigation hold is set: nothing ends until it is lifted',
  },
  correction: { timer: 'Looks again for a correction', details: 'Waits for a correction' },
  resume: { timer: '', details: 'Stopped by an operator' },
};

/** What happens when the grace time is over, and when the retention time is. */
const NEXT: Readonly<Record<End, { readonly grace: string; readonly retention: string }>> = {
  mailUser: {
    grace: 'the mailbox is taken off and the object stays as a mail user',
    retention: 'the previous-mailbox attributes are cleared',
  },
  mailDisable: {
    grace: 'the mail attributes are cleared and the object stays',
    retention: 'the previous-mailbox attributes are cleared',
  },
  remove: { grace: 'the mailbox is taken off and the object is hidden', retention: 'the object is deleted' },
  removeGroup: { grace: 'the group is hidden', retention: 'the group is deleted' },
};

const DELAY = 'To stop the clock send the update `delay` with `{"operator": "your name"}`.';
const RESUME = 'Send the update `resume` to start the clock again where it stopped.';

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
    const result = await deprovisionOrBlock(request);
    if (result.outcome === 'ended') {
      show(null, 'Completed', ENDED[result.how]);
      await condition(allHandlersFinished);
      return { outcome: result.how };
    }
    show(result, result.code === undefined ? 'Running' : 'AwaitingCorrection', describe(result));
    if (result.forMs === null) await condition(() => news.come);
    else await condition(() => news.come, result.forMs, { summary: WAITS[result.for].timer });
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof deprovisionObject>(request);
    }
  }
}

/** What is due now. A step that has ended with a failure waits for a correction, unless another workflow has taken over. */
async function deprovisionOrBlock(request: ProvisionRequest): Promise<DeprovisionOutcome> {
  try {
    return await deprovision(request);
  } catch (error) {
    const type = failureType(error);
    return type === 'LockLost' ? { outcome: 'ended', how: 'superseded' } : blockDeprovisioning(request, type);
  }
}

function show(wait: Wait | null, status: string, details: string): void {
  upsertSearchAttributes([
    { key: searchAttributes.status, value: status },
    { key: searchAttributes.errorCode, value: wait?.code ?? null },
  ]);
  showDetails(details);
}

function describe({ for: reason, end, code, forMs }: Wait): string {
  const headline = `**${WAITS[reason].details}${code === undefined ? '' : `: ${code}`}**`;
  if (forMs === null) return `${headline}\n\n${RESUME}`;
  const at = new Date(Date.now() + forMs).toISOString();
  if (reason !== 'grace' && reason !== 'retention') return `${headline}\n\nLooks again at ${at}.\n\n${DELAY}`;
  const next = end === undefined ? '' : `\n\nThen ${NEXT[end][reason]}.`;
  return `${headline}\n\nUntil ${at}.${next}\n\n${DELAY}`;
}

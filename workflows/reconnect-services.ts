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
import type {
  ReconnectionActivities,
  ReconnectionAnswer,
  ReconnectionOutcome,
  ReconnectionRequest,
} from '../activities/reconnection-types.ts';
import {
  approveCaseUpdate,
  chooseUpdate,
  newsSignal,
  rejectCaseUpdate,
  undoUpdate,
  type CaseAnswer,
} from './messages.ts';
import { showDetails } from './details.ts';
import { service, state } from './policies.ts';
import { searchAttributes } from './search-attributes.ts';

const { reconnect } = proxyActivities<ReconnectionActivities>(service);
const { answerReconnection } = proxyActivities<ReconnectionActivities>(state);

type Wait = ReconnectionOutcome & { readonly outcome: 'waits' };

const WAITS: Readonly<Record<Wait['for'], string>> = {
  answer: 'Waits for an operator: who is this new object?',
  'second approval': 'Approved by one operator; a second one has to send `approve`, too',
  cycle: 'Decided: the next cycle of the forest makes it, or writes what is missing',
  'services given back': 'The services that were taken are being given back',
  services: 'The services follow the new account',
  correction: 'A service waits for a correction; the error of the object says which',
};

const FIRST_LOOK_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
/** A question that nobody has to answer any more ends without a word to its workflow. */
const LOOK_AT_QUESTION_MS = 60 * 60_000;

export interface ReconnectionResult {
  readonly outcome: 'reconnected' | 'closed' | 'superseded' | 'refused';
  readonly reason?: string;
}

/**
 * Reconnects a new source object with the services that its person had before: shows the candidates with their evidence and
 * waits for an operator where the rules do not decide, then sees the services follow: given back where they were ending,
 * with the new account's SID, and confirmed by reading. Started by the cycle that finds the object, or by an operator with the
 * object and the managed object. The link itself is made by the cycle of the object's forest, before addresses are compared.
 * Everything it knows is in PostgreSQL: continued as new, it has only its request.
 */
export async function reconnectServices(request: ReconnectionRequest): Promise<ReconnectionResult> {
  const news = { come: false };
  const hasNews = (): boolean => news.come;
  setHandler(newsSignal, () => {
    news.come = true;
  });
  const answer = async (given: ReconnectionAnswer): Promise<string> => {
    const said = await answerReconnection(request, given);
    if (said.outcome === 'refused') throw ApplicationFailure.nonRetryable(`Refused: ${said.reason}.`, 'NotAnswered');
    news.come = true;
    return said.text;
  };
  const handle =
    (decision: ReconnectionAnswer['decision']) =>
    (given: CaseAnswer | undefined): Promise<string> =>
      answer({
        ...given,
        decision,
        operator: given?.operator ?? '',
      });
  setHandler(approveCaseUpdate, handle('approve'));
  setHandler(rejectCaseUpdate, handle('reject'));
  setHandler(chooseUpdate, handle('choose'));
  setHandler(undoUpdate, handle('undo'));
  const { customer, forest, object, operator, managed } = request;
  // What is continued, or looked at after the answer, must not decide anew.
  const asked: ReconnectionRequest = { customer, object, ...(forest === undefined ? {} : { forest }) };
  if (operator !== undefined && managed !== undefined) {
    const said = await answerReconnection(asked, { decision: 'choose', operator, managed });
    if (said.outcome === 'refused') return end('refused', said.reason);
  }
  for (let looks = 0; ;) {
    news.come = false;
    const result = await reconnect(asked);
    if (result.outcome !== 'waits') {
      // An answer that came with the start is not recorded yet.
      await condition(allHandlersFinished);
      if (hasNews()) continue;
      return result.outcome === 'ended' ? end(result.how) : end('refused', result.reason);
    }
    show(result);
    const pause = asks(result) ? LOOK_AT_QUESTION_MS : Math.min(LONGEST_MS, FIRST_LOOK_MS * 2 ** looks);
    const told = await condition(hasNews, pause, { summary: WAITS[result.for] });
    looks = told ? 0 : looks + 1;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof reconnectServices>(asked);
    }
  }
}

function end(outcome: ReconnectionResult['outcome'], reason?: string): ReconnectionResult {
  upsertSearchAttributes([
    { key: searchAttributes.status, value: outcome === 'refused' ? 'Refused' : 'Completed' },
    { key: searchAttributes.errorCode, value: null },
  ]);
  showDetails(reason === undefined ? ENDED[outcome] : `${ENDED[outcome]}: ${reason}.`);
  return reason === undefined ? { outcome } : { outcome, reason };
}

function asks(wait: Wait): boolean {
  return wait.for === 'answer' || wait.for === 'second approval';
}

const ENDED: Readonly<Record<ReconnectionResult['outcome'], string>> = {
  reconnected: 'Reconnected, and confirmed by reading. Start the workflow again and send `undo` to turn it round.',
  closed: 'Nothing is asked about this object, or not any more.',
  superseded: 'The services have another source object by now.',
  refused: 'Refused',
};

function show(wait: Wait): void {
  upsertSearchAttributes([
    {
      key: searchAttributes.status,
      value: asks(wait) ? 'AwaitingApproval' : wait.for === 'correction' ? 'AwaitingCorrection' : 'Running',
    },
    { key: searchAttributes.errorCode, value: wait.code ?? null },
  ]);
  showDetails(details(wait));
}

/** In short lines: where the Temporal UI breaks one, it cuts off what comes last. */
function details(wait: Wait): string {
  const candidates = wait.candidates.flatMap(({ managed, identity, gone, rules }) => [
    `- managed object \`${managed}\``,
    `  - identity \`${identity}\``,
    `  - its old source object is ${gone ? 'gone' : 'still there'}`,
    `  - evidence: ${rules.join(', ')}`,
  ]);
  const answer = [
    'Send the update `approve`, `choose` or `reject` with',
    '',
    '`{"operator": "your name"}`',
    '',
    'and for `choose` also `"managed"`: the managed object.',
    '',
    'Side by side, with names: `itasca cases show`',
  ];
  return [
    `**${WAITS[wait.for]}${wait.code === undefined ? '' : ` (${wait.code})`}**`,
    ...(candidates.length === 0 ? [] : ['', 'It may be:', '', ...candidates]),
    ...(asks(wait) ? ['', ...answer] : []),
  ].join('\n');
}

import { allHandlersFinished, condition, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { ProvisionRequest } from '../activities/object-types.ts';
import { showDetails } from './details.ts';
import { evaluatedSignal, retryUpdate, skipUpdate } from './messages.ts';
import { provisionOrBlock } from './provisioning-step.ts';
import { searchAttributes } from './search-attributes.ts';

/** What an operator or an evaluation has asked of a workflow that waits. */
interface Command {
  answer: 'retry' | 'skip' | null;
}

function clear(command: Command): void {
  command.answer = null;
}

const DONE = {
  provisioned: '**Done**: its services are as wanted, confirmed by reading the object.',
  superseded: 'Nothing is wanted any more, or another workflow has taken over.',
} as const;

export interface ProvisionResult {
  readonly outcome: 'provisioned' | 'superseded' | 'skipped' | 'parked';
  readonly code?: string;
}

/**
 * Provisions the services of one identity, the mailbox and voice. Started by a cycle where one of them is to be provisioned;
 * starting it twice joins the one that runs. Writes only the attributes that services own. When the Managed Forest refuses it waits for the update
 * `retry` or `skip`, and after the configured time it ends with its state in PostgreSQL: the evaluation that finds the object
 * mended starts a new one, and so does each whole cycle.
 */
export async function provisionObject(started: ProvisionRequest): Promise<ProvisionResult> {
  let request = started;
  const command: Command = { answer: null };
  setHandler(retryUpdate, () => {
    command.answer = 'retry';
    return 'The service is provisioned again now.';
  });
  setHandler(evaluatedSignal, (newer) => {
    request = newer;
    command.answer ??= 'retry';
  });
  setHandler(skipUpdate, () => {
    command.answer = 'skip';
    return 'The workflow ends; the object stays as it is until its next change, or the next whole cycle.';
  });
  showDetails('Provisions the mailbox, then voice: what of them is wanted.');
  for (let first = true; ; first = false) {
    // What was asked for so far is what this step looks at.
    clear(command);
    const result = await provisionOrBlock(request, first);
    if (result.outcome !== 'blocked') {
      showDetails(DONE[result.outcome]);
      return { outcome: result.outcome };
    }
    upsertSearchAttributes([
      { key: searchAttributes.status, value: 'AwaitingCorrection' },
      { key: searchAttributes.errorCode, value: result.code },
    ]);
    showDetails(
      `**Waits for a correction: ${result.code}**\n\nCause and remedy: \`itasca errors show ${result.code}\`\n\nWhen it is mended send the update \`retry\`, or \`skip\` to end this workflow.\nA whole cycle tries again, too.`,
    );
    const answered = await condition(() => command.answer !== null, result.parkForMs, {
      summary: `Waits for a correction: ${result.code}`,
    });
    await condition(allHandlersFinished);
    if (!answered) return { outcome: 'parked', code: result.code };
    if (command.answer === 'skip') return { outcome: 'skipped', code: result.code };
    upsertSearchAttributes([
      { key: searchAttributes.status, value: 'Running' },
      { key: searchAttributes.errorCode, value: null },
    ]);
    showDetails('Tries again.');
  }
}

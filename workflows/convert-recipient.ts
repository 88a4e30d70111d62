import {
  allHandlersFinished,
  condition,
  proxyActivities,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { ConversionActivities, ConversionRequest } from '../activities/object-types.ts';
import { showDetails } from './details.ts';
import { retryUpdate, skipUpdate } from './messages.ts';
import { state } from './policies.ts';
import { provisionOrBlock } from './provisioning-step.ts';
import { searchAttributes } from './search-attributes.ts';

const activities = proxyActivities<ConversionActivities>(state);

/** What an operator has asked of a conversion that waits. */
interface Command {
  answer: 'retry' | 'skip' | null;
}

function clear(command: Command): void {
  command.answer = null;
}

export type ConversionResult =
  | { readonly outcome: 'converted' }
  | { readonly outcome: 'refused'; readonly reason: string }
  /** The mailbox is to be of its former kind again. */
  | { readonly outcome: 'given up'; readonly code: string };

/**
 * Changes the recipient kind of a mailbox to the one that its source object asks for: the kind is fixed at the first
 * provisioning (KB 2830599), and the source object has the error PE403 until then. Started by hand, by the id that the error
 * names. Where the Managed Forest refuses it waits for the update `retry` or `skip`; after the configured time, or skipped,
 * the mailbox is of its former kind again.
 */
export async function convertRecipient(request: ConversionRequest): Promise<ConversionResult> {
  const command: Command = { answer: null };
  setHandler(retryUpdate, () => {
    command.answer = 'retry';
    return 'The mailbox is converted again now.';
  });
  setHandler(skipUpdate, () => {
    command.answer = 'skip';
    return 'The conversion is given up; the mailbox is of its former kind again.';
  });
  const begun = await activities.beginConversion(request);
  if (begun.outcome === 'refused') {
    upsertSearchAttributes([{ key: searchAttributes.status, value: 'Refused' }]);
    showDetails(`Refused: ${begun.reason}.`);
    return begun;
  }
  showDetails('Converts the mailbox.');
  for (;;) {
    // What was asked for so far is what this step looks at.
    clear(command);
    const step = await provisionOrBlock(begun.provision, false);
    if (step.outcome !== 'blocked') {
      await activities.endConversion(request.identity, 'converted');
      upsertSearchAttributes([{ key: searchAttributes.status, value: 'Completed' }]);
      showDetails('**Done**: the mailbox is of the other kind.');
      return { outcome: 'converted' };
    }
    upsertSearchAttributes([
      { key: searchAttributes.status, value: 'AwaitingCorrection' },
      { key: searchAttributes.errorCode, value: step.code },
    ]);
    showDetails(
      `**Waits for a correction: ${step.code}**\n\nSend the update \`retry\` when it is mended, or \`skip\` to go back to the former kind.`,
    );
    const answered = await condition(() => command.answer !== null, step.parkForMs);
    await condition(allHandlersFinished);
    if (!answered || command.answer === 'skip') {
      await activities.endConversion(request.identity, 'given up');
      upsertSearchAttributes([{ key: searchAttributes.status, value: 'GivenUp' }]);
      showDetails('Given up: the mailbox is of its former kind again after the next cycle.');
      return { outcome: 'given up', code: step.code };
    }
    upsertSearchAttributes([
      { key: searchAttributes.status, value: 'Running' },
      { key: searchAttributes.errorCode, value: null },
    ]);
    showDetails('Tries again.');
  }
}

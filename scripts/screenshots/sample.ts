import type { Client } from '@temporalio/client';
import type { Browser } from 'playwright-core';
import { VIEWS, type View } from '../../workflows/views.ts';
import { pictureOfReportNow } from './report-page.ts';
import { itasca, pictureOfTerminal } from './terminal.ts';
import { pictureOfUpdate, pictureOfView, pictureOfWorkflow, type TemporalUi } from './temporal-ui.ts';

/** A picture for the documentation: what it is called, and its PNG. */
export interface Screenshot {
  readonly name: string;
  readonly png: Buffer;
}

/** The sample that runs, and what looks at it. */
export interface Sight {
  readonly browser: Browser;
  readonly ui: TemporalUi;
  readonly temporal: Client;
}

const OPERATOR = 'your name';

/**
 * Takes the pictures of the documentation from the running sample: what `npm start` shows after its first cycles.
 *
 * @throws NotShown when a page does not show what it should, or is blank
 */
export async function* screenshotsOfSample(sight: Sight): AsyncGenerator<Screenshot> {
  const { browser, ui, temporal } = sight;
  const asked = await only(temporal, '`WorkflowType`="reconnectServices" AND `Status`="AwaitingApproval"');
  const object = asked.workflowId.split('/').at(-1) ?? '';
  yield {
    name: 'ui-waiting',
    png: await pictureOfView(browser, ui, view('Waiting for approval'), [asked.workflowId]),
  };
  yield {
    name: 'ui-case',
    png: await pictureOfWorkflow(browser, ui, asked, 'user-metadata', ['Waits for an operator', 'SE821', 'evidence']),
  };
  yield {
    name: 'ui-case-answer',
    png: await pictureOfUpdate(browser, ui, asked, 'approve', { operator: OPERATOR }),
  };
  const shown = [await itasca(['cases', 'list']), await itasca(['cases', 'show', object])];
  yield {
    name: 'command-case',
    png: await pictureOfTerminal(browser, shown, ['SE821', 'cases approve']),
  };
  const refused = await only(temporal, view('Waiting for a correction').query);
  yield {
    name: 'ui-correction',
    png: await pictureOfWorkflow(browser, ui, refused, 'user-metadata', ['PE901', 'retry', 'skip']),
  };
  const ending = await only(temporal, view('Deprovisioning').query);
  yield {
    name: 'ui-deprovisioning',
    png: await pictureOfWorkflow(browser, ui, ending, 'user-metadata', ['Grace time', 'delay']),
  };
  yield {
    name: 'ui-deprovisioning-timer',
    png: await pictureOfWorkflow(browser, ui, ending, 'history', ['Grace time', 'deprovision']),
  };
  const [cycle] = await found(temporal, '`WorkflowType`="syncCycle" AND `RunProfile`="full" AND `Status`="Completed"');
  if (cycle === undefined) throw new Error('no whole cycle has ended yet');
  yield {
    name: 'ui-cycle',
    png: await pictureOfWorkflow(browser, ui, cycle, 'user-metadata', ['changes written', 'confirmed']),
  };
  yield {
    name: 'report',
    png: await pictureOfReportNow(browser, ['PE901', 'SE821']),
  };
  yield* waitingUndo(sight);
}

/** An undo that waits for its approval, as any list of changes does; rejected afterwards, so that nothing of it is done. */
async function* waitingUndo({ browser, ui, temporal }: Sight): AsyncGenerator<Screenshot> {
  await itasca(['undo', '1']);
  const undo = await only(temporal, '`WorkflowType`="undoCycle" AND `Status`="AwaitingApproval"');
  try {
    yield {
      name: 'ui-approval',
      png: await pictureOfWorkflow(browser, ui, undo, 'user-metadata', ['wait for an answer', 'approve', 'reject']),
    };
  } finally {
    const { text } = await itasca(['changes', '--json']);
    const { list } = JSON.parse(text) as { readonly list: { readonly run: string; readonly hash: string } };
    await itasca(['reject', list.run, '--hash', list.hash]);
  }
}

function view(name: string): View {
  const wanted = VIEWS.find((item) => item.name === name);
  if (wanted === undefined) throw new Error(`there is no view "${name}"`);
  return wanted;
}

interface Found {
  readonly workflowId: string;
  readonly runId: string;
}

async function found({ workflow }: Client, query: string): Promise<readonly Found[]> {
  const all: Found[] = [];
  for await (const { workflowId, runId } of workflow.list({ query })) all.push({ workflowId, runId });
  return all;
}

const TRIES = 100;
const LOOK_EVERY_MS = 200;

/** The workflow that a query finds; visibility is behind by some moments. */
async function only(temporal: Client, query: string): Promise<Found> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const [first] = await found(temporal, query);
    if (first !== undefined) return first;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`the sample has no workflow with ${query}: start it anew by npm start`);
}

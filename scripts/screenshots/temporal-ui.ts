import type { Browser, Page } from 'playwright-core';
import { viewUrl, type View } from '../../workflows/views.ts';
import { picture, shows } from './picture.ts';
import { fillUpdate } from './update-dialog.ts';

/** Which Temporal UI is looked at. */
export interface TemporalUi {
  readonly url: string;
  readonly namespace: string;
}

const WINDOW = { width: 1280, height: 760 } as const;

/** Opens a page in a window of the size of the pictures. */
export async function inWindow<Result>(browser: Browser, use: (page: Page) => Promise<Result>): Promise<Result> {
  const context = await browser.newContext({ viewport: WINDOW, timezoneId: 'UTC', locale: 'en-US' });
  try {
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
}

/** A picture of the list of workflows by a view. */
export function pictureOfView(browser: Browser, ui: TemporalUi, view: View, words: readonly string[]): Promise<Buffer> {
  return inWindow(browser, async (page) => {
    await page.goto(viewUrl(ui.url, ui.namespace, view));
    await shows(page, words);
    return picture(page);
  });
}

/** What of a workflow is looked at: what it does and waits for, or its history. */
export type Tab = 'user-metadata' | 'history';

/** A picture of a workflow, by the current details that it shows or by its history. */
export function pictureOfWorkflow(
  browser: Browser,
  ui: TemporalUi,
  workflow: { readonly workflowId: string; readonly runId: string },
  tab: Tab,
  words: readonly string[],
): Promise<Buffer> {
  return inWindow(browser, async (page) => {
    await open(page, ui, workflow, tab);
    await shows(page, words);
    return picture(page);
  });
}

/** A picture of how an update is sent to a workflow: its name and its argument, before it is sent. */
export function pictureOfUpdate(
  browser: Browser,
  ui: TemporalUi,
  workflow: { readonly workflowId: string; readonly runId: string },
  update: string,
  argument: unknown,
): Promise<Buffer> {
  return inWindow(browser, async (page) => {
    await open(page, ui, workflow, 'user-metadata');
    await fillUpdate(page, update, argument);
    await shows(page, ['Send an Update', update, JSON.stringify(argument)]);
    return picture(page);
  });
}

async function open(
  page: Page,
  { url, namespace }: TemporalUi,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
  tab: Tab,
): Promise<void> {
  const path = [namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/');
  await page.goto(`${url}/namespaces/${path}/${tab}`);
}

import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';

/** A page of a report as a reader without a network has it before them. */
export interface OpenedReport {
  readonly page: Page;
  /** What a reader would have to worry about: attempts to run, to load or to ask something, and complaints of the browser. */
  readonly worries: readonly string[];
  close(): Promise<void>;
}

/** Opens a page of a report, with no network. It is the caller's to close. */
export async function openReport(browser: Browser, file: string): Promise<OpenedReport> {
  const url = pathToFileURL(file).href;
  const context = await browser.newContext({ offline: true, viewport: { width: 1120, height: 900 } });
  const worries: string[] = [];
  context.on('request', (request) => {
    if (request.url().replace(/#.*/, '') !== url) worries.push(`asks for ${request.url()}`);
  });
  context.on('console', (message) => worries.push(`complains: ${message.text()}`));
  context.on('weberror', (error) => worries.push(`fails: ${error.error().message}`));
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    worries.push(`asks: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, worries, close: () => context.close() };
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { inWindow } from './temporal-ui.ts';
import { picture, shows } from './picture.ts';

const LAUNCHER = join(import.meta.dirname, '..', 'itasca', 'itasca.mjs');
const FAILED = 1;

/** What a line of the `itasca` command printed, on both of its streams. */
export interface Printed {
  readonly line: string;
  readonly text: string;
}

/**
 * Runs the `itasca` command as an operator does.
 *
 * @throws Error when it fails; that something needs a person is none
 */
export function itasca(words: readonly string[], environment: NodeJS.ProcessEnv = process.env): Promise<Printed> {
  return new Promise((resolve, reject) => {
    execFile(LAUNCHER, [...words], { env: environment }, (error, out, err) => {
      const line = `itasca ${words.join(' ')}`;
      if (error?.code === FAILED) reject(new Error(`${line} failed: ${err || out}`));
      else resolve({ line, text: out + err });
    });
  });
}

/** A picture of a terminal in which these lines were given. */
export function pictureOfTerminal(
  browser: Browser,
  printed: readonly Printed[],
  words: readonly string[],
): Promise<Buffer> {
  return inWindow(browser, async (page) => {
    await page.setContent(
      '<body style="margin:0;background:#1e1e1e;color:#ddd"><pre style="margin:16px;font:13px/1.25 monospace"></pre></body>',
    );
    const text = printed.map(({ line, text: answer }) => `$ ${line}\n${answer}`).join('\n');
    await page.locator('pre').evaluate((element: { textContent: string | null }, content: string) => {
      element.textContent = content;
    }, text);
    await shows(page, words);
    return picture(page);
  });
}

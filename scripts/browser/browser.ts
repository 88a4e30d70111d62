import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** No browser is installed, or it does not start. */
export class BrowserMissing extends Error {
  override readonly name = 'BrowserMissing';
}

const INSTALL =
  'Install it with "apt-get install --no-install-recommends chromium fonts-dejavu-core", or run "node scripts/setup.mjs --browser" as root.';

/** Nothing but what a page asks for: no updates, no sync, no look-ups. */
const QUIET = [
  ...['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--disable-quic', '--disable-gpu', '--disable-dev-shm-usage'],
];

/**
 * Starts Debian's Chromium without a window. It is the caller's to close.
 *
 * @throws BrowserMissing when there is none, or it does not start, saying what to do
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'chromium'))
    .find((file) => existsSync(file));
  if (executablePath === undefined) throw new BrowserMissing(`There is no "chromium" on PATH. ${INSTALL}`);
  try {
    // Root, as the tests run, can not have Chromium's sandbox: it is shown pages of our own only.
    return await chromium.launch({ executablePath, chromiumSandbox: false, args: QUIET });
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new BrowserMissing(`${executablePath} does not start: ${why}`);
  }
}

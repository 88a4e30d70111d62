/**
 * Get this machine ready for the development stack: npm packages, Debian's Samba, a Temporal server, and the templates
 * of the two AD forests. `npm start` and `npm test` run it first; with nothing missing it takes a fraction of a second.
 * With --browser, as the tests and the screenshots need it, Debian's Chromium too.
 *
 * Plain JavaScript without packages, because it runs before there are any, on Node 18 or later.
 */
import { ensureBrowser, ensureDebianPackages } from './setup/debian-packages.mjs';
import { ensureForestTemplates } from './setup/forest-templates.mjs';
import { ensureNpmPackages } from './setup/npm-packages.mjs';
import { checkPlatform } from './setup/platform.mjs';
import { createProgress, duration } from './setup/progress.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { ensureTemporal } from './setup/temporal.mjs';

const INTERRUPTION = new SetupError('Interrupted; what was half done is removed.');
const INTERRUPTED = 130;

const withBrowser = process.argv.includes('--browser');
const progress = createProgress(process.stdout);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    progress.print('stopping; an installation by apt-get is let finish');
    stop.abort(INTERRUPTION);
  });
}

/** Run the steps, side by side where one does not need the other; the first failure stops all. */
async function setUp() {
  await checkPlatform();
  const { signal } = stop;
  const npmPackages = ensureNpmPackages({ step: progress.step('npm packages'), signal });
  const steps = [
    ensureTemporal({ step: progress.step('Temporal server'), signal, npmPackages }),
    npmPackages,
    ensureDebianPackages({ step: progress.step('Debian packages'), signal }).then(() =>
      // apt-get does one thing at a time.
      Promise.all([
        ensureForestTemplates({ step: progress.step('AD forests'), signal }),
        withBrowser ? ensureBrowser({ step: progress.step('Chromium'), signal }) : undefined,
      ]),
    ),
  ];
  try {
    await Promise.all(steps);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(steps);
    throw signal.reason;
  }
}

try {
  await setUp();
  progress.print(`ready (${duration(performance.now())})`);
} catch (error) {
  progress.close();
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exitCode = error === INTERRUPTION ? INTERRUPTED : 1;
}

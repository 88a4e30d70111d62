import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { withLock } from './lock.mjs';
import { projectNode } from './npm-packages.mjs';
import { cacheDirectory, lockFile, logFile } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

/** The CLI that carries the development server; later versions cannot be built with "go install". */
const VERSION = '1.5.1';
const MODULE = 'github.com/temporalio/cli';
/** What "go install -v" names while it compiles, the standard library included. */
const PACKAGES_TO_COMPILE = 1_300;
const DOWNLOAD_MILLISECONDS = 90_000;

const FOLDER = join(cacheDirectory, 'temporal');
const CACHED = join(FOLDER, VERSION, 'temporal');
const DOWNLOADER = fileURLToPath(new URL('download-temporal.mjs', import.meta.url));

/**
 * The Temporal server to use: an operator's own (TEMPORAL_ADDRESS), a `temporal` on PATH that is recent enough, or the
 * one in the cache; undefined when there is none.
 *
 * @returns {Promise<{ address: string } | { binary: string } | undefined>}
 */
export async function locateTemporal(signal) {
  if (process.env.TEMPORAL_ADDRESS) return { address: process.env.TEMPORAL_ADDRESS };
  const onPath = findOnPath('temporal');
  if (onPath && (await isRecentEnough(onPath, signal))) return { binary: onPath };
  return existsSync(CACHED) ? { binary: CACHED } : undefined;
}

function findOnPath(name, more = []) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...more].filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

async function isRecentEnough(binary, signal) {
  const output = await run(binary, ['--version'], { signal }).catch(() => '');
  const found = /version v?(\d+)\.(\d+)\.(\d+)/.exec(output)?.slice(1).map(Number);
  if (!found) return false;
  const [wanted, actual] = [VERSION.split('.').map(Number), found];
  const differing = wanted.findIndex((part, index) => part !== actual[index]);
  return actual[0] === wanted[0] && (differing === -1 || actual[differing] > wanted[differing]);
}

/**
 * Get a Temporal server into the cache when there is none: built with "go install" and, once `npmPackages` resolves,
 * downloaded as the Temporal SDK does it. Whichever is there first wins and the other is ended.
 */
export async function ensureTemporal({ step, signal, npmPackages }) {
  if (await locateTemporal(signal)) return;
  await withLock(lockFile('temporal'), { onWait: () => step.doing('waiting for another set-up'), signal }, async () => {
    if (existsSync(CACHED)) return step.done('made by another set-up');
    await mkdir(FOLDER, { recursive: true });
    await removeLeftovers();
    const scratch = await mkdtemp(join(FOLDER, '.new-'));
    try {
      const { binary, way } = await firstOf([build, download], { step, signal, npmPackages, scratch });
      await chmod(binary, 0o755);
      await mkdir(dirname(CACHED), { recursive: true });
      await rename(binary, CACHED);
      step.done(way);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

async function removeLeftovers() {
  const names = (await readdir(FOLDER)).filter((name) => name.startsWith('.new-'));
  await Promise.all(names.map((name) => rm(join(FOLDER, name), { recursive: true, force: true })));
}

/** Run the ways side by side; the first that succeeds ends the others. */
async function firstOf(ways, { signal, ...context }) {
  const others = new AbortController();
  const either = AbortSignal.any ? AbortSignal.any([signal, others.signal]) : linked(signal, others);
  const attempts = ways.map((way) => way({ ...context, signal: either }));
  try {
    return await Promise.any(attempts);
  } catch (error) {
    signal.throwIfAborted();
    throw new SetupError(
      `No Temporal server could be had. ${error.errors.map((cause) => cause.message).join(' ')} Install Go 1.25 or ` +
        'later, or put the Temporal CLI ("temporal", 1.5.1 or later) on PATH, or set TEMPORAL_ADDRESS to a server of yours.',
    );
  } finally {
    others.abort(new Error('another way was faster'));
    await Promise.allSettled(attempts);
  }
}

/** AbortSignal.any for Node 18. */
function linked(signal, controller) {
  signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  return controller.signal;
}

async function build({ step, signal, scratch }) {
  const go = findOnPath('go', ['/usr/local/go/bin']);
  if (!go) throw new Error('Go is not installed, so it cannot be built.');
  let compiled = 0;
  const text = () => `building ${VERSION} with go install, usually 2 to 3 min; ${progress()}`;
  const progress = () =>
    compiled === 0
      ? 'fetching modules'
      : `${Math.min(99, Math.round((100 * compiled) / PACKAGES_TO_COMPILE))} % compiled`;
  step.doing(text());
  const flags = `-s -w -X ${MODULE}/temporalcli.Version=${VERSION}`;
  const log = logFile('temporal-build');
  try {
    await run(go, ['install', '-v', '-trimpath', '-ldflags', flags, `${MODULE}/cmd/temporal@v${VERSION}`], {
      env: { ...process.env, GOBIN: scratch, GOFLAGS: '', CGO_ENABLED: '0' },
      log,
      signal,
      onLine: (line) => {
        if (!line.startsWith('go: ')) compiled += 1;
        step.counted(text());
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`Building it failed: ${error.tail?.at(-1) ?? error.message} (all of it: ${log}).`);
  }
  return { binary: join(scratch, 'temporal'), way: `${VERSION}, built with go install` };
}

async function download({ step, signal, scratch, npmPackages }) {
  await npmPackages;
  const folder = join(scratch, 'download');
  await mkdir(folder);
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), DOWNLOAD_MILLISECONDS);
  signal.addEventListener('abort', () => overdue.abort(), { once: true });
  try {
    await run(projectNode, [DOWNLOADER, folder, `v${VERSION}`], {
      signal: overdue.signal,
      log: logFile('temporal-download'),
    });
  } catch (error) {
    signal.throwIfAborted();
    step.counted(`building ${VERSION} with go install, usually 2 to 3 min; temporal.download cannot be reached`);
    throw new Error(
      `Downloading it from temporal.download failed: ${(error.tail?.at(-1) ?? 'it took too long').slice(0, 200)}.`,
    );
  } finally {
    clearTimeout(timer);
  }
  const [file] = await readdir(folder);
  return { binary: join(folder, file), way: `${VERSION}, downloaded from temporal.download` };
}

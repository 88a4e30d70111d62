import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { CommandError, run } from './command.mjs';
import { logFile } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

/** What the development stack needs. */
const STACK = ['samba', 'samba-ad-provision', 'samba-dsdb-modules', 'openssl'];
/** What tests and screenshots of pages need: some 120 MB to download, so only where there are such. */
const BROWSER = ['chromium', 'fonts-dejavu-core'];
/** Services that Debian would start with these packages; the stack starts Samba itself, on loopback only. */
const SERVICES = ['smbd', 'nmbd', 'samba-ad-dc'];
const LINES_SHOWN = 4;
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_TEXT =
  '#!/bin/sh\n# Made by the set-up of Itasca for the time of one apt-get: start no services.\nexit 101\n';
const APT_OPTIONS = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=2', '-q', '-y'];

/** Versions of the installed ones among some Debian packages, by default those that the stack needs, by name. */
export async function installedDebianPackages(packages = STACK) {
  const format = '${db:Status-Abbrev}\t${Package}\t${Version}\n';
  // dpkg-query ends with 1 when it does not know one of the names.
  const script = 'dpkg-query --show --showformat="$0" "$@" 2>/dev/null || true';
  const lines = (await run('sh', ['-c', script, format, ...packages])).split('\n');
  return new Map(
    lines
      .map((line) => line.split('\t'))
      .filter(([status]) => status.startsWith('ii'))
      .map(([, name, version]) => [name, version]),
  );
}

/** Install what is missing of the Debian packages (Samba AD, openssl); no service of theirs is left running. */
export function ensureDebianPackages({ step, signal }) {
  return ensure(STACK, { step, signal });
}

/** Install Debian's browser where there is none. Without it only the tests that use it fail, and say why: so this does not. */
export async function ensureBrowser({ step, signal }) {
  if ((await run('sh', ['-c', 'command -v chromium || true'])) !== '') return;
  try {
    await ensure(BROWSER, { step, signal });
  } catch (error) {
    if (!(error instanceof SetupError) || signal?.aborted) throw error;
    step.doing('missing');
    step.done(`could not be installed, so that what is shown in a browser can not be tested. ${error.message}`);
  }
}

async function ensure(packages, { step, signal }) {
  const installed = await installedDebianPackages(packages);
  const missing = packages.filter((name) => !installed.has(name));
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    throw new SetupError(
      `Debian packages are missing. Run "sudo apt-get install --no-install-recommends ${missing.join(' ')}", ` +
        `"sudo systemctl disable --now ${SERVICES.join(' ')}" if this machine runs systemd, and then this again.`,
    );
  }
  const log = logFile('apt');
  const apt = (args, abortSignal) =>
    run('apt-get', [...APT_OPTIONS, ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      log,
      signal: abortSignal,
    });
  const install = ['install', '--no-install-recommends', ...missing];
  try {
    step.doing('apt-get update');
    await apt(['update'], signal);
    step.doing(`apt-get: downloading ${missing.join(', ')}`);
    await apt([...install, '--download-only'], signal);
    step.doing(`apt-get: installing ${missing.join(', ')}, usually 15 s`);
    // Not to be interrupted: it would leave dpkg half configured.
    await withoutServices(() => apt(install), log);
  } catch (error) {
    throw error instanceof CommandError ? explain(error, log) : error;
  }
  signal?.throwIfAborted();
  step.done('installed with apt-get');
}

async function withoutServices(action, log) {
  const runsSystemd = existsSync('/run/systemd/system');
  const fresh = SERVICES.filter((name) => !existsSync(`/lib/systemd/system/${name}.service`));
  const ours = !existsSync(POLICY) || (await readFile(POLICY, 'utf8')) === POLICY_TEXT;
  if (ours) await writeFile(POLICY, POLICY_TEXT, { mode: 0o755 });
  try {
    await action();
  } finally {
    if (ours) await rm(POLICY, { force: true });
  }
  const units = fresh.filter((name) => existsSync(`/lib/systemd/system/${name}.service`));
  if (runsSystemd && units.length > 0) await run('systemctl', ['disable', '--now', ...units], { log });
}

function explain(error, log) {
  const tail = error.tail.join('\n');
  const cause = /Failed to fetch|Temporary failure|Could not (resolve|connect)|Unable to locate package/.test(tail)
    ? "They come from Debian's package mirror, which cannot be reached or does not have them: check the network, the proxy and /etc/apt."
    : 'Installing the Debian packages failed.';
  const said = error.tail.filter((line) => /^[EW]: /.test(line)).slice(0, LINES_SHOWN);
  return new SetupError(`${cause} ${error.message} (its log: ${log}):\n${said.join('\n')}`);
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { CommandError, run } from './command.mjs';
import { withLock } from './lock.mjs';
import { lockFile, logFile, projectDirectory, projectHash } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

const MODULES = join(projectDirectory, 'node_modules');
const STAMP = join(MODULES, '.itasca-package-lock');
const LINES_SHOWN = 5;
const NETWORK_TROUBLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT/;

/** The Node that the project runs on; the npm package "node" brings it. */
export const projectNode = join(MODULES, '.bin', 'node');
const OLDEST_NODE = [24, 9];

/** Install the packages of package-lock.json unless node_modules was made from this very file. */
export async function ensureNpmPackages({ step, signal }) {
  if (await isInstalled()) return;
  await withLock(
    lockFile(`npm-${projectHash}`),
    { onWait: () => step.doing('waiting for another set-up'), signal },
    () => install({ step, signal }),
  );
}

async function lockHash() {
  return createHash('sha256')
    .update(await readFile(join(projectDirectory, 'package-lock.json')))
    .digest('hex');
}

async function isInstalled() {
  if (!existsSync(STAMP) || !existsSync(projectNode)) return false;
  return (await readFile(STAMP, 'utf8')) === (await lockHash());
}

async function install({ step, signal }) {
  if (await isInstalled()) return step.done('installed by another set-up');
  step.doing('npm install by package-lock.json, usually 20 to 60 s');
  const log = logFile('npm');
  // Without our own node_modules/.bin: npm is about to delete the Node in there.
  const path = process.env.PATH.split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
  try {
    await rm(STAMP, { force: true });
    // Not npm ci: a registry mirror may lack the packages of other platforms, which are optional; the lock then lacks
    // them too, and npm ci refuses it. This keeps to the lock's versions just as well, from an empty folder.
    await rm(MODULES, { recursive: true, force: true });
    const args = ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund'];
    await run('npm', args, { cwd: projectDirectory, env: { ...process.env, PATH: path.join(delimiter) }, log, signal });
    await checkNode(signal);
    await writeFile(STAMP, await lockHash());
  } catch (error) {
    await rm(MODULES, { recursive: true, force: true });
    throw error instanceof CommandError ? explain(error, log) : error;
  }
  step.done('installed');
}

async function checkNode(signal) {
  const help =
    'The npm package "node" brings it with an install script: look whether "npm config get ignore-scripts" says true, ' +
    'set it to false, and run this again.';
  const version = await run(projectNode, ['--version'], { signal }).catch((error) => {
    signal?.throwIfAborted();
    throw new SetupError(`The project's own Node 24 (${projectNode}) does not run: ${error.message}. ${help}`);
  });
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new SetupError(
      `The project needs Node ${OLDEST_NODE.join('.')} or later; ${projectNode} is ${version}. ${help}`,
    );
  }
}

function explain(error, log) {
  const cause = NETWORK_TROUBLE.test(error.tail.join('\n'))
    ? 'The npm packages come from the npm registry, which cannot be reached: check the network, the proxy or "npm config get registry".'
    : 'Installing the npm packages failed.';
  // npm says what is wrong first and general advice last.
  const said = error.tail.filter((line) => /^npm error (?! *at )/.test(line)).slice(0, LINES_SHOWN);
  return new SetupError(`${cause} ${error.message} (its log: ${log}):\n${said.join('\n')}`);
}

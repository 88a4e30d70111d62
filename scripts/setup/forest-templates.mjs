import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCertificates } from './certificates.mjs';
import { CommandError, run } from './command.mjs';
import { installedDebianPackages } from './debian-packages.mjs';
import { withLock } from './lock.mjs';
import { cacheDirectory, lockFile, logFile, projectDirectory } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

const FOLDER = join(cacheDirectory, 'forests');
const STACK = join(projectDirectory, 'scripts', 'stack');
const BUILDER = join(STACK, 'samba', 'build_forest.py');
const SOURCES = [
  join(STACK, 'samba'),
  join(STACK, 'schema'),
  fileURLToPath(new URL('certificates.mjs', import.meta.url)),
];
const SIDES = ['customer', 'managed', 'subsidiary'];
const VERSIONS_KEPT = 3;
const LINES_SHOWN = 12;

/**
 * The folder with the templates of the forests: customer/, managed/, and for tests subsidiary/, the customer's second one.
 * Built when these sources and this Samba were not built before; its name is a hash of them.
 *
 * @returns {Promise<string>}
 */
export async function ensureForestTemplates({ step, signal }) {
  const folder = join(FOLDER, await version());
  if (existsSync(folder)) return folder;
  await withLock(lockFile('forests'), { onWait: () => step.doing('waiting for another set-up'), signal }, async () => {
    if (existsSync(folder)) return step.done('made by another set-up');
    step.doing('making the AD forests of customer and service, usually 7 s');
    await mkdir(FOLDER, { recursive: true });
    await removeAllBut(VERSIONS_KEPT - 1);
    const scratch = await mkdtemp(join(FOLDER, '.new-'));
    try {
      await build(scratch, signal);
      await rename(scratch, folder);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    step.done('made');
  });
  return folder;
}

async function version() {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const files = (await stat(source)).isDirectory()
      ? (await readdir(source)).sort().map((name) => join(source, name))
      : [source];
    for (const file of files.filter((name) => /\.(py|json|in|ldif|mjs)$/.test(name))) hash.update(await readFile(file));
  }
  hash.update(JSON.stringify([...(await installedDebianPackages())]));
  return hash.digest('hex').slice(0, 12);
}

/** Remove what a killed set-up left and all but the newest templates. */
async function removeAllBut(kept) {
  const names = await readdir(FOLDER);
  const complete = names.filter((name) => !name.startsWith('.'));
  const aged = await Promise.all(
    complete.map(async (name) => ({ name, made: (await stat(join(FOLDER, name))).mtimeMs })),
  );
  aged.sort((a, b) => b.made - a.made);
  const superfluous = [...names.filter((name) => name.startsWith('.')), ...aged.slice(kept).map(({ name }) => name)];
  await Promise.all(superfluous.map((name) => rm(join(FOLDER, name), { recursive: true, force: true })));
}

async function build(scratch, signal) {
  const forests = JSON.parse(await readFile(join(STACK, 'samba', 'forests.json'), 'utf8'));
  const log = logFile('forests');
  // Debian's own interpreter: another python3 on PATH has no samba module.
  const buildForest = (side) =>
    run('/usr/bin/python3', ['-B', BUILDER, side, join(scratch, side)], { log, signal, cwd: scratch });
  try {
    await Promise.all(SIDES.map(buildForest));
    const served = SIDES.map((side) => ({
      directory: join(scratch, side),
      hostName: `${forests[side].hostname}.${forests[side].realm.toLowerCase()}`,
    }));
    await makeCertificates(scratch, served, signal);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new SetupError(
      `Making the test forests failed: ${error.message}; its last lines (its log: ${log}):\n${error.tail.slice(-LINES_SHOWN).join('\n')}`,
    );
  }
}

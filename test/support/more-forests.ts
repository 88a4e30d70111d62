import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startForest, type ForestHandle, type Side } from '../../scripts/stack/forest.ts';
import { readPrepared, type Prepared } from '../../scripts/stack/prepared.ts';
import { RunFolder } from '../../scripts/stack/run-folder.ts';
import { claimAddress, type Address } from './spare-addresses.ts';

const SAMBA_TOOL = '/usr/bin/samba-tool';
const run = promisify(execFile);
const silent = (): void => undefined;

/** Servers of one test file, beside the suite's own, at addresses of their own. */
export class MoreForests {
  readonly #folder: RunFolder;
  readonly #prepared: Prepared;
  readonly #addresses: Address[] = [];
  readonly #running: ForestHandle[] = [];

  private constructor(folder: RunFolder, prepared: Prepared) {
    this.#folder = folder;
    this.#prepared = prepared;
  }

  /** Takes what a test file before it, in this or a killed process, has left. */
  static async open(): Promise<MoreForests> {
    const prepared = await readPrepared(silent);
    const name = `more-${prepared.projectHash}-${process.env['JEST_WORKER_ID'] ?? ''}`;
    const folder = await RunFolder.claim(join(prepared.cacheDirectory, 'run', name), 'A test file');
    folder.empty();
    return new MoreForests(folder, prepared);
  }

  /** A forest of its own: a copy of the template of that side. */
  async start(side: Side): Promise<ForestHandle> {
    return this.#start(side, side, join(this.#prepared.forests, side), false);
  }

  /** The domain of a side with two controllers that replicate when they are told to. */
  async startPair(side: Side = 'customer'): Promise<ControllerPair> {
    const template = await pairTemplate(this.#prepared, side, () => this.#claim());
    const dc1 = await this.#start(side, 'dc1', join(template, 'dc1'), true);
    const dc2 = await this.#start(side, 'dc2', join(template, 'dc2'), true);
    return {
      dc1,
      dc2,
      replicate: (from, to) => replicate(from === 'dc1' ? dc1 : dc2, to === 'dc1' ? dc1 : dc2, to),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#running.map((forest) => forest.stop()));
    for (const address of this.#addresses) address.release();
    this.#folder.release(true);
  }

  async #claim(): Promise<Address> {
    const address = await claimAddress();
    this.#addresses.push(address);
    return address;
  }

  async #start(side: Side, name: string, template: string, replicates: boolean): Promise<ForestHandle> {
    const { ip } = await this.#claim();
    const forest = await startForest(this.#folder, { side, name, ip, template, replicates }, silent);
    this.#running.push(forest);
    return forest;
  }
}

export interface ControllerPair {
  readonly dc1: ForestHandle;
  readonly dc2: ForestHandle;
  /** Has the one fetch from the other what it has not received of the domain; both run. */
  replicate(from: 'dc1' | 'dc2', to: 'dc1' | 'dc2'): Promise<void>;
}

async function replicate(from: ForestHandle, to: ForestHandle, name: string): Promise<void> {
  await run(SAMBA_TOOL, [
    ...['drs', 'replicate', name, from.ip, from.namingContext, '--local', '--use-kerberos=off'],
    `--configfile=${join(to.directory, 'etc', 'smb.conf')}`,
  ]);
}

/** Folders dc1 and dc2 of a joined domain, made once for a version of the template of its side: it takes some seconds. */
async function pairTemplate(prepared: Prepared, side: Side, claim: () => Promise<Address>): Promise<string> {
  const templates = join(prepared.cacheDirectory, 'pairs');
  const version = join(templates, basename(prepared.forests));
  const wanted = join(version, side);
  if (existsSync(wanted)) return wanted;
  await mkdir(version, { recursive: true });
  const outdated = (await readdir(templates)).filter((name) => !existsSync(join(dirname(prepared.forests), name)));
  await Promise.all(
    outdated
      .filter((name) => !name.startsWith('.'))
      .map((name) => rm(join(templates, name), { recursive: true, force: true })),
  );
  const scratch = await mkdtemp(join(templates, '.new-'));
  const folder = await RunFolder.claim(join(prepared.cacheDirectory, 'run', basename(scratch).slice(1)), 'A test file');
  const [first, second] = [await claim(), await claim()];
  try {
    const source = { side, ip: first.ip, template: join(prepared.forests, side) } as const;
    const dc1 = await startForest(folder, { ...source, name: 'dc1', replicates: true }, silent);
    const dc2 = join(folder.path, 'dc2');
    try {
      await joinController(dc1, dc2, second.ip, folder.path);
    } finally {
      await dc1.stop();
    }
    await Promise.all([rename(dc1.directory, join(scratch, 'dc1')), rename(dc2, join(scratch, 'dc2'))]);
    await rename(scratch, wanted).catch((error: unknown) => {
      // Another test file was faster.
      if (!existsSync(wanted)) throw error;
    });
  } finally {
    folder.release(true);
    await rm(scratch, { recursive: true, force: true });
    first.release();
    second.release();
  }
  return wanted;
}

/** Joins a second controller to a running domain. */
async function joinController(dc1: ForestHandle, directory: string, ip: string, scratch: string): Promise<void> {
  const configuration = join(scratch, 'join.conf');
  await writeFile(
    configuration,
    `[global]
  netbios name = DC2
  workgroup = ${dc1.netbios}
  realm = ${dc1.realm}
  interfaces = ${ip}/8
  bind interfaces only = yes
`,
  );
  const [account] = dc1.administrator.account.split('@');
  await run(SAMBA_TOOL, [
    ...['domain', 'join', dc1.realm.toLowerCase(), 'DC', `--server=${dc1.ip}`, '--use-kerberos=off'],
    ...['-U', `${dc1.netbios}\\${account ?? ''}%${dc1.administrator.password}`],
    ...['--dns-backend=NONE', '--backend-store=mdb', `--targetdir=${directory}`, `--configfile=${configuration}`],
  ]);
  // Its own certificate would take a second to make and be signed by nobody.
  await cp(join(dc1.directory, 'private', 'tls'), join(directory, 'private', 'tls'), { recursive: true });
  await cp(join(dc1.directory, 'service.password'), join(directory, 'service.password'));
  const identity: unknown = JSON.parse(await readFile(join(dc1.directory, 'forest.json'), 'utf8'));
  await writeFile(join(directory, 'forest.json'), JSON.stringify({ ...(identity as object), hostname: 'dc2' }), {
    mode: 0o600,
  });
}

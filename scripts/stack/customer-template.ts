import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startForest } from './forest.ts';
import type { ForestHandle } from './forest.ts';
import { accepts } from './ports.ts';
import { readPrepared } from './prepared.ts';
import { SPARE_IPS } from './profiles.ts';
import { RunFolder } from './run-folder.ts';
import { StackError } from './stack-error.ts';

async function spareAddress(): Promise<string> {
  for (const ip of SPARE_IPS) if (!(await accepts(ip, 389)) && !(await accepts(ip, 636))) return ip;
  throw new StackError('No spare loopback address is free: every one of 127.0.0.10 to 127.0.0.31 serves LDAP already.');
}

/**
 * A customer forest with content, kept as a template: the folder to give to `startStack` as `customerTemplate`.
 *
 * When there is none by this name and version, a copy of the empty customer forest is started on a spare address,
 * `load` fills it, and it is stopped and kept; other versions of the same name are removed.
 *
 * @param version whatever the content depends on, in characters a file name may have
 */
export async function prepareCustomerTemplate(
  name: string,
  version: string,
  load: (forest: ForestHandle) => Promise<void>,
  onProgress: (line: string) => void,
): Promise<string> {
  const { cacheDirectory, forests } = await readPrepared(onProgress);
  const templates = join(cacheDirectory, 'customers', name);
  const wanted = join(templates, `${version}-${forests.slice(forests.lastIndexOf('/') + 1)}`);
  if (existsSync(wanted)) return wanted;

  const folder = await RunFolder.claim(join(cacheDirectory, 'run', `load-${name}`), `Loading the forest "${name}"`);
  try {
    await rm(join(folder.path, 'customer'), { recursive: true, force: true });
    const source = { side: 'customer', ip: await spareAddress(), template: join(forests, 'customer') } as const;
    const forest = await startForest(folder, source, onProgress);
    try {
      onProgress(`loading the customer forest "${name}"`);
      await load(forest);
    } finally {
      await forest.stop();
    }
    await rm(join(forest.directory, 'log'), { recursive: true, force: true });
    await mkdir(templates, { recursive: true });
    const outdated = await readdir(templates);
    await Promise.all(outdated.map((other) => rm(join(templates, other), { recursive: true, force: true })));
    await rename(forest.directory, wanted);
  } finally {
    folder.release(true);
  }
  return wanted;
}

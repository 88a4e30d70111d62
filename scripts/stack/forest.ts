import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { accepts, assertFree } from './ports.ts';
import type { RunFolder } from './run-folder.ts';
import { endWithParent, ServiceProcess } from './service-process.ts';

/** `subsidiary`: another forest of the customer, for tests. */
export type Side = 'customer' | 'managed' | 'subsidiary';

const LDAP_PORTS = [389, 636, 3268, 3269];
const LDAPS_PORT = 636;
const SAMBA = '/usr/sbin/samba';
const CONFIGURATION_TEMPLATE = join(import.meta.dirname, 'samba', 'smb.conf.in');

/** An account of a forest, as a client binds: the user principal name and the password. */
export interface Account {
  readonly account: string;
  readonly password: string;
}

/** What a client needs to know of a running forest. */
export interface ForestCoordinates {
  readonly side: Side;
  readonly ip: string;
  /** ldaps://ip; the certificate is valid for the address and for the DC's DNS name. */
  readonly url: string;
  readonly realm: string;
  readonly netbios: string;
  /** Distinguished name of the domain naming context, the only one of its forest. */
  readonly namingContext: string;
  /** PEM file of the authority that signed the certificates of both forests. */
  readonly caFile: string;
  readonly administrator: Account;
  /** Itasca's own account: reads the customer's forest, writes below the customer's OU of the managed one. */
  readonly service: Account & { readonly passwordFile: string };
  readonly directory: string;
}

/** A running Samba AD forest of one domain and one DC. */
export interface ForestHandle extends ForestCoordinates {
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  /** Again, on its data, after stop or kill. */
  start(): Promise<void>;
}

/** Which forest to start: a copy of the template, on this address. */
export interface ForestSource {
  readonly side: Side;
  readonly ip: string;
  readonly template: string;
  /** Name of its folder; the side by default. */
  readonly name?: string;
  /** Serves replication too. */
  readonly replicates?: boolean;
}

/** What a domain controller needs beyond LDAP to be joined and replicated from; the last section of a name counts. */
const REPLICATION = `
[global]
  server services = ldap, cldap, rpc
  dcerpc endpoint servers = epmapper, drsuapi, lsarpc, samr, netlogon
`;

/** forest.json, as scripts/stack/samba/build_forest.py writes it. */
const Identity = z.object({
  side: z.enum(['customer', 'managed', 'subsidiary']),
  realm: z.string(),
  netbios: z.string(),
  hostname: z.string(),
  namingContext: z.string(),
  administrator: z.object({ account: z.string(), password: z.string() }),
  service: z.object({ account: z.string(), password: z.string() }),
});

/** The file in a copy that names its template. */
const ORIGIN = 'template';

/** Copy a template, unless there is a copy to go on with; never leaves half a copy. Answers the copy's template. */
async function ensureCopy(template: string, directory: string): Promise<string> {
  if (existsSync(directory)) return readFile(join(directory, ORIGIN), 'utf8');
  const unfinished = `${directory}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await promisify(execFile)('cp', ['--archive', '--sparse=always', '--reflink=auto', template, unfinished]);
  await writeFile(join(unfinished, ORIGIN), template);
  await rename(unfinished, directory);
  return template;
}

async function writeConfiguration(
  directory: string,
  ip: string,
  identity: z.infer<typeof Identity>,
  replicates: boolean,
): Promise<string> {
  const values: Readonly<Record<string, string>> = {
    DIR: directory,
    IP: ip,
    HOSTNAME: identity.hostname.toUpperCase(),
    NETBIOS: identity.netbios,
    REALM: identity.realm,
    DNS_DOMAIN: identity.realm.toLowerCase(),
  };
  const text = await readFile(CONFIGURATION_TEMPLATE, 'utf8');
  const file = join(directory, 'etc', 'smb.conf');
  await writeFile(
    file,
    text.replace(/@([A-Z_]+)@/g, (_, name: string) => values[name] ?? '') + (replicates ? REPLICATION : ''),
  );
  return file;
}

/**
 * Start the forest of a side on its address: on the data in the run folder, or on a new copy of the template.
 *
 * @throws {StackError} when a port is taken or Samba does not start
 */
export async function startForest(
  folder: RunFolder,
  { side, ip, template, name: folderName = side, replicates = false }: ForestSource,
  onProgress: (line: string) => void,
): Promise<ForestHandle> {
  const directory = join(folder.path, folderName);
  if ((await ensureCopy(template, directory)) !== template) {
    onProgress(`the ${side} forest goes on with data of an older template; remove ${folder.path} to begin afresh`);
  }
  const identity = Identity.parse(JSON.parse(await readFile(join(directory, 'forest.json'), 'utf8')));
  const configuration = await writeConfiguration(directory, ip, identity, replicates);
  const logs = join(directory, 'log');
  await Promise.all(['log', 'run'].map((name) => mkdir(join(directory, name), { recursive: true })));

  const name = `The ${side} forest`;
  const args = ['-F', '--no-process-group', '-M', 'single', '-l', logs, '-s', configuration];
  const samba = new ServiceProcess({
    name,
    command: endWithParent({ program: SAMBA, args }, 'SIGTERM'),
    logFile: join(logs, 'samba.log'),
    recordFile: folder.recordFile(folderName),
    stopSignal: 'SIGTERM',
    isReady: () => accepts(ip, LDAPS_PORT),
  });
  const start = async (): Promise<void> => {
    await assertFree(ip, LDAP_PORTS, name);
    await samba.start();
  };
  await start();
  return {
    side,
    ip,
    url: `ldaps://${ip}`,
    realm: identity.realm,
    netbios: identity.netbios,
    namingContext: identity.namingContext,
    caFile: join(directory, 'private', 'tls', 'ca.pem'),
    administrator: identity.administrator,
    service: { ...identity.service, passwordFile: join(directory, 'service.password') },
    directory,
    stop: () => samba.stop(),
    kill: () => samba.kill(),
    start,
  };
}

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { assertFree, freePort } from './ports.ts';
import { findPostgresProgram } from './postgres-program.ts';
import type { PostgresProgram } from './postgres-program.ts';
import type { Profile } from './profiles.ts';
import type { RunFolder } from './run-folder.ts';
import { endWithParent, ServiceProcess } from './service-process.ts';
import { StackError } from './stack-error.ts';

const USER = 'itasca';
const DATABASE = 'itasca';
const CONNECT_MILLISECONDS = 5_000;
const BACKENDS_GONE_MILLISECONDS = 10_000;

/** PostgreSQL as a crash test handles it. */
export interface PostgresControl {
  /** SIGKILL of the postmaster, as a crash would be. */
  kill(): Promise<void>;
  /** Again, on its data and port. */
  start(): Promise<void>;
}

export interface PostgresHandle {
  readonly url: string;
  readonly own: PostgresControl;
  stop(): Promise<void>;
}

async function query(connectionString: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_MILLISECONDS });
  // A connection that the server drops between the query and the end is no news.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

/** @throws {StackError} when the operator's own database cannot be reached */
export async function assertReachable(databaseUrl: string): Promise<void> {
  try {
    await query(databaseUrl, 'SELECT 1');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackError(
      `The database that DATABASE_URL names cannot be used (${reason}): correct it, or unset it to have one started.`,
      { cause: error },
    );
  }
}

async function initdb(program: PostgresProgram, args: readonly string[]): Promise<void> {
  const command = program.command('initdb', args);
  const child = spawn(command.program, [...command.args], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    ...command.identity,
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const [errors, code] = await Promise.all([text(child.stderr), exit]);
  if (code !== 0) throw new StackError(`PostgreSQL's data folder could not be made: ${errors.trim()}`);
}

/** Make the data folder with a random password, unless there is one; never leaves half of it. Answers the password. */
async function ensureData(program: PostgresProgram, data: string): Promise<string> {
  const passwordFile = join(program.folder, 'password');
  if (existsSync(data)) return readFile(passwordFile, 'utf8');
  const password = randomBytes(18).toString('base64url');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await program.own(passwordFile);
  const unfinished = `${data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await initdb(program, [
    ...['--pgdata', unfinished, '--no-sync', '--no-instructions', '--encoding=UTF8'],
    // The same order and case rules on every machine, whatever locales it has.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--username', USER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
  ]);
  await rename(unfinished, data);
  return password;
}

/**
 * After a crash: wait for the last backends, which end by themselves when they miss the postmaster, and remove its pid
 * file, which would make the next one refuse to start as long as the dead one is a zombie.
 */
async function clearAfterCrash(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const deadline = Date.now() + BACKENDS_GONE_MILLISECONDS;
  while (worksIn(data)) {
    if (Date.now() > deadline) throw new StackError(`Another PostgreSQL still runs on ${data}: stop it first.`);
    await sleep(20);
  }
  await rm(pidFile, { force: true });
}

/** Whether a process has the folder as its working directory, as every process of PostgreSQL has. */
function worksIn(folder: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        return false;
      }
    });
}

/**
 * Start PostgreSQL on 127.0.0.1 with its data in the run folder.
 *
 * @param keep whether to go on with the data of the last time, and to leave it at the end
 * @throws {StackError} when the port is taken, or it can't be run on this machine
 */
export async function startPostgres(folder: RunFolder, profile: Profile, keep: boolean): Promise<PostgresHandle> {
  const wantedFolder = join(folder.path, 'postgres');
  await mkdir(wantedFolder, { recursive: true });
  const program = await findPostgresProgram(wantedFolder);
  const data = join(program.folder, 'data');
  // Not always in the run folder, which is emptied already.
  if (!keep) await rm(data, { recursive: true, force: true });
  const password = await ensureData(program, data);
  const port = profile.ports?.postgres ?? (await freePort());
  const url = (database: string): string => `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;

  const settings: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    // Without fsync a commit still survives a kill of PostgreSQL, only not a crash of the machine.
    ...(profile.surviveMachineCrash ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const postgres = new ServiceProcess({
    name: 'PostgreSQL',
    // SIGINT is its fast shutdown: sessions are ended, data is written.
    command: program.command('postgres', args, (inner) => endWithParent(inner, 'SIGINT')),
    logFile: join(wantedFolder, 'postgres.log'),
    recordFile: folder.recordFile('postgres'),
    stopSignal: 'SIGINT',
    isReady: () =>
      query(url('postgres'), 'SELECT 1').then(
        () => true,
        () => false,
      ),
  });
  const start = async (): Promise<void> => {
    await clearAfterCrash(data);
    await assertFree('127.0.0.1', [port], 'PostgreSQL');
    await postgres.start();
  };
  await start();
  if ((await query(url('postgres'), `SELECT 1 FROM pg_database WHERE datname = '${DATABASE}'`)) === 0) {
    await query(url('postgres'), `CREATE DATABASE ${DATABASE}`);
  }
  return {
    url: url(DATABASE),
    own: { start, kill: () => postgres.kill() },
    stop: async () => {
      await postgres.stop();
      if (!keep) await rm(program.folder, { recursive: true, force: true });
    },
  };
}

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, endRecorded, isRunning, readRecord, recordOf, writeRecord } from './process-record.ts';
import { StackError } from './stack-error.ts';

const OWNER = 'owner.json';
const RECORD_SUFFIX = '.process.json';
const LEFTOVER_MILLISECONDS = 5_000;
/** A unix socket path holds 107 characters (unix(7)); this is Samba's longest one below a forest's folder. */
const LONGEST_SOCKET = '/customer/private/ldap_priv/ldapi';
const SOCKET_PATH_LIMIT = 100;

/** The folder with the data of one running stack: one process owns it at a time. */
export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Take the folder for this process, and end what a killed owner left running in it.
   *
   * @throws {StackError} when another process owns it
   */
  static async claim(path: string, what: string): Promise<RunFolder> {
    if (path.length + LONGEST_SOCKET.length > SOCKET_PATH_LIMIT) {
      throw new StackError(`${path} is too long a path for Samba's sockets: set XDG_CACHE_HOME to a shorter one.`);
    }
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const folder = new RunFolder(path);
    folder.#own(what);
    const records = readdirSync(path).filter((name) => name.endsWith(RECORD_SUFFIX));
    await Promise.all(records.map((name) => endRecorded(join(path, name), 'SIGINT', LEFTOVER_MILLISECONDS)));
    return folder;
  }

  /** Where the process of a service is recorded. */
  recordFile(service: string): string {
    return join(this.path, `${service}${RECORD_SUFFIX}`);
  }

  /** Throw away the data of the last time. */
  empty(): void {
    const names = readdirSync(this.path).filter((name) => name !== OWNER);
    for (const name of names) rmSync(join(this.path, name), { recursive: true, force: true });
  }

  /** Let go of the folder; `discard` removes it with its data. */
  release(discard: boolean): void {
    rmSync(discard ? this.path : join(this.path, OWNER), { recursive: true, force: true });
  }

  #own(what: string): void {
    const file = join(this.path, OWNER);
    const owner = existsSync(file) ? readRecord(file) : undefined;
    if (owner !== undefined && isRunning(owner)) {
      throw new StackError(
        `${what} is in use by process ${owner.pid} (${commandLine(owner.pid)}): stop that first, it owns ${this.path}.`,
      );
    }
    rmSync(file, { force: true });
    const self = recordOf(process.pid);
    if (self === undefined) throw new StackError('/proc is not mounted: the stack cannot tell its processes apart.');
    writeRecord(file, self, 'wx');
  }
}

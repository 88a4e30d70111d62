import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** An operator's program, as the worker's settings name it. */
export interface ProgramSettings {
  /** Absolute path of the program. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** Folder in which each call gets an empty folder of its own, which is removed afterwards. */
  readonly folder: string;
  /** All that the program finds in its environment beside PATH, LANG, HOME and TMPDIR. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
  /** Calls under way at once in one worker. */
  readonly atOnce: number;
}

/** How a program that was let run to its end has ended. */
export interface ProgramEnd {
  readonly exitCode: number;
  /** What it wrote to its standard output. */
  readonly output: string;
  /** The end of what it wrote to its standard error. */
  readonly complaint: string;
}

/**
 * A program did not keep to what it is asked for, or could not be run: that says nothing about the object. The message
 * never holds anything that the program has written, for that may name a person; `complaint` does.
 */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
  readonly complaint: string;

  constructor(message: string, complaint = '') {
    super(message);
    this.complaint = complaint;
  }
}

/** Bytes of standard output after which a program is ended. */
const OUTPUT_LIMIT = 64 * 1024;
/** Bytes kept of the end of standard error, which has no limit of its own but time. */
const COMPLAINT_LIMIT = 2 * 1024;

/** Groups of programs that run now, to be ended with the worker. */
const running = new Set<number>();
process.once('exit', () => {
  for (const group of running) endGroup(group);
});

/**
 * Runs a program once: by its path and arguments, never by a shell; in an empty folder and an environment of its own, with
 * `input` on its standard input. When it has ended, or its time is over, or it writes too much, its whole process group
 * is killed.
 *
 * @throws ProgramFailed when it can not be started, does not end in time, is ended by a signal or writes too much
 */
export async function runProgram(settings: ProgramSettings, input: string): Promise<ProgramEnd> {
  const folder = await mkdtemp(join(settings.folder, 'itasca-driver-')).catch((error: unknown) => {
    throw new ProgramFailed(`no working folder can be made for the program${codeOf(error)}`);
  });
  try {
    return await run(settings, folder, input);
  } finally {
    // A process that left its group may still write there: what is in the way of removing is left to the operator.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function run(settings: ProgramSettings, folder: string, input: string): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(settings.program, settings.arguments, {
      shell: false,
      // The leader of a process group of its own.
      detached: true,
      cwd: folder,
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        LANG: 'C.UTF-8',
        HOME: folder,
        TMPDIR: folder,
        ...settings.variables,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const group = child.pid;
    if (group !== undefined) running.add(group);
    const output: Buffer[] = [];
    let written = 0;
    let complaint = Buffer.alloc(0);
    let reason: string | null = null;
    const end = (why: string | null): void => {
      reason ??= why;
      if (group !== undefined && running.delete(group)) endGroup(group);
    };
    const timer = setTimeout(() => {
      end(`the program did not end within ${String(settings.timeLimitMs / 1000)} s`);
      // Whoever left the group may hold the pipes open: they are not waited for.
      child.stdout.destroy();
      child.stderr.destroy();
    }, settings.timeLimitMs);
    child.stdout.on('data', (chunk: Buffer) => {
      written += chunk.length;
      if (written <= OUTPUT_LIMIT) output.push(chunk);
      else end(`the program wrote more than ${String(OUTPUT_LIMIT)} bytes`);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = Buffer.concat([complaint, chunk]).subarray(-COMPLAINT_LIMIT);
    });
    // A program need not read its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    // What it left running in its group keeps the pipes open, and so would keep us waiting.
    child.once('exit', () => {
      end(null);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new ProgramFailed(`the program can not be started${codeOf(error)}`));
    });
    child.once('close', (exitCode, signal) => {
      clearTimeout(timer);
      const said = complaint.toString();
      if (reason !== null) reject(new ProgramFailed(reason, said));
      else if (exitCode === null) reject(new ProgramFailed(`the program was ended by ${String(signal)}`, said));
      else resolve({ exitCode, output: Buffer.concat(output).toString(), complaint: said });
    });
  });
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
}

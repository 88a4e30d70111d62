import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, recordOf, signalProcess, waitForEnd, writeRecord } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { StackError } from './stack-error.ts';

const READY_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 8_000;
const PROBE_EVERY_MILLISECONDS = 20;
const LOG_LINES_IN_MESSAGE = 8;
const SETPRIV = '/usr/bin/setpriv';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** Run as this operating system user; only root can. */
  readonly identity?: { readonly uid: number; readonly gid: number };
}

export interface ServiceDefinition {
  /** As the operator knows it, to begin a sentence: "PostgreSQL". */
  readonly name: string;
  readonly command: Command;
  readonly logFile: string;
  /** Where the running process is recorded for whoever comes after a crash. */
  readonly recordFile: string;
  readonly stopSignal: NodeJS.Signals;
  readonly isReady: () => Promise<boolean>;
}

/**
 * Have the kernel send the signal when our process ends, however it does (prctl(2), PR_SET_PDEATHSIG); where setpriv is
 * missing, the record file still lets the next start end what was left. To be put innermost, around the program itself.
 */
export function endWithParent(command: Command, signal: NodeJS.Signals): Command {
  if (!existsSync(SETPRIV)) return command;
  const args = ['--pdeathsig', signal.replace(/^SIG/, ''), '--', command.program, ...command.args];
  return { ...command, program: SETPRIV, args };
}

/** A server that we run as our child: start, stop, kill, start again on the same data. */
export class ServiceProcess {
  readonly #definition: ServiceDefinition;
  #running: ProcessRecord | undefined;

  constructor(definition: ServiceDefinition) {
    this.#definition = definition;
  }

  /** @throws {StackError} when it ends before it is ready, or is not ready after a minute; then it is ended */
  async start(): Promise<void> {
    const { name, isReady, logFile } = this.#definition;
    const record = this.#spawn();
    const deadline = Date.now() + READY_MILLISECONDS;
    while (!(await isReady())) {
      const ended = !isRunning(record);
      if (ended || Date.now() > deadline) {
        await this.kill();
        const what = ended ? 'ended while it was starting' : `was not ready after ${READY_MILLISECONDS / 1000} s`;
        throw new StackError(`${name} ${what}. The end of its log (${logFile}):\n${endOfLog(logFile)}`);
      }
      await sleep(PROBE_EVERY_MILLISECONDS);
    }
  }

  /** Ask it to end; by force when it has not after 8 seconds. */
  async stop(): Promise<void> {
    const record = this.#running;
    if (record === undefined) return;
    signalProcess(record, this.#definition.stopSignal);
    if (!(await waitForEnd(record, STOP_MILLISECONDS))) return this.kill();
    this.#forget();
  }

  /** SIGKILL, as a crash would be. */
  async kill(): Promise<void> {
    const record = this.#running;
    if (record === undefined) return;
    signalProcess(record, 'SIGKILL');
    await waitForEnd(record, STOP_MILLISECONDS);
    this.#forget();
  }

  #spawn(): ProcessRecord {
    const { name, command, logFile, recordFile } = this.#definition;
    if (this.#running !== undefined) throw new StackError(`${name} is running already.`);
    const log = openSync(logFile, 'a');
    const child = spawn(command.program, [...command.args], {
      // A session of its own, still our child: Ctrl-C must reach us alone, so that we can stop things in their order.
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: command.environment ?? process.env,
      ...command.identity,
    });
    closeSync(log);
    // A program that cannot be started has no process id, and the error event comes later.
    child.on('error', () => undefined);
    const record = child.pid === undefined ? undefined : recordOf(child.pid);
    if (record === undefined) throw new StackError(`${name} could not be started: ${command.program} does not run.`);
    writeRecord(recordFile, record);
    this.#running = record;
    return record;
  }

  #forget(): void {
    rmSync(this.#definition.recordFile, { force: true });
    this.#running = undefined;
  }
}

function endOfLog(file: string): string {
  return existsSync(file)
    ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES_IN_MESSAGE).join('\n')
    : '';
}

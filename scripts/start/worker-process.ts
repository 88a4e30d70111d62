import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '..', '..', 'worker', 'main.ts');

/**
 * What Node is told of memory. Left to itself it collects garbage only when the heap has grown by what the machine has to
 * spare; what a worker needs at a time is far less, however large the forests are.
 */
const MEMORY_FLAGS = ['--max-old-space-size=256', '--max-semi-space-size=16'];

export interface WorkerEnvironment {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly taskQueue?: string;
  /** Further variables of its environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The file that it runs; that of the product by default. */
  readonly program?: string;
  /** Where its log goes; by default to where ours goes. */
  readonly logFile?: string;
}

/** A worker in a process of its own, as in production. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #stopping = false;

  private constructor(child: ChildProcess, onEnd: (code: number | null) => void) {
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code) => {
        if (!this.#stopping) onEnd(code);
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Starts a worker and waits until it polls.
   *
   * @param onEnd called when it ends without having been told to
   */
  static async start(environment: WorkerEnvironment, onEnd: (code: number | null) => void): Promise<WorkerProcess> {
    const log = environment.logFile === undefined ? 'inherit' : openSync(environment.logFile, 'a');
    const child = spawn(
      process.execPath,
      [...MEMORY_FLAGS, '--disable-warning=ExperimentalWarning', environment.program ?? program],
      {
        stdio: ['ignore', 'pipe', log],
        env: {
          ...process.env,
          DATABASE_URL: environment.databaseUrl,
          ITASCA_SCHEMA: environment.schema,
          TEMPORAL_ADDRESS: environment.temporalAddress,
          TEMPORAL_NAMESPACE: environment.temporalNamespace,
          ...environment.variables,
          ...(environment.taskQueue === undefined ? {} : { ITASCA_TASK_QUEUE: environment.taskQueue }),
        },
      },
    );
    if (typeof log === 'number') closeSync(log);
    const output = child.stdout;
    if (output === null) throw new Error('the worker has no output');
    const worker = new WorkerProcess(child, onEnd);
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: output }).on('line', (line) => {
        if (line === 'worker ready') resolve();
      });
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`The worker ended with code ${String(code)} before it was ready.`));
      });
    });
    return worker;
  }

  /** Lets it finish what it does and ends it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

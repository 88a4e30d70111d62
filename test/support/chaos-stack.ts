import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Configuration } from '../../rules/configuration.ts';
import type { Random } from '../../scripts/sample/random.ts';
import { StackError } from '../../scripts/stack/stack-error.ts';
import { startStack, type Stack } from '../../scripts/stack/stack.ts';
import { WorkerProcess } from '../../scripts/start/worker-process.ts';
import { openProduct, type Product } from './product.ts';
import { STACK_VARIABLE } from './stack.ts';

/** A stack of its own, whose parts are killed: others would miss them. With Itasca, and a worker that is a process. */
export class ChaosStack {
  readonly product: Product;
  readonly killed: Record<string, number> = {};
  /** Rejects when a worker ends that nobody killed. */
  readonly workerEnded: Promise<never>;
  readonly #stack: Stack;
  readonly #suiteStack: string | undefined;
  #endWorkerEnded: (error: Error) => void = () => undefined;
  #worker: WorkerProcess | undefined;

  private constructor(stack: Stack, suiteStack: string | undefined, product: Product) {
    this.#stack = stack;
    this.#suiteStack = suiteStack;
    this.product = product;
    this.workerEnded = new Promise((_resolve, reject) => {
      this.#endWorkerEnded = reject;
    });
    this.workerEnded.catch(() => undefined);
  }

  static async open(change: (configuration: Configuration) => Configuration): Promise<ChaosStack> {
    const suiteStack = process.env[STACK_VARIABLE];
    const stack = await chaosStack();
    process.env[STACK_VARIABLE] = JSON.stringify(stack);
    return new ChaosStack(stack, suiteStack, await openProduct({ worker: false, change }));
  }

  async dispose(): Promise<void> {
    await this.#worker?.stop();
    await this.product.dispose();
    await this.#stack.stop();
    if (this.#suiteStack !== undefined) process.env[STACK_VARIABLE] = this.#suiteStack;
  }

  async startWorker(): Promise<void> {
    const { databaseUrl, temporal, customer } = this.#stack;
    const logFile = join(customer.directory, '..', 'worker.log');
    this.#worker = await WorkerProcess.start(
      {
        databaseUrl,
        schema: this.product.schema,
        temporalAddress: temporal.address,
        temporalNamespace: temporal.namespace,
        taskQueue: this.product.taskQueue,
        logFile,
      },
      (code) => {
        const log = readFileSync(logFile, 'utf8').slice(-2_000);
        this.#endWorkerEnded(new Error(`a worker ended by itself with code ${String(code)}:\n${log}`));
      },
    );
  }

  /** Kills one of the processes, and starts it again after a while. */
  async killOne(random: Random): Promise<void> {
    const victim = random.pick(['worker', 'customer', 'managed', 'temporal', 'postgres'] as const);
    this.killed[victim] = (this.killed[victim] ?? 0) + 1;
    const down = random.below(800);
    if (victim === 'worker') {
      await this.#worker?.kill();
      await sleep(down);
      await this.startWorker();
    } else {
      const part = this.#stack[victim];
      await part?.kill();
      await sleep(down);
      await part?.start();
    }
  }
}

/** How long a test must let itself take to get the stack: another one may have it. */
export const CHAOS_WAIT_MS = process.env['ITASCA_LONG'] === '1' ? 1_800_000 : 400_000;

/** There is one stack for killing in a checkout: who comes second waits until the other test is done with it. */
async function chaosStack(): Promise<Stack> {
  for (const until = Date.now() + CHAOS_WAIT_MS; ;) {
    try {
      return await startStack('chaos', { keep: false, onProgress: () => undefined });
    } catch (error) {
      const taken = error instanceof StackError && error.message.includes(' is in use by process ');
      if (!taken || Date.now() > until) throw error;
      await sleep(1_000);
    }
  }
}

/** Asks again while the Temporal server is away, or the worker that answers queries. */
export async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (
        !(error instanceof Error) ||
        !/UNAVAILABLE|ECONNREFUSED|CANCELLED|DEADLINE|Unexpected error|failed to connect|No connection|no poller seen/i.test(
          `${error.message} ${String(error.cause)}`,
        )
      )
        throw error;
      await sleep(200);
    }
  }
}

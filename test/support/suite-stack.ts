import { startStack } from '../../scripts/stack/stack.ts';
import type { Stack } from '../../scripts/stack/stack.ts';
import { STACK_VARIABLE } from './stack.ts';

let running: Stack | undefined;

/** Start the stack of this suite, before the first test file that needs it. */
export async function startSuiteStack(): Promise<void> {
  running = await startStack('test', { keep: false, onProgress: (line) => process.stderr.write(`stack: ${line}\n`) });
  process.env[STACK_VARIABLE] = JSON.stringify(running);
}

export async function stopSuiteStack(): Promise<void> {
  await running?.stop();
  running = undefined;
}

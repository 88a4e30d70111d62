import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startStack } from '../../scripts/stack/stack.ts';
import type { Stack } from '../../scripts/stack/stack.ts';
import { workflowsPath } from '../../worker/worker.ts';
import { STACK_VARIABLE, WORKFLOWS_VARIABLE } from './stack.ts';

let running: Stack | undefined;
let folder: string | undefined;

/** Start the stack of this suite, before the first test file that needs it, and bundle the workflow code for all of them. */
export async function startSuiteStack(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'itasca-workflows-'));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const codePath = join(folder, 'workflows.js');
  await writeFile(codePath, code);
  process.env[WORKFLOWS_VARIABLE] = codePath;
  running = await startStack('test', { keep: false, onProgress: (line) => process.stderr.write(`stack: ${line}\n`) });
  process.env[STACK_VARIABLE] = JSON.stringify(running);
}

export async function stopSuiteStack(): Promise<void> {
  await running?.stop();
  running = undefined;
  if (folder !== undefined) await rm(folder, { recursive: true });
}

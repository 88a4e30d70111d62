import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { StackError } from './stack-error.ts';

const Prepared = z.object({
  cacheDirectory: z.string(),
  projectHash: z.string(),
  forests: z.string(),
  temporal: z.union([z.object({ address: z.string() }), z.object({ binary: z.string() })]),
});

/** What scripts/setup.mjs has put on this machine: folders, and the Temporal server to use. */
export type Prepared = z.infer<typeof Prepared>;

const PROGRAM = join(import.meta.dirname, '..', 'setup', 'prepared.mjs');

/**
 * Ask set-up what is there. It runs as a program, because Jest's module loader takes no ES modules.
 *
 * @throws {StackError} when something is missing that only set-up can get
 */
export async function readPrepared(onProgress: (line: string) => void): Promise<Prepared> {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    onProgress(line.trim());
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [output, code] = await Promise.all([text(child.stdout), exit]);
  if (code !== 0) throw new StackError(`The stack is not set up. ${lines.join('\n')}`);
  return Prepared.parse(JSON.parse(output));
}

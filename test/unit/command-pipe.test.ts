import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const command = join(import.meta.dirname, '..', '..', 'scripts', 'itasca', 'itasca.mjs');

// Shows: Command / whoever stops to read its output, as head does, ends it without a word (none)
test('a command whose output nobody reads any more ends without a trace', async () => {
  const child = spawn(process.execPath, [command, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ said, code: child.exitCode }).toEqual({ said: '', code: 141 });
});

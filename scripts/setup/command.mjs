import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const TAIL_LINES = 60;
const GRACE_MILLISECONDS = 5_000;

/** A command that could not be started or did not end well; `tail` is the end of what it wrote. */
export class CommandError extends Error {
  constructor(command, outcome, tail) {
    super(`${command} ${outcome}`);
    this.name = 'CommandError';
    this.tail = tail;
  }
}

/**
 * Run a command to its end, in a process group of its own, and answer its standard output.
 *
 * Both streams go to `log` when it is given, and line by line to `onLine`. When `signal` is aborted, the whole group is
 * ended (SIGTERM, after 5 seconds SIGKILL) before the promise rejects.
 */
export async function run(command, args, { cwd, env = process.env, log, onLine, signal } = {}) {
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const file = log && openLog(log, command, args);
  const tail = [];
  const output = [];
  const lines = [child.stdout, child.stderr].map((stream) => {
    const reader = createInterface({ input: stream });
    reader.on('line', (line) => {
      file?.write(`${line}\n`);
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      if (stream === child.stdout) output.push(line);
      onLine?.(line);
    });
    return new Promise((resolve) => reader.once('close', resolve));
  });

  let killTimer;
  const end = () => {
    killGroup(child, 'SIGTERM');
    killTimer = setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MILLISECONDS);
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    const outcome = await new Promise((resolve) => {
      child.once('error', (error) => resolve({ failed: `could not be started: ${error.message}` }));
      child.once('exit', (code, killedBy) => resolve(code === 0 ? {} : { failed: `ended with ${killedBy ?? code}` }));
    });
    if (child.pid !== undefined) await Promise.all(lines);
    signal?.throwIfAborted();
    if (outcome.failed) throw new CommandError(command, outcome.failed, tail);
    return output.join('\n');
  } finally {
    signal?.removeEventListener('abort', end);
    clearTimeout(killTimer);
    file?.end();
  }
}

function openLog(path, command, args) {
  mkdirSync(dirname(path), { recursive: true });
  const file = createWriteStream(path, { flags: 'a' });
  file.write(`\n${new Date().toISOString()} ${[command, ...args].join(' ')}\n`);
  return file;
}

function killGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

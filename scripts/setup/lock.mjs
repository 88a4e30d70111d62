import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname } from 'node:path';

/**
 * Run `action` while holding an exclusive lock on `file`, so that two set-ups do not make the same thing.
 *
 * A helper process holds the lock (flock(1)); it ends when we end, however that happens, so no lock is ever left over.
 * `onWait` is called when another holds it.
 */
export async function withLock(file, { onWait, signal } = {}, action) {
  await mkdir(dirname(file), { recursive: true });
  const holder = (await acquire(file, true, signal)) ?? (onWait?.(), await acquire(file, false, signal));
  try {
    return await action();
  } finally {
    holder.stdin.end();
  }
}

async function acquire(file, giveUpAtOnce, signal) {
  signal?.throwIfAborted();
  const args = [...(giveUpAtOnce ? ['--nonblock'] : []), file, 'sh', '-c', 'echo held; exec cat'];
  // A session of its own: Ctrl-C in the terminal must not release the lock before we have cleaned up.
  const holder = spawn('flock', args, { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const giveUp = () => holder.kill();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const held = await Promise.race([
      once(holder.stdout, 'data').then(() => true),
      once(holder, 'exit').then(() => false),
    ]);
    signal?.throwIfAborted();
    return held ? holder : undefined;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

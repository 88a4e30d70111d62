import { readFile } from 'node:fs/promises';

/** The most memory that a running process has had resident so far, MiB (VmHWM of proc(5)). */
export async function peakRssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`the memory of process ${String(pid)} can not be read`);
  return Math.round(Number(kib) / 1024);
}

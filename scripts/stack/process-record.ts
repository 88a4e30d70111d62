import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const ProcessRecord = z.object({ pid: z.int().positive(), startTime: z.string(), bootId: z.string() });

/** A process, told apart from any later one with the same id by its start time and the machine's boot. */
export type ProcessRecord = z.infer<typeof ProcessRecord>;

const POLL_MILLISECONDS = 15;

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** State and start time (clock ticks since boot) of a process, proc(5); undefined when there is none. */
function readStat(pid: number): { state: string; startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** The record of a running process; undefined when it is gone already. */
export function recordOf(pid: number): ProcessRecord | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime, bootId: readBootId() };
}

export function writeRecord(file: string, record: ProcessRecord, flag: 'w' | 'wx' = 'w'): void {
  writeFileSync(file, JSON.stringify(record), { flag });
}

/** The record in a file; undefined when there is none, or none that can be read. */
export function readRecord(file: string): ProcessRecord | undefined {
  try {
    return ProcessRecord.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Whether the recorded process still runs. A zombie, which only waits to be reaped, does not. */
export function isRunning(record: ProcessRecord): boolean {
  const stat = readStat(record.pid);
  if (stat === undefined || stat.state === 'X') return false;
  if (stat.state === 'Z' && !hasThreads(record.pid)) return false;
  return stat.startTime === record.startTime && readBootId() === record.bootId;
}

/** A killed process is a zombie already while its last threads still hold its files and ports. */
function hasThreads(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

/** Wait until the process has ended; false when it has not after `milliseconds`. */
export async function waitForEnd(record: ProcessRecord, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isRunning(record)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MILLISECONDS);
  }
  return true;
}

/** Send a signal to the recorded process; nothing when it has ended. */
export function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): void {
  if (!isRunning(record)) return;
  try {
    process.kill(record.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** End the process that a file records, if it still runs: asked with `signal`, after `milliseconds` by force. */
export async function endRecorded(file: string, signal: NodeJS.Signals, milliseconds: number): Promise<void> {
  const record = readRecord(file);
  if (record !== undefined && isRunning(record)) {
    signalProcess(record, signal);
    if (!(await waitForEnd(record, milliseconds))) {
      signalProcess(record, 'SIGKILL');
      await waitForEnd(record, milliseconds);
    }
  }
  rmSync(file, { force: true });
}

/** The beginning of what a process was started as, for messages; Samba and PostgreSQL put a description there. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 80);
  } catch {
    return '';
  }
}

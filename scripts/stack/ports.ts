import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { commandLine } from './process-record.ts';
import { StackError } from './stack-error.ts';

const LISTENING = '0A';

/** Bind and let go again; answers the port, or the system's error code. */
function tryToListen(ip: string, port: number): Promise<{ port: number } | { code: string }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      resolve({ code: 'code' in error && typeof error.code === 'string' ? error.code : error.message });
    });
    server.listen(port, ip, () => {
      const address = server.address();
      server.close(() => {
        resolve({ port: address !== null && typeof address === 'object' ? address.port : port });
      });
    });
  });
}

/** A TCP port of 127.0.0.1 that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const found = await tryToListen('127.0.0.1', 0);
  if ('code' in found) throw new StackError(`No free TCP port on 127.0.0.1: ${found.code}.`);
  return found.port;
}

/** @throws {StackError} when one of the ports cannot be listened on, naming the process that uses it */
export async function assertFree(ip: string, ports: readonly number[], usedFor: string): Promise<void> {
  for (const port of ports) {
    const found = await tryToListen(ip, port);
    if (!('code' in found)) continue;
    if (found.code === 'EACCES') {
      throw new StackError(
        `${usedFor} needs ${ip}:${port}, a port reserved for root: run "sudo sysctl -w ` +
          `net.ipv4.ip_unprivileged_port_start=${Math.min(...ports)}", or run this as root.`,
      );
    }
    throw new StackError(
      `${usedFor} needs ${ip}:${port}, which is in use${holderOf(port)} (${found.code}): stop that process first.`,
    );
  }
}

/** " by process 12 (samba ...)", or nothing when it cannot be found out. */
function holderOf(port: number): string {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return '';
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => openFiles(name).some((target) => inodes.has(target)));
  return pid === undefined ? '' : ` by process ${pid} (${commandLine(Number(pid))})`;
}

/** Sockets that listen on a port, as /proc/PID/fd names them; columns of proc(5) /proc/net/tcp. */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  try {
    return readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => (local?.endsWith(suffix) ?? false) && state === LISTENING)
      .map((columns) => `socket:[${columns[9] ?? ''}]`);
  } catch {
    return [];
  }
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((descriptor) => readlinkSync(`/proc/${pid}/fd/${descriptor}`));
  } catch {
    return [];
  }
}

/** Whether something accepts TCP connections there. */
export function accepts(ip: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: ip, port });
    const answer = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

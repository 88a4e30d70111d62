import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { SetupError } from './setup-error.mjs';

const LDAP_PORT = 389;

/** Refuse a machine on which the stack cannot run, before anything is installed. */
export async function checkPlatform() {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new SetupError(
      `Itasca's development stack runs on Linux on x64 or arm64; this is ${process.platform} on ${process.arch}. ` +
        'Use a Linux machine, a virtual machine or a container.',
    );
  }
  if (!existsSync('/etc/debian_version')) {
    throw new SetupError(
      'The Samba AD packages that the stack uses are those of Debian and Ubuntu; this system is neither. ' +
        'Use a Debian 12 machine, virtual machine or container.',
    );
  }
  if (!(await mayListenOn(LDAP_PORT))) {
    throw new SetupError(
      'Samba listens on the LDAP ports 389 and 636, which are reserved for root on this machine. Allow them with ' +
        `"sudo sysctl -w net.ipv4.ip_unprivileged_port_start=${LDAP_PORT}", or run this as root with sudo.`,
    );
  }
}

/** Whether we have the right to; that somebody else does at the moment is no matter. */
function mayListenOn(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code !== 'EACCES'));
    server.listen(port, '127.0.0.31', () => server.close(() => resolve(true)));
  });
}

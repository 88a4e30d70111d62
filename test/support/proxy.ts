import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a real server, on the server's address. */
export interface Proxy {
  /** `ldap://`: what passes is secured by StartTLS. */
  readonly url: string;
  accepted(): number;
  /** Breaks all connections off. */
  cut(): void;
  /** Keeps connections open and passes no answers on any more. */
  hold(): void;
  /** Breaks a connection off, and takes no further one, once so many bytes of answers have passed since now. */
  dieAfter(bytes: number): void;
  /** Takes connections again. */
  revive(): void;
  close(): void;
}

/** Passes bytes on to a real server, until told not to. */
export async function startProxy(targetHost: string, targetPort: number): Promise<Proxy> {
  const sockets: Socket[] = [];
  let accepted = 0;
  let left = Infinity;
  let held = false;
  const cut = (): void => {
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  const server = createServer((near) => {
    if (left === 0) {
      near.destroy();
      return;
    }
    accepted += 1;
    const far = connect(targetPort, targetHost);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    far.on('data', (data) => {
      if (held) return;
      const passed = data.subarray(0, left);
      left -= passed.length;
      near.write(passed, () => {
        if (left === 0) cut();
      });
    });
    sockets.push(near, far);
  });
  await new Promise<void>((resolve) => server.listen(0, targetHost, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return {
    url: `ldap://${targetHost}:${address.port}`,
    accepted: () => accepted,
    cut,
    hold: () => {
      held = true;
    },
    dieAfter: (bytes) => {
      left = bytes;
    },
    revive: () => {
      left = Infinity;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}

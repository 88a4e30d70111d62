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
  /**
   * Has the next connection stand still, both ways, once so many bytes have passed over it; the others are let through.
   */
  stallAfter(bytes: number): Stall;
  close(): void;
}

/** A connection that stands still. */
export interface Stall {
  /** Fulfilled when it does. */
  readonly begun: Promise<void>;
  /** Has it go on. */
  end(): void;
}

/** Passes bytes on to a real server, until told not to. */
export async function startProxy(targetHost: string, targetPort: number): Promise<Proxy> {
  const sockets: Socket[] = [];
  let accepted = 0;
  let left = Infinity;
  let held = false;
  let nextGate = open;
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
    const gate = nextGate;
    nextGate = open;
    near.on('data', (data) => gate(data.length, () => far.write(data)));
    near.on('end', () => far.end());
    far.on('data', (data) => {
      if (held) return;
      gate(data.length, () => {
        const passed = data.subarray(0, left);
        left -= passed.length;
        near.write(passed, () => {
          if (left === 0) cut();
        });
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
    stallAfter: (bytes) => {
      const { gate, stall } = closingGate(bytes);
      nextGate = gate;
      return stall;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}

type Gate = (bytes: number, pass: () => void) => void;

const open: Gate = (_bytes, pass) => {
  pass();
};

/** Keeps back, in order, what comes after so many bytes, until told to pass it on. */
function closingGate(after: number): { readonly gate: Gate; readonly stall: Stall } {
  const kept: (() => void)[] = [];
  let left = after;
  let began: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  return {
    gate: (bytes, pass) => {
      left -= bytes;
      if (left >= 0) {
        pass();
        return;
      }
      kept.push(pass);
      began();
    },
    stall: {
      begun,
      end: () => {
        left = Infinity;
        for (const pass of kept.splice(0)) pass();
      },
    },
  };
}

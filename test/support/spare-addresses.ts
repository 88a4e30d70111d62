import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts } from '../../scripts/stack/ports.ts';
import { SPARE_IPS } from '../../scripts/stack/profiles.ts';

/** Addresses, commas between, that tests take their further servers' from. */
const VARIABLE = 'ITASCA_TEST_SPARE_ADDRESSES';

/** Whoever listens here has the address, as long as its process lives. Nothing serves this port. */
const CLAIM_PORT = 38_999;

export interface Address {
  readonly ip: string;
  release(): void;
}

const PATIENCE_MS = 45_000;

/**
 * A loopback address that no other stack or test file of this machine has: the last first, because suites' own are at the
 * beginning. Waits for one that others give back.
 */
export async function claimAddress(): Promise<Address> {
  const ips = process.env[VARIABLE]?.split(',') ?? SPARE_IPS.toReversed();
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    for (const ip of ips) {
      const claim = await listen(ip);
      if (claim === null) continue;
      if (!(await accepts(ip, 389)) && !(await accepts(ip, 636))) return { ip, release: () => void claim.close() };
      claim.close();
    }
    await sleep(200);
  }
  throw new Error(`No spare loopback address is free; ${VARIABLE} may name some.`);
}

function listen(ip: string): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(CLAIM_PORT, ip, () => resolve(server));
    server.unref();
  });
}

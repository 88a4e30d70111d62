/** A profile is a stack that may run beside the others: `npm start`, the tests, the benchmarks. */
export type ProfileName = 'start' | 'test' | 'chaos' | 'bench';

export interface Profile {
  readonly name: ProfileName;
  readonly customerIp: string;
  readonly managedIp: string;
  /** Ports that operators can rely on; absent where any free one does. */
  readonly ports?: { readonly postgres: number; readonly temporal: number; readonly temporalUi: number };
  /** Settings of the Temporal server beside those of every profile (dynamic configuration). */
  readonly temporalConfiguration?: Readonly<Record<string, string>>;
  /** Whether PostgreSQL waits for the disk: only data that is kept is worth it. */
  readonly surviveMachineCrash: boolean;
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  start: {
    name: 'start',
    customerIp: '127.0.0.2',
    managedIp: '127.0.0.3',
    ports: { postgres: 25432, temporal: 7233, temporalUi: 8233 },
    surviveMachineCrash: true,
  },
  test: {
    name: 'test',
    customerIp: '127.0.0.4',
    managedIp: '127.0.0.5',
    // Low, so that small tests see workflows continue as new; the server's own value is 4,096 events.
    temporalConfiguration: { 'limit.historyCount.suggestContinueAsNew': '100' },
    surviveMachineCrash: false,
  },
  chaos: { name: 'chaos', customerIp: '127.0.0.8', managedIp: '127.0.0.9', surviveMachineCrash: true },
  bench: { name: 'bench', customerIp: '127.0.0.6', managedIp: '127.0.0.7', surviveMachineCrash: false },
};

/**
 * Two addresses, comma between, at which the tests' forests listen instead, and after them two of the forests that are killed: so
 * that two checkouts can run their tests side by side.
 */
export const TEST_ADDRESSES_VARIABLE = 'ITASCA_TEST_ADDRESSES';

/** The profile of that name, with the addresses of the environment where it gives some for the tests. */
export function profileOf(name: ProfileName, environment: NodeJS.ProcessEnv = process.env): Profile {
  const given = (environment[TEST_ADDRESSES_VARIABLE] ?? '').split(',');
  const [customerIp, managedIp] = name === 'chaos' ? given.slice(2) : given;
  const profile = PROFILES[name];
  return (name !== 'test' && name !== 'chaos') || customerIp === undefined || managedIp === undefined
    ? profile
    : { ...profile, customerIp, managedIp };
}

/** Loopback addresses of no profile that the forests' certificates are valid for too. */
export const SPARE_IPS: readonly string[] = Array.from({ length: 22 }, (_, index) => `127.0.0.${index + 10}`);

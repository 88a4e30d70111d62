import { join } from 'node:path';
import { startForest } from './forest.ts';
import type { ForestCoordinates, ForestHandle } from './forest.ts';
import { assertReachable, startPostgres } from './postgres.ts';
import type { PostgresControl } from './postgres.ts';
import { readPrepared } from './prepared.ts';
import { profileOf } from './profiles.ts';
import type { ProfileName } from './profiles.ts';
import { RunFolder } from './run-folder.ts';
import { externalTemporal, startTemporal } from './temporal.ts';
import type { TemporalCoordinates, TemporalHandle } from './temporal.ts';

/** How to reach a running stack; plain data. */
export interface StackCoordinates {
  readonly customer: ForestCoordinates;
  readonly managed: ForestCoordinates;
  readonly databaseUrl: string;
  readonly temporal: TemporalCoordinates;
}

/** Two AD forests, PostgreSQL and a Temporal server, running. */
export interface Stack extends StackCoordinates {
  readonly customer: ForestHandle;
  readonly managed: ForestHandle;
  /** Null when DATABASE_URL names the operator's own. */
  readonly postgres: PostgresControl | null;
  readonly temporal: TemporalCoordinates & Pick<TemporalHandle, 'kill' | 'start'>;
  stop(): Promise<void>;
}

export interface StackOptions {
  /** Go on with the data of the last time, and leave it; otherwise begin afresh, and remove it at the end. */
  readonly keep: boolean;
  /** From `prepareCustomerTemplate`; the empty customer forest by default. */
  readonly customerTemplate?: string;
  readonly onProgress: (line: string) => void;
}

interface Part {
  stop(): Promise<void>;
}

interface Database extends Part {
  readonly url: string;
  readonly own: PostgresControl | null;
}

/** The operator's own database, which is only looked at. */
async function externalDatabase(url: string): Promise<Database> {
  await assertReachable(url);
  return { url, own: null, stop: () => Promise.resolve() };
}

/**
 * Start the stack of a profile, its services side by side. They end with this process, however it ends.
 *
 * DATABASE_URL and TEMPORAL_ADDRESS (with TEMPORAL_NAMESPACE) name servers to use instead of starting one.
 *
 * @throws {StackError} when a part can't start; what had started is stopped
 */
export async function startStack(name: ProfileName, options: StackOptions): Promise<Stack> {
  const profile = profileOf(name);
  const { cacheDirectory, projectHash, forests, temporal } = await readPrepared(options.onProgress);
  const path = join(cacheDirectory, 'run', `${name}-${projectHash}`);
  const folder = await RunFolder.claim(path, `The stack "${name}" of this checkout`);
  if (!options.keep) folder.empty();
  const databaseUrl = process.env.DATABASE_URL;

  const parts: Part[] = [];
  const timed = async <P extends Part>(
    what: string,
    starting: P | Promise<P>,
    where: (part: P) => string,
  ): Promise<P> => {
    const began = Date.now();
    const part = await starting;
    parts.push(part);
    options.onProgress(`${what} on ${where(part)} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return part;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.stop()));
    folder.release(!options.keep);
  };

  const customerTemplate = options.customerTemplate ?? join(forests, 'customer');
  const customerSource = { side: 'customer', ip: profile.customerIp, template: customerTemplate } as const;
  const managedSource = { side: 'managed', ip: profile.managedIp, template: join(forests, 'managed') } as const;
  const starting = [
    timed('customer forest', startForest(folder, customerSource, options.onProgress), ({ url }) => url),
    timed('managed forest', startForest(folder, managedSource, options.onProgress), ({ url }) => url),
    timed<Database>(
      'PostgreSQL',
      databaseUrl ? externalDatabase(databaseUrl) : startPostgres(folder, profile, options.keep),
      ({ url }) => new URL(url).host,
    ),
    timed(
      'Temporal',
      'address' in temporal
        ? externalTemporal(temporal.address)
        : startTemporal(folder, profile, temporal.binary, options.keep),
      ({ address }) => address,
    ),
  ] as const;
  try {
    const [customer, managed, database, temporalHandle] = await Promise.all(starting);
    return {
      customer,
      managed,
      databaseUrl: database.url,
      postgres: database.own,
      temporal: temporalHandle,
      stop,
    };
  } catch (error) {
    await Promise.allSettled(starting);
    await stop();
    throw error;
  }
}

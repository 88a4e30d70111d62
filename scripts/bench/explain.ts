import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Database } from '../../store/database.ts';
import { SCHEMA, type BenchProduct } from './product.ts';

const launcher = join(import.meta.dirname, '..', 'itasca', 'itasca.mjs');
const OBJECTS = 8;

/** Milliseconds that an answer took. */
export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** `itasca object explain` as a process, by each way to name an object, beside what a process and its questions cost by themselves. */
export interface Explanations {
  readonly objects: number;
  readonly by: Readonly<Record<'objectGUID' | 'DN' | 'mail', Spread>>;
  /** The launcher with a second Node under it, which does nothing. */
  readonly processes: Spread;
  /** A connection to PostgreSQL, and the row of an object by its key. */
  readonly raw: Spread;
}

interface Named {
  readonly guid: string;
  readonly dn: string;
  readonly mail: string;
}

/** Explains several objects by each of their names, in turns, each in a process of its own. */
export async function measureExplain({ database }: BenchProduct, databaseUrl: string): Promise<Explanations> {
  const environment = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    ITASCA_SCHEMA: SCHEMA,
    XDG_CONFIG_HOME: '/nonexistent',
  };
  const objects = await someObjects(database);
  const explain = async (name: string, guid: string): Promise<number> => {
    const { ms, out } = await timed(launcher, ['object', 'explain', name, '--json'], environment);
    if (!out.includes(guid)) throw new Error(`the answer is not about ${guid}`);
    return ms;
  };
  const times = { objectGUID: [] as number[], DN: [] as number[], mail: [] as number[] };
  const processes: number[] = [];
  const raw: number[] = [];
  // The first start compiles, and PostgreSQL's first answers read the disk.
  for (const { guid } of objects.slice(0, 1)) await explain(guid, guid);
  for (const { guid, dn, mail } of objects) {
    times.objectGUID.push(await explain(guid, guid));
    times.DN.push(await explain(dn, guid));
    times.mail.push(await explain(mail, guid));
    processes.push((await timed(process.execPath, ['-e', TWO_PROCESSES], environment)).ms);
    raw.push(await rawQuestion(databaseUrl, guid));
  }
  const by = { objectGUID: spread(times.objectGUID), DN: spread(times.DN), mail: spread(times.mail) };
  const [row] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM source_object');
  return { objects: row?.count ?? 0, by, processes: spread(processes), raw: spread(raw) };
}

const TWO_PROCESSES = `require('node:child_process').spawnSync(process.execPath, ['-e', '0'])`;

/** Some with a history: users with a mailbox first. */
async function someObjects(database: Database): Promise<readonly Named[]> {
  return database.query<Named>(
    `SELECT o.guid, o.dn, o.attributes -> 'mail' ->> 0 AS mail FROM source_object o JOIN identity i ON i.source_forest = o.forest_id AND i.source_guid = o.guid
     LEFT JOIN service s ON s.identity_id = i.id WHERE o.attributes ? 'mail' ORDER BY s.state IS NULL, md5(o.guid::text) LIMIT $1`,
    [OBJECTS],
  );
}

async function timed(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly ms: number; readonly out: string }> {
  const began = performance.now();
  const { stdout } = await promisify(execFile)(program, [...args], { env, maxBuffer: 64 * 1024 * 1024 });
  return { ms: performance.now() - began, out: stdout };
}

async function rawQuestion(databaseUrl: string, guid: string): Promise<number> {
  const began = performance.now();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `SELECT * FROM ${SCHEMA}.source_object WHERE forest_id = (SELECT min(id) FROM ${SCHEMA}.forest WHERE side = 'source') AND guid = $1`,
    [guid],
  );
  await client.end();
  return performance.now() - began;
}

function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((one, other) => one - other);
  return { least: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0, most: sorted.at(-1) ?? 0 };
}

/** The figures as lines. */
export function explanationLines({ objects, by, processes, raw }: Explanations): readonly string[] {
  const line = (what: string, { least, median, most }: Spread): string =>
    `${what.padEnd(44)} ${[least, median, most].map((ms) => ms.toFixed(0).padStart(6)).join('')} ms`;
  const floor = processes.median + raw.median;
  return [
    `${String(objects)} objects staged; least, median and most of each:`,
    ...Object.entries(by).map(([name, times]) => line(`itasca object explain by ${name}`, times)),
    line('two processes that do nothing', processes),
    line('a connection and one row of PostgreSQL', raw),
    `median by objectGUID: ${(by.objectGUID.median / floor).toFixed(1)} times the two together`,
  ];
}

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Runs one statement; what both the pool and a transaction can do. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A transaction. Statements are sent one after the other on one connection. */
export class Transaction implements Queryable {
  readonly #client: pg.ClientBase;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.#client.query<Row>(sql, [...values]);
    return result.rows;
  }

  /** Copies rows into a table in one stream. `columns` are in the order of the values; null is NULL. */
  async copy(table: string, columns: readonly string[], rows: Iterable<readonly (string | null)[]>): Promise<void> {
    const stream = this.#client.query(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN`));
    await pipeline(Readable.from(copyLines(rows)), stream);
  }
}

export interface DatabaseSettings {
  /** postgres:// URL. */
  readonly url: string;
  /** Schema that holds Itasca's tables; made when it is missing. */
  readonly schema: string;
  readonly connections?: number;
}

/** Throws when its user must not write any more. */
export type Fence = (transaction: Transaction) => Promise<void>;

/** The product's PostgreSQL database: a pool of connections whose search path is one schema. */
export class Database implements Queryable {
  readonly schema: string;
  readonly settings: DatabaseSettings;
  readonly #connection: pg.ClientConfig;
  readonly #pool: pg.Pool;
  readonly #fence: Fence | null;

  constructor(settings: DatabaseSettings, shared?: { readonly pool: pg.Pool; readonly fence: Fence }) {
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(settings.schema))
      throw new RangeError(`"${settings.schema}" is no schema name: lower-case letters, digits and underscores`);
    this.schema = settings.schema;
    this.settings = settings;
    this.#fence = shared?.fence ?? null;
    this.#connection = {
      connectionString: settings.url,
      // A worker that is cut off must not hold its locks until TCP gives up by itself, hours later.
      options: `-c search_path=${settings.schema} -c timezone=UTC -c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3`,
      application_name: 'itasca',
    };
    if (shared !== undefined) {
      this.#pool = shared.pool;
      return;
    }
    this.#pool = new pg.Pool({ ...this.#connection, max: settings.connections ?? 8 });
    // An idle connection that the server ends is replaced by the pool; without a listener it would end the process.
    this.#pool.on('error', () => undefined);
  }

  /** The same database, in which nothing is written that the fence stops. To be closed by its owner only. */
  fenced(fence: Fence): Database {
    return new Database(this.settings, { pool: this.#pool, fence });
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    // A statement that may write passes the fence too; what it finds holds until it is committed.
    if (this.#fence !== null && !/^\s*SELECT\b/i.test(sql))
      return this.transaction((transaction) => transaction.query<Row>(sql, values));
    const result = await this.#pool.query<Row>(sql, [...values]);
    return result.rows;
  }

  /** Throws where the fence does: asked before something is written elsewhere than in a transaction. */
  async passFence(): Promise<void> {
    await this.transaction(() => Promise.resolve());
  }

  /** Runs `work` in one transaction; rolled back when it throws. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    // The pool listens only while a connection is idle. Ended by the server between two statements, it would end the process;
    // the next statement fails all the same.
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const transaction = new Transaction(client);
      await this.#fence?.(transaction);
      const result = await work(transaction);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((rollbackError: unknown) => {
        broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  /**
   * Holds a session-wide advisory lock while `work` runs: one at a time over all processes that use this schema. On a
   * connection of its own: those who wait must not take from the pool what the one who works needs.
   */
  async exclusively<T>(lock: string, work: () => Promise<T>): Promise<T> {
    // Where the server ends it while `work` runs its lock is gone, and the fences of what is written hold instead.
    const client = await this.ownConnection();
    try {
      await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`${this.schema} ${lock}`]);
      return await work();
    } finally {
      // Ending the connection gives the lock back, also when it is broken.
      await client.end().catch(() => undefined);
    }
  }

  /** A connection outside the pool, to be ended by who asks for it. One that the server ends does not end the process: its next statement fails. */
  async ownConnection(): Promise<pg.Client> {
    const client = new pg.Client(this.#connection);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

function* copyLines(rows: Iterable<readonly (string | null)[]>): Generator<string> {
  let block = '';
  for (const row of rows) {
    block += `${row.map((value) => (value === null ? '\\N' : value.replace(/[\\\t\n\r]/g, escapeCopy))).join('\t')}\n`;
    if (block.length > 65_536) {
      yield block;
      block = '';
    }
  }
  if (block !== '') yield block;
}

function escapeCopy(character: string): string {
  return { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }[character] ?? character;
}

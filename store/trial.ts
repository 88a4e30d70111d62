import type pg from 'pg';
import { Database, Transaction, type Fence } from './database.ts';

/** The database as somebody sees it who writes to it and takes all of it back: one transaction on one connection. */
class Trial extends Database {
  readonly #client: pg.ClientBase;
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: Database, client: pg.ClientBase) {
    super(database.settings);
    this.#client = client;
  }

  /** Whoever tries writes nothing that a fence would have to stop. */
  override fenced(_fence: Fence): this {
    return this;
  }

  override async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return new Transaction(this.#client).query<Row>(sql, values);
  }

  /** One after the other: there is one connection. What throws is taken back to where it began. */
  override async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const mine = this.#last.then(
      () => this.#part(work),
      () => this.#part(work),
    );
    this.#last = mine;
    return mine;
  }

  async #part<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = this.#client;
    await client.query('SAVEPOINT part');
    try {
      const result = await work(new Transaction(client));
      await this.#dropTemporary();
      await client.query('RELEASE SAVEPOINT part');
      return result;
    } catch (error) {
      await client.query('ROLLBACK TO SAVEPOINT part');
      throw error;
    }
  }

  /** Temporary tables end with a transaction, which this one does not. */
  async #dropTemporary(): Promise<void> {
    const tables = await this.query<{ name: string }>(
      `SELECT quote_ident(relname) AS name FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'`,
    );
    if (tables.length > 0)
      await this.#client.query(`DROP TABLE ${tables.map(({ name }) => `pg_temp.${name}`).join(', ')}`);
  }

  /** Until the trial is over: nobody shall find what is only tried. */
  override async exclusively<T>(lock: string, work: () => Promise<T>): Promise<T> {
    await this.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${this.schema} ${lock}`]);
    return work();
  }
}

/**
 * Runs `work` with a database in which it may do all that it does otherwise, and takes all of it back: the same code tells what would
 * come of it. Rows that it changes are locked until it is over; when the process is killed PostgreSQL takes them back.
 */
export async function inTrial<T>(database: Database, work: (trial: Database) => Promise<T>): Promise<T> {
  const client = await database.ownConnection();
  try {
    await client.query('BEGIN');
    return await work(new Trial(database, client));
  } finally {
    // Ending the connection takes the transaction back, also when it is broken.
    await client.end().catch(() => undefined);
  }
}

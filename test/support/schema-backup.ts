import type { Database } from '../../store/database.ts';

/** Puts Itasca's tables back as they were. */
export type Restore = () => Promise<void>;

/**
 * A copy of all of Itasca's tables and sequences, beside them in the same database: what a backup of PostgreSQL holds. The
 * suite's server can not itself be put back, for the other test files use it too.
 */
export async function backUp(database: Database): Promise<Restore> {
  const copy = `${database.schema}_backup`;
  await database.query(`CREATE SCHEMA ${copy}`);
  const names = (kind: string): Promise<{ name: string }[]> =>
    database.query('SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = $2', [
      database.schema,
      kind,
    ]);
  const tables = (await names('r')).map((row) => row.name);
  for (const name of tables) await database.query(`CREATE TABLE ${copy}.${name} AS TABLE ${database.schema}.${name}`);
  const sequences = new Map<string, { last_value: string; is_called: boolean }>();
  for (const { name } of await names('S')) {
    const [row] = await database.query<{ last_value: string; is_called: boolean }>(
      `SELECT last_value, is_called FROM ${name}`,
    );
    if (row !== undefined) sequences.set(name, row);
  }
  return async () => {
    await database.transaction(async (transaction) => {
      // As pg_restore does it: without triggers, and without foreign keys until all rows are there.
      await transaction.query("SET LOCAL session_replication_role = 'replica'");
      await transaction.query(`TRUNCATE ${tables.join(', ')}`);
      for (const name of tables)
        await transaction.query(`INSERT INTO ${name} OVERRIDING SYSTEM VALUE TABLE ${copy}.${name}`);
      for (const [name, { last_value, is_called }] of sequences)
        await transaction.query('SELECT setval($1::regclass, $2, $3)', [name, last_value, is_called]);
    });
    await database.query(`DROP SCHEMA ${copy} CASCADE`);
  };
}

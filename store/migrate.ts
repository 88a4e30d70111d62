import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from './database.ts';

const folder = join(import.meta.dirname, 'migrations');

/**
 * Brings the schema to the version of this program: numbered SQL files, each in its own transaction, once. Two
 * processes that start together wait for each other. Refuses a database that a newer or a changed program made.
 *
 * @returns the names of the files that were applied
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file)).sort();
  return database.exclusively('migrate', async () => {
    await database.query(`CREATE SCHEMA IF NOT EXISTS ${database.schema}`);
    await database.query(
      'CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const done = new Map(
      (await database.query<{ name: string; checksum: string }>('SELECT name, checksum FROM migration')).map((row) => [
        row.name,
        row.checksum,
      ]),
    );
    const unknown = [...done.keys()].filter((file) => !files.includes(file));
    if (unknown.length > 0)
      throw new Error(
        `The schema ${database.schema} has been made by a newer Itasca (${unknown.join(', ')}). Run that version, or use another database.`,
      );
    const applied: string[] = [];
    for (const file of files) {
      const sql = await readFile(join(folder, file), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      const known = done.get(file);
      if (known === checksum) continue;
      if (known !== undefined)
        throw new Error(
          `The migration ${file} of schema ${database.schema} differs from the one that was applied. Restore the file, or use another database.`,
        );
      await database.transaction(async (transaction) => {
        await transaction.query(sql);
        await transaction.query('INSERT INTO migration (name, checksum) VALUES ($1, $2)', [file, checksum]);
      });
      applied.push(file);
    }
    return applied;
  });
}

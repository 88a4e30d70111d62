import { ModifyRequest, type SearchEntry } from 'ldapts';

import { LdapSession } from '../../directory/session.ts';
import type { Database } from '../../store/database.ts';

/** What a piece of work cost. */
export interface Work {
  /** Entries that LDAP searches answered. */
  readonly entries: number;
  /** What was read of linked attributes in entries below the DN that was asked about: the DN, the attribute, how many values. */
  readonly linksRead: readonly string[];
  /** Values in modify requests. */
  readonly valuesWritten: number;
  /** Rows and index entries that PostgreSQL read, inserted, updated or deleted, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Counts what the work asks of directories, within this process, and of PostgreSQL in one schema. The work must close the
 * connections that it has made to the database: only then does PostgreSQL say what they did.
 *
 * @param below a DN in part; link values are counted of entries below it
 */
export async function counted(database: Database, below: string, work: () => Promise<unknown>): Promise<Work> {
  const count = { entries: 0, valuesWritten: 0 };
  const linksRead: string[] = [];
  const { send } = LdapSession.prototype as {
    readonly send: (this: LdapSession, ...args: Parameters<LdapSession['send']>) => ReturnType<LdapSession['send']>;
  };
  const spy = jest.spyOn(LdapSession.prototype, 'send').mockImplementation(function (
    this: LdapSession,
    build,
    onEntry,
    ...rest
  ) {
    const counting = (entry: SearchEntry, bytes: number): void => {
      count.entries += 1;
      if (entry.name.includes(below))
        for (const part of entry.attributes)
          if (/^(member|manager)\b/.test(part.type) && part.parsedBuffers.length > 0)
            linksRead.push(`${entry.name} ${part.type} ${String(part.parsedBuffers.length)}`);
      onEntry?.(entry, bytes);
    };
    return send.call(
      this,
      (id) => {
        const message = build(id);
        if (message instanceof ModifyRequest)
          for (const change of message.changes) count.valuesWritten += change.modification.values.length;
        return message;
      },
      counting,
      ...rest,
    );
  });
  try {
    const before = await statistics(database);
    await work();
    // The processes of closed connections tell what they did when they end.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const after = await statistics(database);
    return { ...count, linksRead, rows: difference(before, after) };
  } finally {
    spy.mockRestore();
  }
}

type Counts = ReadonlyMap<string, number>;

function difference(before: Counts, after: Counts): Readonly<Record<string, number>> {
  const differences = [...after].map(([table, rows]) => [table, rows - (before.get(table) ?? 0)] as const);
  return Object.fromEntries(differences.filter(([, rows]) => rows > 0));
}

async function statistics(database: Database): Promise<Counts> {
  const tables = await database.query<{ name: string; rows: number }>(
    `SELECT relname AS name,
       (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del
        + coalesce((SELECT sum(idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = t.relid), 0))::int AS rows
     FROM pg_stat_user_tables t WHERE schemaname = $1`,
    [database.schema],
  );
  return new Map(tables.map((table) => [table.name, table.rows]));
}

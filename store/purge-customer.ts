import type { Transaction } from './database.ts';
import type { RowCounts } from './purge-person.ts';
import { countDeletions } from './purge-values.ts';

/** Tables that tell of all customers, or that a customer was erased. */
const KEPT = new Set(['migration', 'erasure', 'rules_version']);

/** SQL: what of a table with such a column is the customer's; $1 is its name. */
const OURS: Readonly<Record<string, string>> = {
  customer: 'customer = $1',
  forest_id: "forest_id IN (SELECT id FROM forest WHERE side = 'source' AND customer = $1)",
  source_forest: "source_forest IN (SELECT id FROM forest WHERE side = 'source' AND customer = $1)",
  run_id: 'run_id IN (SELECT id FROM run WHERE customer = $1)',
  identity_id: 'identity_id IN (SELECT id FROM identity WHERE customer = $1)',
};

interface Reference {
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly referenced: readonly string[];
}

/** How many objects of the Managed Forest are managed for a customer. */
export async function managedObjects(transaction: Transaction, customer: string): Promise<number> {
  const [row] = await transaction.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM identity WHERE customer = $1 AND managed_guid IS NOT NULL',
    [customer],
  );
  return row?.count ?? 0;
}

/**
 * Deletes everything of a customer, its configurations included, from every table of the schema: those that name it, its forests,
 * runs or identities by a column, and those that refer to them. What is staged of the Managed Forest stays: it is there, and others
 * may have objects in it.
 *
 * @returns how many rows of which table
 */
export async function eraseCustomer(transaction: Transaction, customer: string): Promise<RowCounts> {
  const counted = await countDeletions(transaction);
  await transaction.query("SELECT set_config('itasca.purged_customer', $1, true)", [customer]);
  // Errors of other customers' objects that name one of this customer's are found anew, if they still are.
  await transaction.query(
    `WITH gone AS (
       DELETE FROM object_error WHERE other_forest IN (SELECT id FROM forest WHERE side = 'source' AND customer = $1) RETURNING forest_id, guid
     )
     UPDATE source_object o SET dirty = true FROM (SELECT DISTINCT forest_id, guid FROM gone) g WHERE o.forest_id = g.forest_id AND o.guid = g.guid`,
    [customer],
  );
  const references = await referencesOf(transaction);
  const conditions = await conditionsOf(transaction, references);
  for (const table of childrenFirst([...conditions.keys()], references))
    await transaction.query(`DELETE FROM ${table} WHERE ${conditions.get(table) ?? 'false'}`, [customer]);
  return counted();
}

async function referencesOf(transaction: Transaction): Promise<readonly Reference[]> {
  return transaction.query<Reference>(
    `SELECT c.relname AS child, p.relname AS parent,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY n (key, place) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.key ORDER BY n.place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY n (key, place) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.key ORDER BY n.place) AS referenced
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
     WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace`,
  );
}

/** SQL: by table, which of its rows are the customer's; without the tables of which none can be. */
async function conditionsOf(
  transaction: Transaction,
  references: readonly Reference[],
): Promise<ReadonlyMap<string, string>> {
  const columns = await transaction.query<{ name: string; columns: readonly string[] }>(
    `SELECT table_name::text AS name, array_agg(column_name::text) AS columns FROM information_schema.columns JOIN pg_tables t ON t.schemaname = table_schema AND t.tablename = table_name
     WHERE table_schema = current_schema() GROUP BY 1`,
  );
  const conditions = new Map<string, string>();
  for (const { name, columns: names } of columns) {
    if (KEPT.has(name)) continue;
    const ours = Object.entries(OURS).flatMap(([column, condition]) => (names.includes(column) ? [condition] : []));
    if (ours.length > 0) conditions.set(name, ours.join(' OR '));
  }
  // Those that only refer to one of these, and those that refer to them in turn.
  for (let found = true; found;) {
    found = false;
    for (const { child, columns: own, parent, referenced } of references) {
      const condition = conditions.get(parent);
      if (condition === undefined || conditions.has(child) || KEPT.has(child) || parent === 'forest') continue;
      conditions.set(
        child,
        `(${own.join(', ')}) IN (SELECT ${referenced.join(', ')} FROM ${parent} WHERE ${condition})`,
      );
      found = true;
    }
  }
  return conditions;
}

/** The tables in an order in which nothing refers to what is deleted; what refers to itself does not count. */
function childrenFirst(tables: readonly string[], references: readonly Reference[]): readonly string[] {
  const ordered: string[] = [];
  const waiting = new Set(tables);
  while (waiting.size > 0) {
    const free = [...waiting].filter((table) =>
      references.every(({ child, parent }) => parent !== table || child === table || !waiting.has(child)),
    );
    if (free.length === 0) throw new Error(`these tables refer to each other in a circle: ${[...waiting].join(', ')}`);
    for (const table of free) {
      ordered.push(table);
      waiting.delete(table);
    }
  }
  return ordered;
}

import type { RowCounts } from './purge-person.ts';
import type { Transaction } from './database.ts';

/** Attributes whose values name one person. */
const NAMING = ['mail', 'proxyAddresses', 'userPrincipalName', 'objectSid', 'distinguishedName', 'sIDHistory'];
/** Shorter values are found in other words, too. */
const SHORTEST = 6;

/** A regular expression of PostgreSQL for what names a person, to be looked for in text in lower case. */
export type NamePattern = string & { readonly brand: 'NamePattern' };

/**
 * What names the person of `person_object` and `person_managed`: mail addresses, userPrincipalNames, SIDs and DNs, those of before
 * included.
 */
export async function namesOf(transaction: Transaction): Promise<NamePattern> {
  const rows = await transaction.query<{ value: string }>(
    `SELECT v.value FROM person_object JOIN source_object o USING (forest_id, guid), jsonb_each(o.attributes) a, jsonb_array_elements_text(a.value) v WHERE a.key = ANY($1)
     UNION SELECT o.dn FROM person_object JOIN source_object o USING (forest_id, guid)
     UNION SELECT v.value FROM person_object JOIN source_change c USING (forest_id, guid), jsonb_array_elements_text(coalesce(c.before, '[]') || coalesce(c.after, '[]')) v
       WHERE c.attribute = ANY($1)
     UNION SELECT o.dn FROM person_managed JOIN managed_object o USING (forest_id, guid)`,
    [NAMING],
  );
  const values = rows.map(({ value }) => plain(value.replace(/^(?:smtp|x500|sip|eum|x400):/i, '').toLowerCase()));
  return patternOf([...new Set(values)].filter((value) => value.length >= SHORTEST));
}

/** Finds the values as whole names: not the address canada@… by ada@…, nor the SID …-11007 by …-1100. */
function patternOf(values: readonly string[]): NamePattern {
  const whole = values.map((value) => value.replace(/[^\p{L}\p{N}_]/gu, '\\$&')).join('|');
  return (values.length === 0 ? '(?!)' : `(?<![\\w.+'-])(?:${whole})(?![\\w-]|\\.\\w)`) as NamePattern;
}

/** The longest part of a value that a row written as text shows as it is: quotation marks and backslashes are doubled there. */
function plain(value: string): string {
  return value.split(/["\\]/).reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

/** In how many rows of which tables one of these names is. Reads all of them. */
export async function foundStill(transaction: Transaction, names: NamePattern): Promise<RowCounts> {
  const tables = await transaction.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT IN ('migration', 'configuration_version') ORDER BY 1",
  );
  const found: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await transaction.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${name} t WHERE lower(t::text) ~ $1`,
      [names],
    );
    if (row !== undefined && row.count > 0) found[name] = row.count;
  }
  return found;
}

/**
 * Takes the person out of what is on record of others: errors that name them (their objects are evaluated again), candidates of
 * questions, lines of maps, changes of references, and previews.
 */
export async function forgetMentions(transaction: Transaction, customer: string, names: NamePattern): Promise<void> {
  const forests = `(SELECT id FROM forest WHERE side = 'source' AND customer = $1)`;
  await transaction.query(
    `WITH gone AS (
       DELETE FROM object_error e WHERE e.forest_id IN ${forests} AND (
         EXISTS (SELECT FROM person_object p WHERE p.forest_id = e.other_forest AND p.guid = e.other_guid)
         OR lower(e.details) ~ $2) RETURNING e.forest_id, e.guid
     )
     UPDATE source_object o SET dirty = true FROM (SELECT DISTINCT forest_id, guid FROM gone) g WHERE o.forest_id = g.forest_id AND o.guid = g.guid`,
    [customer, names],
  );
  const withoutThem = (table: string): string =>
    `UPDATE ${table} r SET candidates = (
       SELECT coalesce(jsonb_agg(c), '[]') FROM jsonb_array_elements(r.candidates) c WHERE lower(c::text) !~ $2)
     WHERE r.forest_id IN ${forests} AND lower(r.candidates::text) ~ $2`;
  for (const table of ['reconnection', 'join_review']) await transaction.query(withoutThem(table), [customer, names]);
  await transaction.query(
    `DELETE FROM migration_map_line l USING migration_map m WHERE m.id = l.map_id AND m.customer = $1
       AND (lower(concat_ws(' ', l.old, l.new, l.fault)) ~ $2 OR EXISTS (
         SELECT FROM person_object p WHERE (p.forest_id, p.guid) = (l.forest_id, l.guid) OR strpos(lower(concat_ws(' ', l.old, l.new)), p.guid::text) > 0))`,
    [customer, names],
  );
  // References to the person: by objectGUID, or by DN where they were read before the object was known.
  const isTheirs = `(v = ANY(p.guids) OR lower(v) ~ $2)`;
  const others = (image: string): string =>
    `(SELECT jsonb_agg(v) FROM jsonb_array_elements_text(${image}) v WHERE NOT ${isTheirs})`;
  const mentions = (image: string): string =>
    `EXISTS (SELECT FROM jsonb_array_elements_text(${image}) v WHERE ${isTheirs})`;
  await transaction.query(
    `UPDATE source_change c SET before = ${others('c.before')}, after = ${others('c.after')} FROM (SELECT array_agg(guid::text) AS guids FROM person_object) p
     WHERE c.is_reference AND c.forest_id IN ${forests} AND (${mentions('c.before')} OR ${mentions('c.after')})`,
    [customer, names],
  );
  await transaction.query(
    `DELETE FROM source_change WHERE is_reference AND before IS NULL AND after IS NULL AND forest_id IN ${forests}`,
    [customer],
  );
  await transaction.query(`DELETE FROM preview WHERE forest_id IN ${forests}`, [customer]);
}

/**
 * Begins to count the rows that are deleted, by table. What the server counts holds rows of transactions before this one, too, which it
 * has not passed on yet.
 *
 * @returns answers how many it were since
 */
export async function countDeletions(transaction: Transaction): Promise<() => Promise<RowCounts>> {
  const before = await deletedRows(transaction);
  return async () => {
    const since = [...(await deletedRows(transaction))].map(
      ([name, count]) => [name, count - (before.get(name) ?? 0)] as const,
    );
    return Object.fromEntries(since.filter(([, count]) => count > 0));
  };
}

async function deletedRows(transaction: Transaction): Promise<ReadonlyMap<string, number>> {
  const rows = await transaction.query<{ name: string; count: number }>(
    'SELECT relname AS name, n_tup_del::int AS count FROM pg_stat_xact_user_tables WHERE schemaname = current_schema() AND n_tup_del > 0 ORDER BY 1',
  );
  return new Map(rows.map(({ name, count }) => [name, count]));
}

/** Characters of a list of values above which only its length is kept: photographs and certificates. */
const LONGEST = 4000;

/** SQL: the values as the history keeps them. */
function kept(values: string): string {
  return `CASE WHEN length(${values}::text) > ${String(LONGEST)}
    THEN jsonb_build_array('(' || length(${values}::text) || ' characters, not kept)') ELSE ${values} END`;
}

/**
 * SQL that notes what a page of a read changes in objects that are staged, for the statement that stages them: each attribute that differs, the DN
 * as distinguishedName, and of an object that is back when it was gone. Takes that statement's parameters: $1 the forest, $2 the run, $4 the objectGUIDs.
 *
 * @param told the objects as they were read, as rows r
 */
export function sourceChanges(told: string): string {
  return `INSERT INTO source_change (forest_id, guid, at, run_id, attribute, before, after)
    SELECT $1, o.guid, coalesce(c.at, now()), CASE WHEN c.at IS NULL THEN $2::bigint END, c.attribute, ${kept('c.before')}, ${kept('c.after')}
    FROM ${told} JOIN source_object o ON o.forest_id = $1 AND o.guid = ANY($4) AND o.guid = r.guid AND (o.hash <> r.hash OR o.tombstone_at IS NOT NULL),
    LATERAL (
      SELECT NULL::timestamptz AS at, coalesce(b.key, a.key) AS attribute, b.value AS before,
        CASE WHEN r.malformed ? b.key THEN '["(does not fit its syntax)"]'::jsonb ELSE a.value END AS after
      FROM jsonb_each(o.attributes) b FULL JOIN jsonb_each(r.attributes) a ON a.key = b.key WHERE b.value IS DISTINCT FROM a.value
      UNION ALL SELECT NULL, 'distinguishedName', jsonb_build_array(o.dn), jsonb_build_array(r.dn) WHERE o.dn <> r.dn
      UNION ALL SELECT o.tombstone_at, 'isDeleted', NULL, '["TRUE"]'::jsonb WHERE o.tombstone_at IS NOT NULL
      UNION ALL SELECT NULL, 'isDeleted', '["TRUE"]'::jsonb, NULL WHERE o.tombstone_at IS NOT NULL
    ) c`;
}

/** Values of a reference of which each change keeps at most so many; of more it keeps how many. */
const LISTED = 20;

/** SQL: the values of the rows that a condition names, as the history keeps them; null where there are none. */
function listed(condition: string): string {
  const count = `count(*) FILTER (WHERE ${condition})`;
  return `CASE WHEN ${count} > 0 THEN to_jsonb((array_agg(value ORDER BY value) FILTER (WHERE ${condition}))[1:${String(LISTED)}])
    || CASE WHEN ${count} > ${String(LISTED)} THEN jsonb_build_array('(' || ${count} - ${String(LISTED)} || ' more)') ELSE '[]' END END`;
}

/**
 * SQL that notes which references of objects that were there before came and went, for the statement that stages them. Takes that statement's
 * first parameter: the forest.
 *
 * @param gone rows (holder, attribute, target, target_dn) that were taken away; null where the statement takes none
 * @param come rows that were added
 */
export function referenceChanges(gone: string | null, come: string | null): string {
  const values = (rows: string | null, comes: boolean): readonly string[] =>
    rows === null
      ? []
      : [
          `SELECT holder, attribute, coalesce(target::text, target_dn) AS value, ${String(comes)} AS comes FROM ${rows}`,
        ];
  return `INSERT INTO source_change (forest_id, guid, run_id, attribute, before, after, is_reference)
    SELECT $1, o.guid, o.last_read, v.attribute, ${listed('NOT comes')}, ${listed('comes')}, true
    FROM (${[...values(gone, false), ...values(come, true)].join(' UNION ALL ')}) v
    JOIN source_object o ON o.forest_id = $1 AND o.guid = v.holder AND o.first_seen < now() GROUP BY o.guid, o.last_read, v.attribute`;
}

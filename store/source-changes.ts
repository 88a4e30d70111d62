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

-- The digest of a list is made of a digest of each of its changes: lists that wait get theirs. Whoever answers by the former hash is shown this one.
UPDATE hold h SET hash = left(l.digest, 16) FROM (
  SELECT hold_id, encode(sha256(convert_to(string_agg(digest, '' ORDER BY digest), 'UTF8')), 'hex') AS digest FROM (
    SELECT hold_id, encode(sha256(convert_to(concat_ws(' ', identity_id, operation, attribute, before, after), 'UTF8')), 'hex') AS digest
    FROM planned_change WHERE state = 'held'
  ) held GROUP BY hold_id
) l WHERE l.hold_id = h.id AND h.state = 'open';

-- An operator names an object by DN, mail address or userPrincipalName; none of these is a key. Hashes: they are only compared whole,
-- and may be longer than a row of a tree.
CREATE INDEX source_object_by_dn ON source_object USING hash (lower(dn));
CREATE INDEX source_object_by_mail ON source_object USING hash (lower(attributes -> 'mail' ->> 0));
CREATE INDEX source_object_by_upn ON source_object USING hash (lower(attributes -> 'userPrincipalName' ->> 0));

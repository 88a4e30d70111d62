-- Members of a group from another forest are foreignSecurityPrincipals of its own, named after their SID (MS-ADTS 6.1.1.4.10).
-- Those that links lead to, and the source object of another forest of the customer that each stands for, once it is known.
CREATE TABLE foreign_principal (
  forest_id     smallint NOT NULL REFERENCES forest,
  guid          uuid     NOT NULL,
  sid           text     NOT NULL,
  target_forest smallint REFERENCES forest,
  target        uuid,
  -- Not looked for yet.
  is_new        boolean  NOT NULL DEFAULT true,
  PRIMARY KEY (forest_id, guid),
  CHECK ((target_forest IS NULL) = (target IS NULL))
);
CREATE INDEX foreign_principal_by_sid ON foreign_principal (sid);
CREATE INDEX foreign_principal_by_target ON foreign_principal (target_forest, target) WHERE target IS NOT NULL;
CREATE INDEX foreign_principal_new ON foreign_principal (forest_id) WHERE is_new;

CREATE INDEX source_object_by_sid ON source_object ((attributes -> 'objectSid' ->> 0)) WHERE attributes ? 'objectSid';
CREATE INDEX source_object_by_former_sid ON source_object USING gin ((attributes -> 'sIDHistory')) WHERE attributes ? 'sIDHistory';

-- The next whole read compares the members themselves and finds the foreign ones.
UPDATE source_object SET links_hash = '' WHERE kind = 'group';

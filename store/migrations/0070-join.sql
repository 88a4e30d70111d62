-- Values of managed objects by which the join rules look them up: SIDs, another engine's anchor, addresses. In lower case, long ones cut.
CREATE TABLE managed_key (
  forest_id smallint NOT NULL,
  guid      uuid     NOT NULL,
  attribute text     NOT NULL,
  value     text     NOT NULL,
  PRIMARY KEY (forest_id, guid, attribute, value)
);
CREATE INDEX managed_key_by_value ON managed_key (forest_id, attribute, value);

-- Managed objects in a customer's organizational units that are no identity's. Kept while staging, so that nobody has to look for them.
CREATE TABLE managed_unmatched (
  forest_id smallint NOT NULL,
  customer  text     NOT NULL,
  guid      uuid     NOT NULL,
  PRIMARY KEY (forest_id, customer, guid)
);
CREATE INDEX managed_unmatched_by_guid ON managed_unmatched (forest_id, guid);

-- Managed objects that the rules find for a source object without one, and that are not adopted (yet). While there are some, none is created.
CREATE TABLE join_candidate (
  forest_id      smallint NOT NULL,
  guid           uuid     NOT NULL,
  managed_forest smallint NOT NULL,
  managed_guid   uuid     NOT NULL,
  rule           text     NOT NULL,
  mode           text     NOT NULL CHECK (mode IN ('auto', 'review')),
  position       smallint NOT NULL,
  PRIMARY KEY (forest_id, guid, managed_guid, rule),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE,
  FOREIGN KEY (managed_forest, managed_guid) REFERENCES managed_object ON DELETE CASCADE
);
CREATE INDEX join_candidate_by_managed ON join_candidate (managed_forest, managed_guid);

-- What an operator is asked about a source object's matches, and has answered. Asked again only when there is something new to choose from.
CREATE TABLE join_review (
  forest_id    smallint    NOT NULL,
  guid         uuid        NOT NULL,
  -- approved: the managed object is adopted. rejected: none of them is it, one is created.
  state        text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'rejected')),
  -- The managed objects to choose from, when it was asked or answered: [{"guid", "dn", "rule"}].
  candidates   jsonb       NOT NULL,
  managed_guid uuid,
  operator     text,
  opened_at    timestamptz NOT NULL DEFAULT now(),
  decided_at   timestamptz,
  PRIMARY KEY (forest_id, guid),
  FOREIGN KEY (forest_id, guid) REFERENCES source_object ON DELETE CASCADE,
  CHECK (state = 'open' OR operator IS NOT NULL),
  CHECK ((state = 'approved') = (managed_guid IS NOT NULL))
);
CREATE INDEX join_review_open ON join_review (forest_id) WHERE state = 'open';

ALTER TABLE identity
  -- The rule by which it was joined to a managed object that was there before; null where we have made the object.
  ADD COLUMN joined_by text,
  ADD COLUMN joined_run bigint,
  -- What services the managed object has already is still to be read from it.
  ADD COLUMN services_unread boolean NOT NULL DEFAULT false;
CREATE INDEX identity_by_joining ON identity (joined_run) WHERE joined_run IS NOT NULL;
CREATE INDEX identity_services_unread ON identity (source_forest) WHERE services_unread;
CREATE INDEX identity_unmade ON identity (source_forest, source_guid) WHERE managed_guid IS NULL;

ALTER TABLE object_error
  DROP CONSTRAINT object_error_finder_check,
  ADD CONSTRAINT object_error_finder_check CHECK (finder IN ('rule', 'claim', 'write', 'link', 'service', 'join'));

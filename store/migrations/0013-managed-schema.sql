-- Attributes that we would write, those of them that the schema does not have, and when it was last looked at.
ALTER TABLE forest ADD COLUMN asked_of_schema text[], ADD COLUMN lacking text[] NOT NULL DEFAULT '{}', ADD COLUMN schema_read_at timestamptz;

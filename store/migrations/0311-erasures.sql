-- That a person or a whole customer was erased, when and by whom: no name, address or objectGUID of anybody, only how many rows of which table it was, and in how
-- many rows of others a value of the person was still found.
CREATE TABLE erasure (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer     text        NOT NULL,
  what         text        NOT NULL CHECK (what IN ('person', 'customer')),
  operator     text        NOT NULL,
  at           timestamptz NOT NULL DEFAULT now(),
  counts       jsonb       NOT NULL,
  found_still  jsonb       NOT NULL,
  -- An attempt that is made again finds what the one before it did.
  workflow_run text        NOT NULL UNIQUE
);

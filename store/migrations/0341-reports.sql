-- A report that was made: one for each subject, however often its workflow is tried.
CREATE TABLE report (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer  text        NOT NULL,
  -- day/2026-11-22, run/17, or now/ and the workflow run that it was asked for by.
  subject   text        NOT NULL,
  file_name text        NOT NULL,
  -- Counts by name: nobody's name.
  totals    jsonb       NOT NULL,
  -- The zip. Names people.
  content   bytea,
  made_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (customer, subject)
);
ALTER TABLE report ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX report_by_age ON report (customer, made_at);

COMMENT ON TABLE report IS 'A row may be deleted once none of its deliveries is open (delivered_at and refused_at both null) and it is older than reports are kept: its deliveries go with it, and nothing else names it. To erase a person, content is set to null in every report of the customer, or the row deleted: it is a zip that names people. What is deleted is made anew when it is asked for by day or by cycle, from what is known then.';

CREATE TABLE report_delivery (
  -- Names the mail: a second attempt has the same Message-ID.
  id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  report_id    bigint      NOT NULL REFERENCES report ON DELETE CASCADE,
  way          text        NOT NULL CHECK (way IN ('folder', 'mail')),
  -- The folder, or one recipient.
  target       text        NOT NULL,
  delivered_at timestamptz,
  -- Given up: somebody must mend something first.
  refused_at   timestamptz,
  reason       text,
  UNIQUE (report_id, way, target),
  CHECK (delivered_at IS NULL OR refused_at IS NULL),
  CHECK ((refused_at IS NULL) = (reason IS NULL))
);

-- Which cycles a day had, and the charts.
CREATE INDEX run_by_start ON run (customer, started_at);

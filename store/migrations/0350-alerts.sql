-- What somebody should know at once: open while it is so, by its key, once until it changes. No names of people.
CREATE TABLE alert (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer   text        NOT NULL,
  key        text        NOT NULL,
  kind       text        NOT NULL,
  -- Names what it says: with another content it is told anew, unless that is less than before.
  content    text        NOT NULL,
  weight     integer     NOT NULL,
  subject    text        NOT NULL,
  text       text        NOT NULL,
  since      timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz
);
CREATE UNIQUE INDEX alert_open ON alert (customer, key) WHERE ended_at IS NULL;
CREATE INDEX alert_by_age ON alert (customer, ended_at) WHERE ended_at IS NOT NULL;

-- An alert on its way to one target. Its id names the mail and the call: a second attempt has the same.
CREATE TABLE alert_notice (
  id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  alert_id   bigint      NOT NULL REFERENCES alert ON DELETE CASCADE,
  way        text        NOT NULL CHECK (way IN ('mail', 'program', 'webhook')),
  -- A recipient; empty for the worker's own program and webhook.
  target     text        NOT NULL,
  subject    text        NOT NULL,
  text       text        NOT NULL,
  made_at    timestamptz NOT NULL DEFAULT now(),
  sent_at    timestamptz,
  -- Not sent any more: given up, or a newer one took its place.
  ended_at   timestamptz,
  reason     text,
  CHECK (sent_at IS NULL OR ended_at IS NULL),
  CHECK ((ended_at IS NULL) = (reason IS NULL))
);
CREATE INDEX alert_notice_open ON alert_notice (alert_id) WHERE sent_at IS NULL AND ended_at IS NULL;
CREATE INDEX alert_notice_by_alert ON alert_notice (alert_id);

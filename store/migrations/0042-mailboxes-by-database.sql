-- How many mailboxes each mailbox database holds, kept as facts come and go: each placement asks for it.
CREATE TABLE mailbox_database (
  database  text   PRIMARY KEY,
  mailboxes bigint NOT NULL
);
INSERT INTO mailbox_database SELECT facts ->> 'database', count(*) FROM service WHERE facts ->> 'database' IS NOT NULL GROUP BY 1;

CREATE FUNCTION count_mailbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.facts ->> 'database' IS NOT NULL THEN
    UPDATE mailbox_database SET mailboxes = mailboxes - 1 WHERE database = OLD.facts ->> 'database';
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.facts ->> 'database' IS NOT NULL THEN
    INSERT INTO mailbox_database VALUES (NEW.facts ->> 'database', 1)
    ON CONFLICT (database) DO UPDATE SET mailboxes = mailbox_database.mailboxes + 1;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER service_counts_new_mailbox AFTER INSERT ON service FOR EACH ROW WHEN (NEW.facts IS NOT NULL) EXECUTE FUNCTION count_mailbox();
CREATE TRIGGER service_counts_moved_mailbox AFTER UPDATE OF facts ON service FOR EACH ROW
  WHEN (OLD.facts ->> 'database' IS DISTINCT FROM NEW.facts ->> 'database') EXECUTE FUNCTION count_mailbox();
CREATE TRIGGER service_counts_lost_mailbox AFTER DELETE ON service FOR EACH ROW WHEN (OLD.facts IS NOT NULL) EXECUTE FUNCTION count_mailbox();

DROP INDEX service_by_database;

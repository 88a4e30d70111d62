-- A configuration version is immutable, and goes only with everything else of its customer.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.customer = current_setting('itasca.purged_customer', true) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'a configuration version is immutable';
END $$;

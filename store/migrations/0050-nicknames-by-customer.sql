-- A mail nickname is unique among a customer's objects, not in the managed forest: its claim carries the customer's name.
UPDATE wanted_claim w SET value = f.customer || '/' || w.value FROM forest f WHERE f.id = w.forest_id AND w.kind = 'nickname';
UPDATE claim c SET value = f.customer || '/' || c.value FROM forest f WHERE f.id = c.forest_id AND c.kind = 'nickname';

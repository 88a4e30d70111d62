-- Since when the waves of an offboarding may begin: no wave takes anybody before.
ALTER TABLE offboarding ADD COLUMN approved_at timestamptz;

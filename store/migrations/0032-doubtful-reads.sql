-- Why what a domain no longer shows is not believed to be gone until an operator has seen it; null when it is.
ALTER TABLE source_domain ADD COLUMN doubt text;

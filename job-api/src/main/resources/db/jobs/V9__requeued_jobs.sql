-- Attempts up to this one are not counted: somebody queued the job again after it had failed with them.
ALTER TABLE jobs ADD COLUMN requeued_after integer NOT NULL DEFAULT 0;

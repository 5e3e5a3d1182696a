-- The dispatcher counts what is on its way with every dispatch, however many jobs there are.
CREATE INDEX jobs_dispatched ON jobs (dispatched_to) WHERE dispatched_at IS NOT NULL;

-- What a job's training does with where its settings left something open, once a worker has said it.
ALTER TABLE jobs ADD COLUMN chosen jsonb;
